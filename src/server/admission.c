#include "admission.h"

#include <string.h>

#include "connection.h"

const char orch__too_fast[] = "too many requests; wait and try again";

static bool is_limited(const orch__connection *connection)
{
    return connection->server->limits.near || !orch__connection_near(connection);
}

static orch_str address_of(const orch__connection *connection)
{
    return (orch_str){(const char *)connection->client.bytes, sizeof(connection->client.bytes)};
}

/* Counts what is refused. A WebSocket whose client sends on and on regardless is closed. */
static uint64_t answer(orch__connection *connection, uint64_t wait_ms)
{
    orch__socket *socket = connection->socket;

    if (wait_ms)
        connection->server->counters.rate_limited++;
    if (socket)
        socket->refused = wait_ms ? socket->refused + 1 : 0;
    if (socket && socket->refused == ORCH_REFUSED_MAX)
        orch__socket_part(socket, LWS_CLOSE_STATUS_POLICY_VIOLATION, orch__too_fast);
    return wait_ms;
}

static uint64_t take_of_user(orch__connection *connection, const orch_user *user)
{
    orch_server *server = connection->server;
    orch_str who = {(const char *)&user->handle, sizeof(user->handle)};

    return answer(connection, orch__rate_take(&server->user_rate, who, uv_now(server->loop)));
}

uint64_t orch__admit_request(orch__connection *connection)
{
    orch_server *server = connection->server;

    if (!is_limited(connection))
        return 0;
    return answer(connection,
                  orch__rate_take(&server->anonymous_rate, address_of(connection), uv_now(server->loop)));
}

bool orch__admit_upgrade(orch__connection *connection)
{
    orch_server *server = connection->server;

    if (connection->counted || !is_limited(connection))
        return true; /* it was counted when it came */
    connection->counted =
        orch__peers_enter(&server->peers, &connection->client, server->limits.connections_per_address);
    return connection->counted != NULL;
}

uint64_t orch__admit_exchange(orch__exchange *exchange)
{
    orch__connection *connection = exchange->connection;

    if ((!exchange->user && !exchange->owner) || !is_limited(connection))
        return 0;
    if (connection->state != ORCH__CONNECTION_TALKING)
        orch__rate_return(&exchange->server->anonymous_rate, address_of(connection));
    return exchange->owner ? 0 : take_of_user(connection, exchange->user);
}

uint64_t orch__admit_junk(orch__socket *socket)
{
    return socket->user && is_limited(socket->connection) ? take_of_user(socket->connection, socket->user)
                                                          : 0;
}

bool orch__admit_socket(orch__socket *socket, const orch_user *user)
{
    uint32_t max = socket->server->limits.sockets_per_user, count = 0;

    if (!max || !is_limited(socket->connection))
        return true;
    for (orch__socket *other = orch__sockets_of(socket->server, user, NULL); other && count < max;
         other = orch__sockets_of(socket->server, user, other))
        count++;
    return count < max;
}
