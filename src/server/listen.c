#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG         1024
#define ACCEPTS_AT_ONCE 64
#define PAUSE_MS        100

typedef union any_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un at_path;
} any_address;

/* ---- addresses ---- */

static bool is_loopback(const any_address *address)
{
    if (address->any.sa_family == AF_INET)
        return (ntohl(address->v4.sin_addr.s_addr) >> 24) == 127;
    if (address->any.sa_family == AF_INET6) {
        const uint8_t *bytes = address->v6.sin6_addr.s6_addr;

        return IN6_IS_ADDR_LOOPBACK(&address->v6.sin6_addr) ||
               (IN6_IS_ADDR_V4MAPPED(&address->v6.sin6_addr) && bytes[12] == 127);
    }
    return true;
}

static bool parse_port(const char *text, in_port_t *out_port)
{
    unsigned value = 0;

    if (!text[0] || strlen(text) > 5)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return false;
        value = value * 10 + (unsigned)(*text - '0');
    }
    *out_port = htons((uint16_t)value);
    return value <= 65535;
}

static bool parse_host(char *host, in_port_t port, any_address *out_address, socklen_t *out_len)
{
    size_t len = strlen(host);

    if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
        host[len - 1] = '\0';
        out_address->v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = port};
        *out_len = sizeof(out_address->v6);
        return inet_pton(AF_INET6, host + 1, &out_address->v6.sin6_addr) == 1;
    }
    out_address->v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = port};
    *out_len = sizeof(out_address->v4);
    return inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host,
                     &out_address->v4.sin_addr) == 1;
}

static int parse(const char *text, any_address *out_address, socklen_t *out_len, char *out_message,
                 size_t message_size)
{
    char host[64];
    const char *colon = strrchr(text, ':');
    in_port_t port;

    if (strncmp(text, "unix:", 5) == 0) {
        if (!text[5] || strlen(text + 5) >= sizeof(out_address->at_path.sun_path)) {
            snprintf(out_message, message_size, "\"%s\": the path of a UNIX socket has 1 to %zu bytes", text,
                     sizeof(out_address->at_path.sun_path) - 1);
            return ORCH_E_INVALID;
        }
        out_address->at_path = (struct sockaddr_un){.sun_family = AF_UNIX};
        memcpy(out_address->at_path.sun_path, text + 5, strlen(text + 5));
        *out_len = sizeof(out_address->at_path);
        return 0;
    }
    if (colon && (size_t)(colon - text) < sizeof(host) && parse_port(colon + 1, &port)) {
        memcpy(host, text, (size_t)(colon - text));
        host[colon - text] = '\0';
        if (parse_host(host, port, out_address, out_len))
            return 0;
    }
    snprintf(out_message, message_size,
             "\"%s\" is no address to listen on: 127.0.0.1:7717, [::1]:7717 or unix:/run/orchd.sock is meant",
             text);
    return ORCH_E_INVALID;
}

static int read_wish(const orch__listen_wish *wish, any_address *out_address, socklen_t *out_len,
                     char *out_message, size_t message_size)
{
    int error = parse(wish->text, out_address, out_len, out_message, message_size);

    if (!error && !wish->tls && !wish->allow_remote && !is_loopback(out_address)) {
        snprintf(out_message, message_size,
                 "%s can be reached from other machines, which needs TLS (--tls-cert and --tls-key), or "
                 "--allow-remote where a proxy before it speaks TLS",
                 wish->text);
        return ORCH_E_FORBIDDEN;
    }
    return error;
}

/* ---- opening ---- */

/* A socket file that nobody listens on was left by a process that died. */
static void remove_stale(const any_address *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return;
    if (connect(fd, &address->any, sizeof(address->at_path)) != 0 && errno == ECONNREFUSED)
        (void)unlink(address->at_path.sun_path);
    (void)close(fd);
}

static int bind_to(int fd, const any_address *address, socklen_t len)
{
    int on = 1;

    if (address->any.sa_family == AF_UNIX)
        remove_stale(address);
    else if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0)
        return -1;
    if (bind(fd, &address->any, len) != 0)
        return -1;
    /* Nobody can connect before listen(): the mode is in force from the first connection on. */
    return address->any.sa_family == AF_UNIX ? chmod(address->at_path.sun_path, S_IRUSR | S_IWUSR) : 0;
}

static void name_address(orch__listener *listener, const any_address *wanted, const char *scheme)
{
    char host[INET6_ADDRSTRLEN] = "";
    any_address bound = {0};
    socklen_t len = sizeof(bound);

    if (wanted->any.sa_family == AF_UNIX) {
        listener->at_path = true;
        memcpy(listener->path, wanted->at_path.sun_path, sizeof(listener->path));
        listener->path[sizeof(listener->path) - 1] = '\0';
        snprintf(listener->address, sizeof(listener->address), "unix:%s", listener->path);
        return;
    }
    (void)getsockname(listener->fd, &bound.any, &len);
    if (bound.any.sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &bound.v6.sin6_addr, host, sizeof(host));
        snprintf(listener->address, sizeof(listener->address), "%s://[%s]:%u", scheme, host,
                 ntohs(bound.v6.sin6_port));
    } else {
        inet_ntop(AF_INET, &bound.v4.sin_addr, host, sizeof(host));
        snprintf(listener->address, sizeof(listener->address), "%s://%s:%u", scheme, host,
                 ntohs(bound.v4.sin_port));
    }
}

