#include "connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "burden.h"
#include "orchd/assert.h"

/* ---- life ---- */

void orch__connection_enter(orch__connection *connection, orch__connection_state state)
{
    ORCH_ASSERT(connection->state != ORCH__CONNECTION_GONE);
    connection->state = state;
}

orch_server *orch__connection_server(const orch__connection *connection)
{
    return connection->server;
}

bool orch__connection_near(const orch__connection *connection)
{
    return connection && connection->peer.near && !connection->forwarded;
}

bool orch__connection_by_proxy(const orch__connection *connection)
{
    return orch__peers_trusts(&connection->server->peers, &connection->peer.address);
}

orch__address orch__connection_group(const orch__connection *connection)
{
    return orch__address_group(&connection->peer.address);
}

/* ---- waiting ---- */

static void on_waited(orch__deadline *deadline)
{
    orch__connection *connection = (orch__connection *)deadline;

    switch (deadline->wait) {
    case ORCH__WAIT_BODY:
        orch__request_body_late(connection);
        break;
    case ORCH__WAIT_QUIET:
        orch__socket_quiet(connection->socket);
        break;
    case ORCH__WAIT_PONG:
        orch__socket_silent(connection->socket);
        break;
    case ORCH__WAIT_IDLE:
        orch__connection_abort(connection);
        break;
    default:
        orch__connection_cut(connection);
    }
}

void orch__connection_wait(orch__connection *connection, orch__wait wait)
{
    orch__deadline_begin(&connection->server->deadlines, &connection->deadline, wait);
}

void orch__connection_wait_no_more(orch__connection *connection)
{
    orch__deadline_end(&connection->server->deadlines, &connection->deadline);
}

bool orch__connection_heard_within(const orch__connection *connection, uint64_t ms)
{
    int fd = lws_get_socket_fd(connection->wsi), unread = 0;
    struct tcp_info info;
    socklen_t size = sizeof(info);
    bool paused = connection->socket && connection->socket->paused;

    if (!paused && ioctl(fd, FIONREAD, &unread) == 0 && unread > 0)
        return true; /* the server was late, not the client */
    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 && info.tcpi_last_data_recv < ms;
}

/* ---- life ---- */

static int opened(struct lws *wsi)
{
    orch_server *server = lws_context_user(lws_get_context(wsi));
    orch__connection *connection = calloc(1, sizeof(*connection));

    if (!connection)
        return -1;
    connection->server = server;
    connection->wsi = wsi;
    connection->peer = *server->adoption.peer;
    connection->client = orch__connection_group(connection);
    connection->counted = server->adoption.counted;
    server->adoption.counted = NULL;
    connection->deadline.passed = on_waited;
    connection->next = server->connections;
    connection->previous = &server->connections;
    if (connection->next)
        connection->next->previous = &connection->next;
    server->connections = connection;
    server->connections_count++;
    server->counters.connections++;
    lws_set_opaque_user_data(wsi, connection);
    orch__connection_wait(connection, ORCH__WAIT_HEAD);
    return 0;
}

/* Nothing can be sent from here on; answers still awaited will be dropped. */
static void gone(orch__connection *connection)
{
    if (connection->state == ORCH__CONNECTION_GONE)
        return;
    orch__connection_wait_no_more(connection);
    if (connection->socket)
        orch__socket_free(connection->socket);
    orch__request_free(connection->http);
    connection->http = NULL;
    orch__connection_enter(connection, ORCH__CONNECTION_GONE);
    orch__burden(connection, connection->burden, 0);
    while (connection->exchanges)
        orch__connection_detach(connection, connection->exchanges);
}

static void destroyed(orch__connection *connection)
{
    gone(connection);
    *connection->previous = connection->next;
    if (connection->next)
        connection->next->previous = connection->previous;
    connection->server->connections_count--;
    orch__peers_leave(&connection->server->peers, connection->counted);
    free(connection);
}

void orch__connection_attach(orch__connection *connection, orch__exchange *exchange)
{
    exchange->connection = connection;
    exchange->next = connection->exchanges;
    connection->exchanges = exchange;
    connection->exchanges_count++;
}

