#include "burden.h"

#include <malloc.h>

#define MUCH (16 * 1024 * 1024)

void orch__burden(orch__connection *connection, size_t old, size_t now)
{
    connection->burden += now - old;
    connection->server->burden += now - old;
}

static size_t share_of(const orch__connection *connection)
{
    return connection->burden + (connection->socket ? connection->socket->queue_bytes : 0);
}

/* One pass is enough: what is left is at most an equal share each. */
void orch__burden_relieve(orch_server *server)
{
    size_t most = (size_t)server->limits.waiting_mb * 1024 * 1024;
    size_t share = most / (server->connections_count + 1);

    if (server->burden > server->burden_most)
        server->burden_most = server->burden;
    if (server->burden <= most)
        return;
    for (orch__socket *socket = server->sockets; socket; socket = socket->next) {
        if (share_of(socket->connection) > share)
            orch__socket_fall_behind(socket);
    }
    if (server->burden <= most)
        return;
    for (orch__connection *connection = server->connections; connection; connection = connection->next) {
        if (connection->cut || share_of(connection) <= share)
            continue;
        connection->cut = true;
        server->counters.cut++;
        if (connection->socket)
            orch__socket_clear(connection->socket);
        orch__connection_abort(connection);
    }
}

/* The allocator keeps what was freed, as long as something small lies behind it. */
void orch__burden_return(orch_server *server)
{
    if (server->burden_most < MUCH || server->burden > server->burden_most / 4)
        return;
    server->burden_most = server->burden;
    (void)malloc_trim(0);
}
