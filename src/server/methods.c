/* JSON-RPC: method, what it does, who may. */
#include "operations.h"
#include "replay.h"

const orch__rpc_method orch__rpc_methods[] = {
    {"ping", {orch__do_ping, ORCH__ACCESS_LOGIN}},
    {"subscribe", {orch__replay_subscribe, ORCH__ACCESS_LOGIN}},
    {"channel.list", {orch__do_channel_list, ORCH__ACCESS_LOGIN}},
    {"channel.members", {orch__do_member_list, ORCH__ACCESS_LOGIN}},
    {"channel.history", {orch__do_message_history, ORCH__ACCESS_LOGIN}},
    {"message.send", {orch__do_message_send, ORCH__ACCESS_USER}},
    {"message.edit", {orch__do_message_edit, ORCH__ACCESS_USER}},
    {"message.delete", {orch__do_message_delete, ORCH__ACCESS_USER}},
    {"reaction.add", {orch__do_reaction_add, ORCH__ACCESS_USER}},
    {"reaction.remove", {orch__do_reaction_remove, ORCH__ACCESS_USER}},
    {"reaction.list", {orch__do_reaction_list, ORCH__ACCESS_LOGIN}},
    {"typing", {orch__do_typing, ORCH__ACCESS_USER}},
    {"daemon.list", {orch__do_daemon_list, ORCH__ACCESS_LOGIN}},
    {"daemon.get", {orch__do_daemon_get, ORCH__ACCESS_LOGIN}},
    {"daemon.start", {orch__do_daemon_start, ORCH__ACCESS_LOGIN}},
    {"daemon.stop", {orch__do_daemon_stop, ORCH__ACCESS_LOGIN}},
    {"daemon.restart", {orch__do_daemon_restart, ORCH__ACCESS_LOGIN}},
};

const size_t orch__rpc_methods_count = sizeof(orch__rpc_methods) / sizeof(orch__rpc_methods[0]);