void orch__connection_detach(orch__connection *connection, orch__exchange *exchange)
{
    orch__exchange **link = &connection->exchanges;

    while (*link != exchange)
        link = &(*link)->next;
    *link = exchange->next;
    exchange->connection = NULL;
    connection->exchanges_count--;
    if (connection->socket)
        orch__socket_regulate(connection->socket);
}

void orch__connection_respond(orch__connection *connection, int status, const char *content_type,
                              const char *headers, orch_str body)
{
    orch__request_respond(connection, status, content_type, headers, body);
}

void orch__connection_send(orch__connection *connection, orch_str text)
{
    if (connection->socket)
        orch__socket_answer(connection->socket, text);
}

void orch__connection_abort(orch__connection *connection)
{
    if (connection->state == ORCH__CONNECTION_GONE)
        return;
    orch__connection_wait_no_more(connection);
    lws_set_timeout(connection->wsi, PENDING_TIMEOUT_KILLED_BY_PARENT, LWS_TO_KILL_ASYNC);
    lws_cancel_service(connection->server->context); /* it looks at its timers after an event only */
}

void orch__connection_cut(orch__connection *connection)
{
    struct linger at_once = {.l_onoff = 1};

    connection->cut = true;
    if (connection->state != ORCH__CONNECTION_GONE)
        (void)setsockopt(lws_get_socket_fd(connection->wsi), SOL_SOCKET, SO_LINGER, &at_once,
                         sizeof(at_once));
    orch__connection_abort(connection);
}

void orch__connection_goodbye(orch__connection *connection)
{
    if (connection->socket)
        orch__socket_part(connection->socket, LWS_CLOSE_STATUS_GOINGAWAY, "the server is ending");
    else if (connection->state == ORCH__CONNECTION_WAITING)
        orch__connection_abort(connection);
}

/* ---- the library's callback: reasons into events ---- */

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *session, void *in, size_t len)
{
    orch__connection *connection = lws_get_opaque_user_data(wsi);

    if (reason == LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS)
        return orch__server_arm(lws_context_user(lws_get_context(wsi)), session) ? -1 : 0;
    if (reason == LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED)
        return opened(wsi);
    if (!connection)
        return 0; /* not a connection of ours: the library's own pipe, its start and end */
    switch (reason) {
    case LWS_CALLBACK_HTTP:
        return orch__request_begin(connection, (orch_str){in, len});
    case LWS_CALLBACK_HTTP_BODY:
        return orch__request_body(connection, (orch_str){in, len});
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        return orch__request_body_complete(connection);
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return orch__request_writable(connection);
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        return orch__request_upgrade(connection, in);
    case LWS_CALLBACK_ESTABLISHED:
        return orch__socket_open(connection);
    case LWS_CALLBACK_RECEIVE_PONG:
        orch__socket_heard(connection->socket);
        return 0;
    case LWS_CALLBACK_RECEIVE:
        return orch__socket_receive(connection->socket, (orch_str){in, len});
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return orch__socket_writable(connection->socket);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        return orch__socket_peer_parts(connection->socket);
    case LWS_CALLBACK_WS_SERVER_DROP_PROTOCOL:
        orch__socket_dropped(connection->socket);
        return 0;
    case LWS_CALLBACK_RAW_ADOPT:
        orch__request_tunnel(connection);
        return 0;
    case LWS_CALLBACK_CLOSED:
    case LWS_CALLBACK_CLOSED_HTTP:
    case LWS_CALLBACK_RAW_CLOSE:
        gone(connection);
        return 0;
    case LWS_CALLBACK_WSI_DESTROY:
        lws_set_opaque_user_data(wsi, NULL);
        destroyed(connection);
        return 0;
    default:
        return 0;
    }
}

const struct lws_protocols orch__protocols[] = {
    {.name = "orchd",
     .callback = on_event,
     .per_session_data_size = 1, /* without any it does not tell that it drops a WebSocket */
     .rx_buffer_size = ORCH_READ_SIZE,
     .tx_packet_size = ORCH_WRITE_SIZE},
    {0},
};
