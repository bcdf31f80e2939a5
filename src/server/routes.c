/* HTTP: method, path, what it does, who may. */
#include "operations.h"

#define OPEN(run)                                                                                            \
    {                                                                                                        \
        run, ORCH__ACCESS_OPEN                                                                               \
    }
#define NEAR(run)                                                                                            \
    {                                                                                                        \
        run, ORCH__ACCESS_NEAR                                                                               \
    }
#define LOGIN(run)                                                                                           \
    {                                                                                                        \
        run, ORCH__ACCESS_LOGIN                                                                              \
    }
#define USER(run)                                                                                            \
    {                                                                                                        \
        run, ORCH__ACCESS_USER                                                                               \
    }
#define ADMIN(run)                                                                                           \
    {                                                                                                        \
        run, ORCH__ACCESS_ADMIN                                                                              \
    }
#define OWNER(run)                                                                                           \
    {                                                                                                        \
        run, ORCH__ACCESS_OWNER                                                                              \
    }

const orch__route orch__routes[] = {
    {ORCH__GET, "/healthz", NEAR(orch__do_healthz)},
    {ORCH__GET, "/readyz", NEAR(orch__do_readyz)},
    {ORCH__GET, "/metrics", NEAR(orch__do_metrics)},

    {ORCH__POST, "/api/auth/login", OPEN(orch__do_login)},
    {ORCH__POST, "/api/auth/logout", LOGIN(orch__do_logout)},
    {ORCH__GET, "/api/auth/me", LOGIN(orch__do_me)},
    {ORCH__POST, "/api/tokens", USER(orch__do_token_create)},
    {ORCH__DELETE, "/api/tokens/:tokenId", USER(orch__do_token_revoke)},

    {ORCH__POST, "/api/owner/setup", OWNER(orch__do_setup)},
    {ORCH__POST, "/api/owner/sessions", OWNER(orch__do_owner_session)},
    {ORCH__GET, "/api/users", LOGIN(orch__do_user_list)},
    {ORCH__POST, "/api/users", ADMIN(orch__do_user_create)},

    {ORCH__GET, "/api/channels", LOGIN(orch__do_channel_list)},
    {ORCH__POST, "/api/channels", LOGIN(orch__do_channel_create)},
    {ORCH__POST, "/api/channels/direct", USER(orch__do_channel_direct)},
    {ORCH__GET, "/api/channels/:channelId/members", LOGIN(orch__do_member_list)},
    {ORCH__POST, "/api/channels/:channelId/members", LOGIN(orch__do_member_add)},
    {ORCH__DELETE, "/api/channels/:channelId/members", LOGIN(orch__do_member_remove)},
    {ORCH__GET, "/api/channels/:channelId/messages", LOGIN(orch__do_message_history)},
    {ORCH__POST, "/api/channels/:channelId/messages", USER(orch__do_message_send)},

    {ORCH__PATCH, "/api/messages/:messageId", USER(orch__do_message_edit)},
    {ORCH__DELETE, "/api/messages/:messageId", USER(orch__do_message_delete)},
    {ORCH__GET, "/api/messages/:messageId/reactions", LOGIN(orch__do_reaction_list)},
    {ORCH__POST, "/api/messages/:messageId/reactions", USER(orch__do_reaction_add)},
    {ORCH__DELETE, "/api/messages/:messageId/reactions", USER(orch__do_reaction_remove)},

    {ORCH__GET, "/api/daemons", LOGIN(orch__do_daemon_list)},
    {ORCH__GET, "/api/daemons/:orchestratorId", LOGIN(orch__do_daemon_get)},
    {ORCH__POST, "/api/daemons/:orchestratorId/start", LOGIN(orch__do_daemon_start)},
    {ORCH__POST, "/api/daemons/:orchestratorId/stop", LOGIN(orch__do_daemon_stop)},
    {ORCH__POST, "/api/daemons/:orchestratorId/restart", LOGIN(orch__do_daemon_restart)},

    {ORCH__GET, "/api/orchestrators", LOGIN(orch__do_orchestrator_list)},
    {ORCH__POST, "/api/orchestrators", ADMIN(orch__do_orchestrator_create)},
    {ORCH__GET, "/api/orchestrators/:orchestratorId", LOGIN(orch__do_orchestrator_get)},
    {ORCH__PATCH, "/api/orchestrators/:orchestratorId", ADMIN(orch__do_orchestrator_change)},
    {ORCH__POST, "/api/orchestrators/:orchestratorId/login", ADMIN(orch__do_orchestrator_login)},
    {ORCH__POST, "/api/orchestrators/:orchestratorId/logout", ADMIN(orch__do_orchestrator_logout)},
};

const size_t orch__routes_count = sizeof(orch__routes) / sizeof(orch__routes[0]);