/* ---- accepting ---- */

static orch__peer peer_of(const any_address *address)
{
    orch__peer peer = {.near = is_loopback(address)};

    if (address->any.sa_family == AF_INET6) {
        memcpy(peer.address.bytes, address->v6.sin6_addr.s6_addr, 16);
    } else if (address->any.sa_family == AF_INET) {
        peer.address.bytes[10] = peer.address.bytes[11] = 0xFF;
        memcpy(peer.address.bytes + 12, &address->v4.sin_addr.s_addr, 4);
    }
    return peer;
}

static void on_readable(uv_poll_t *handle, int status, int events);

static void on_pause_over(uv_timer_t *timer)
{
    orch__listener *listener = timer->data;
    int fd = dup(listener->fd);

    if (fd >= 0) {
        (void)close(fd);
        listener->starved(0, listener->user);
    }
    uv_poll_start(&listener->poll, UV_READABLE, on_readable);
}

static void on_readable(uv_poll_t *handle, int status, int events)
{
    orch__listener *listener = handle->data;

    (void)status;
    (void)events;
    for (int i = 0; i < ACCEPTS_AT_ONCE && listener->fd >= 0; i++) {
        any_address address = {0};
        socklen_t len = sizeof(address);
        int fd = accept4(listener->fd, &address.any, &len, SOCK_NONBLOCK | SOCK_CLOEXEC), on = 1;
        orch__peer peer;

        if (fd < 0) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
                listener->starved(errno, listener->user);
                uv_poll_stop(&listener->poll);
                uv_timer_start(&listener->pause, on_pause_over, PAUSE_MS, 0);
            }
            return;
        }
        if (!listener->at_path)
            (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        else
            address.any.sa_family = AF_UNIX;
        peer = peer_of(&address);
        listener->accepted(fd, &peer, listener->user);
    }
}

static void no_one_cares(int number, void *user)
{
    (void)number;
    (void)user;
}

static int refuse(const char *where, int number, char *out_message, size_t message_size)
{
    if (number == EADDRINUSE)
        snprintf(out_message, message_size,
                 "cannot listen on %s: another program listens there already; stop it, or choose another "
                 "address with --listen",
                 where);
    else
        snprintf(out_message, message_size, "cannot listen on %s: %s", where, strerror(number));
    return number == EADDRINUSE ? ORCH_E_EXISTS : ORCH_E_IO;
}

int orch__listener_bind(orch__listener *listener, const orch__listen_wish *wish, char *out_message,
                        size_t message_size)
{
    any_address address = {0};
    socklen_t len = 0;
    int error = read_wish(wish, &address, &len, out_message, message_size);

    *listener = (orch__listener){.fd = -1, .starved = no_one_cares};
    if (error)
        return error;
    listener->fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener->fd >= 0 && bind_to(listener->fd, &address, len) == 0) {
        name_address(listener, &address, wish->tls ? "https" : "http");
        return 0;
    }
    error = refuse(wish->text, errno, out_message, message_size);
    if (listener->fd >= 0)
        (void)close(listener->fd);
    listener->fd = -1;
    return error;
}

/* Of two that have bound the same port, as Linux allows before one listens, the second is refused here. */
int orch__listener_start(orch__listener *listener, uv_loop_t *loop,
                         void (*accepted)(int fd, const orch__peer *peer, void *user), void *user,
                         char *out_message, size_t message_size)
{
    if (listen(listener->fd, BACKLOG) != 0) {
        int error = refuse(listener->address, errno, out_message, message_size);

        orch__listener_close(listener, NULL);
        return error;
    }
    listener->accepted = accepted;
    listener->user = user;
    uv_poll_init(loop, &listener->poll, listener->fd);
    uv_timer_init(loop, &listener->pause);
    listener->poll.data = listener->pause.data = listener;
    listener->handles = 2;
    uv_poll_start(&listener->poll, UV_READABLE, on_readable);
    return 0;
}

/* ---- closing ---- */

static void on_handle_closed(uv_handle_t *handle)
{
    orch__listener *listener = handle->data;

    if (--listener->handles == 0 && listener->closed)
        listener->closed(listener->user);
}

void orch__listener_close(orch__listener *listener, void (*closed)(void *user))
{
    if (listener->fd < 0)
        return;
    listener->closed = closed;
    if (listener->handles > 0) {
        uv_poll_stop(&listener->poll);
        uv_close((uv_handle_t *)&listener->poll, on_handle_closed);
        uv_close((uv_handle_t *)&listener->pause, on_handle_closed);
    }
    (void)close(listener->fd);
    if (listener->at_path)
        (void)unlink(listener->path);
    listener->fd = -1;
}
