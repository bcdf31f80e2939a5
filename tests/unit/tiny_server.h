/* An HTTP server on the test's own loop: answers every request with the same bytes, then keeps, closes, resets or forgets the
 * connection. */
#ifndef ORCHD_TEST_TINY_SERVER_H
#define ORCHD_TEST_TINY_SERVER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <uv.h>

typedef enum tiny_after { TINY_KEEP, TINY_CLOSE, TINY_RESET } tiny_after;

typedef struct tiny_server {
    uv_tcp_t listener;
    int port;
    const char *reply; /* NULL: no answer at all */
    size_t reply_len;
    tiny_after after;
    unsigned hang_first; /* this many requests get no answer */
    unsigned connections;
    unsigned requests;
    char last[8192]; /* the last request, whole */
    struct tiny_connection *open;
} tiny_server;

typedef struct tiny_connection {
    uv_tcp_t tcp;
    uv_write_t write;
    tiny_server *server;
    char request[8192];
    size_t len;
    struct tiny_connection *next;
} tiny_connection;

static inline void tiny_forget(uv_handle_t *handle)
{
    tiny_connection *connection = handle->data;
    tiny_connection **at = &connection->server->open;

    while (*at != connection)
        at = &(*at)->next;
    *at = connection->next;
    free(connection);
}

static inline void tiny_close(tiny_connection *connection)
{
    if (!uv_is_closing((uv_handle_t *)&connection->tcp))
        uv_close((uv_handle_t *)&connection->tcp, tiny_forget);
}

static inline void tiny_written(uv_write_t *write, int status)
{
    tiny_connection *connection = write->data;
    tiny_after after = connection->server->after;

    if (uv_is_closing((uv_handle_t *)&connection->tcp))
        return;
    if (status < 0 || after == TINY_CLOSE)
        tiny_close(connection);
    else if (after == TINY_RESET)
        assert_int_equal(uv_tcp_close_reset(&connection->tcp, tiny_forget), 0);
}

static inline void tiny_answer(tiny_connection *connection)
{
    tiny_server *server = connection->server;
    uv_buf_t out = uv_buf_init((char *)server->reply, (unsigned)server->reply_len);

    memcpy(server->last, connection->request, connection->len);
    server->last[connection->len] = '\0';
    connection->len = 0;
    server->requests++;
    if (server->requests <= server->hang_first || !server->reply)
        return;
    connection->write.data = connection;
    assert_int_equal(uv_write(&connection->write, (uv_stream_t *)&connection->tcp, &out, 1, tiny_written), 0);
}

static inline bool tiny_request_whole(const tiny_connection *connection)
{
    const char *end = memmem(connection->request, connection->len, "\r\n\r\n", 4);
    const char *length = strcasestr(connection->request, "content-length: ");

    return end && length &&
           connection->len - (size_t)(end + 4 - connection->request) >= strtoul(length + 16, NULL, 10);
}

static inline void tiny_room(uv_handle_t *handle, size_t wanted, uv_buf_t *buffer)
{
    tiny_connection *connection = handle->data;

    (void)wanted;
    *buffer = uv_buf_init(connection->request + connection->len,
                          (unsigned)(sizeof(connection->request) - connection->len - 1));
}

static inline void tiny_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    tiny_connection *connection = stream->data;

    (void)buffer;
    if (size < 0) {
        tiny_close(connection);
        return;
    }
    connection->len += (size_t)size;
    connection->request[connection->len] = '\0';
    if (tiny_request_whole(connection))
        tiny_answer(connection);
}

static inline void tiny_accept(uv_stream_t *listener, int status)
{
    tiny_server *server = listener->data;
    tiny_connection *connection = calloc(1, sizeof(*connection));

    assert_int_equal(status, 0);
    assert_non_null(connection);
    connection->server = server;
    connection->tcp.data = connection;
    connection->next = server->open;
    server->open = connection;
    server->connections++;
    assert_int_equal(uv_tcp_init(listener->loop, &connection->tcp), 0);
    assert_int_equal(uv_accept(listener, (uv_stream_t *)&connection->tcp), 0);
    assert_int_equal(uv_read_start((uv_stream_t *)&connection->tcp, tiny_room, tiny_read), 0);
}

static inline void tiny_server_start(tiny_server *server, uv_loop_t *loop)
{
    struct sockaddr_in address;
    int size = sizeof(address);

    *server = (tiny_server){0};
    assert_int_equal(uv_ip4_addr("127.0.0.1", 0, &address), 0);
    assert_int_equal(uv_tcp_init(loop, &server->listener), 0);
    server->listener.data = server;
    assert_int_equal(uv_tcp_bind(&server->listener, (const struct sockaddr *)&address, 0), 0);
    assert_int_equal(uv_listen((uv_stream_t *)&server->listener, 512, tiny_accept), 0);
    assert_int_equal(uv_tcp_getsockname(&server->listener, (struct sockaddr *)&address, &size), 0);
    server->port = ntohs(address.sin_port);
}

static inline void tiny_server_reply(tiny_server *server, const char *reply, tiny_after after)
{
    server->reply = reply;
    server->reply_len = strlen(reply);
    server->after = after;
}

static inline void tiny_server_stop(tiny_server *server)
{
    for (tiny_connection *connection = server->open; connection; connection = connection->next)
        tiny_close(connection);
    uv_close((uv_handle_t *)&server->listener, NULL);
}

#endif
