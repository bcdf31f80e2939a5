#include "fanout.h"

#include "connection.h"
#include "notice.h"
#include "websocket.h"

/* Worded when the first one is found who may see it. */
typedef struct telling_state {
    orch_server *server;
    const orch_notice *notice;
    orch__block *block;
    bool nothing; /* not for clients, or out of memory */
} telling_state;

static bool wants(const telling_state *telling, const orch__socket *socket)
{
    const orch_notice *notice = telling->notice;

    if (notice->kind == ORCH_NOTICE_PRESENCE)
        return orch__chosen_has(&socket->presence, notice->user->handle.v);
    return notice->kind != ORCH_NOTICE_DAEMON ||
           orch__chosen_has(&socket->daemons, notice->orchestrator->daemon.v);
}

static void tell(telling_state *telling, orch__socket *socket)
{
    orch__writer *json = &telling->server->notice;

    if (!wants(telling, socket))
        return;
    if (!telling->block && !telling->nothing) {
        telling->nothing = !orch__notice_write(json, telling->server->runtime, telling->notice);
        if (!telling->nothing)
            telling->block = orch__block_new((orch_str){json->ptr, json->len}, &telling->server->burden);
    }
    if (telling->block)
        orch__socket_notify(socket, telling->block, telling->notice->cursor);
}

static void tell_members(telling_state *telling, const orch_channel *channel)
{
    for (size_t i = 0; i < channel->members_count; i++) {
        const orch_user *member = channel->members[i];
        orch__socket *socket = orch__sockets_of(telling->server, member, NULL);

        for (; socket; socket = orch__sockets_of(telling->server, member, socket)) {
            if (socket->feed != ORCH__FEED_NONE && orch__socket_wants(socket, channel))
                tell(telling, socket);
        }
    }
}

static void tell_organization(telling_state *telling, const orch_organization *organization)
{
    for (orch__socket *socket = telling->server->sockets; socket; socket = socket->next) {
        bool concerned = socket->owner || (socket->user && socket->user->organization == organization);

        if (concerned && socket->feed == ORCH__FEED_LIVE)
            tell(telling, socket);
    }
}

/* What happens to a message concerns those who may read it, and whoever looks after the machine: a notice to everybody for
 * each answer would cost the square of the people. */
static void tell_owners(telling_state *telling)
{
    for (orch__socket *socket = telling->server->owners ? telling->server->sockets : NULL; socket;
         socket = socket->next) {
        if (socket->owner && socket->feed == ORCH__FEED_LIVE)
            tell(telling, socket);
    }
}

void orch__fanout_tell(orch_server *server, const orch_notice *notice)
{
    telling_state telling = {.server = server, .notice = notice};

    server->counters.notices++;
    if (!server->sockets_count)
        return;
    if (notice->channel)
        tell_members(&telling, notice->channel);
    else
        tell_organization(&telling, notice->user->organization);
    if (notice->channel && !orch__notice_is_of_channel(notice))
        tell_owners(&telling);
    orch__block_unref(telling.block);
}

static void on_notice(const orch_notice *notice, void *user)
{
    orch__fanout_tell(user, notice);
}

void orch__fanout_read(const orch__exchange *exchange, const orch_channel_state *state)
{
    orch_server *server = exchange->server;
    const orch__socket *asking = exchange->connection ? exchange->connection->socket : NULL;
    orch__socket *socket = orch__sockets_of(server, exchange->user, NULL);
    orch__writer *json = &server->notice;
    orch__block *block = NULL;

    if (socket && orch__notice_write_read(json, state))
        block = orch__block_new((orch_str){json->ptr, json->len}, &server->burden);
    for (; socket && block; socket = orch__sockets_of(server, exchange->user, socket))
        if (socket != asking)
            orch__socket_notify(socket, block, 0);
    orch__block_unref(block);
}

int orch__fanout_open(orch_server *server)
{
    server->subscription = orch_runtime_subscribe(server->runtime, on_notice, server);
    return server->subscription ? 0 : ORCH_E_NO_MEMORY;
}

void orch__fanout_close(orch_server *server)
{
    if (server->subscription)
        orch_runtime_unsubscribe(server->subscription);
    server->subscription = NULL;
}
