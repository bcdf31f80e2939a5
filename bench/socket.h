/* A WebSocket client on epoll, as lean as a load generator needs it: text frames, no extensions, a mask of zeros (RFC 6455
 * asks for a mask, on a loopback nobody has to be protected by it). One thread.
 *
 * What is sent is collected and written once a round by socket_flush().
 */
#ifndef BENCH_SOCKET_H
#define BENCH_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct socket_client {
    int fd;
    bool open; /* upgraded */
    bool dirty;
    char *in;
    size_t in_len, in_size;
    char *out;
    size_t out_len, out_size;
    void *user;
} socket_client;

/* One whole text message; valid during the call. */
typedef void (*socket_message)(socket_client *client, const char *text, size_t len);

/* Connects, upgrades and registers with `epoll` (edge: the pointer of the client). Blocks; ends the program on a failure. */
void socket_open(socket_client *client, int epoll, const char *host, int port, const char *token);
void socket_send(socket_client *client, const char *text, size_t len);
/* Writes what was collected. Ends the program when the server has closed. */
void socket_flush(socket_client *client);
/* Reads what is there and hands over the messages. */
void socket_receive(socket_client *client, socket_message message);
void socket_close(socket_client *client);

#endif
