/* An HTTP answer that comes in pieces: chunked (RFC 9112, 7.1), or to the connection's end for HTTP/1.0. Reading goes on meanwhile,
 * so that the library sees a client that goes away. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "burden.h"
#include "connection.h"
#include "http.h"
#include "response.h"

#define HEAD_MAX   2048
#define ROOM_FIRST 1024

/* False: no memory, or the client leaves too much unread; the connection is cut. */
static bool add(orch__connection *connection, orch_str bytes)
{
    orch__request *http = connection->http;
    size_t size = http->response_size ? http->response_size : ROOM_FIRST;
    char *response = http->response;

    while (size < http->response_len + bytes.len)
        size *= 2;
    if (size != http->response_size && http->response_len + bytes.len <= ORCH_REPLY_BYTES_MAX)
        response = realloc(http->response, size);
    if (!response || http->response_len + bytes.len > ORCH_REPLY_BYTES_MAX) {
        orch__connection_cut(connection);
        return false;
    }
    orch__burden(connection, http->response_size, size);
    http->response = response;
    http->response_size = size;
    memcpy(response + http->response_len, bytes.ptr, bytes.len);
    http->response_len += bytes.len;
    return true;
}

/* Something waits to be written, or to be taken. */
static void want_to_write(orch__connection *connection)
{
    if (!connection->deadline.previous)
        orch__connection_wait(connection, ORCH__WAIT_READ);
    lws_callback_on_writable(connection->wsi);
}

void orch__request_stream(orch__connection *connection, const char *content_type, const char *headers)
{
    orch__request *http = connection->http;
    char text[HEAD_MAX];
    orch__response_head head = {.status = 200,
                                .content_type = content_type,
                                .headers = headers,
                                .origin = http->origin,
                                .chunked = !http->of_1_0,
                                .tls = orch__server_speaks_tls(connection->server),
                                .length = ORCH__LENGTH_UNKNOWN};
    int len;

    http->close_after |= http->of_1_0;
    head.close = http->close_after;
    len = orch__response_head_write(text, sizeof(text), &head);
    orch__response_count(connection->server, head.status);
    http->streaming = true;
    orch__connection_enter(connection, ORCH__CONNECTION_RESPONDING);
    if (http->paused)
        (void)lws_rx_flow_control(connection->wsi,
                                  1); /* while it is off the library does not write, either */
    http->paused = false;
    if (len < 0 || (size_t)len >= sizeof(text))
        orch__connection_cut(connection);
    else if (add(connection, (orch_str){text, (size_t)len}))
        want_to_write(connection);
}

void orch__request_piece(orch__connection *connection, orch_str piece)
{
    char size[24];
    int len = snprintf(size, sizeof(size), "%zx\r\n", piece.len);

    if (piece.len == 0 || connection->cut) /* a chunk without bytes would be the last one */
        return;
    if (connection->http->of_1_0) {
        if (add(connection, piece))
            want_to_write(connection);
    } else if (add(connection, (orch_str){size, (size_t)len}) && add(connection, piece) &&
               add(connection, ORCH_STR("\r\n"))) {
        want_to_write(connection);
    }
}

void orch__request_stream_end(orch__connection *connection)
{
    if (connection->cut)
        return;
    connection->http->stream_over = true;
    if (connection->http->of_1_0 || add(connection, ORCH_STR("0\r\n\r\n")))
        want_to_write(connection);
}

int orch__request_stream_writable(orch__connection *connection)
{
    orch__request *http = connection->http;
    size_t len = http->response_len;

    orch__connection_wait_no_more(connection); /* what was written before has been taken */
    if (len == 0)
        return http->stream_over ? orch__request_finish(connection) : 0;
    http->response_len = 0;
    if (lws_write(connection->wsi, (unsigned char *)http->response, len, LWS_WRITE_HTTP) < 0)
        return -1;
    connection->server->counters.bytes_sent += len;
    want_to_write(connection); /* called when the library has sent what it had to keep */
    return 0;
}
