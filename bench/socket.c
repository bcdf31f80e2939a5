#include "socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_ROOM 65536u

static void die(const char *what)
{
    fprintf(stderr, "load: %s: %s\n", what, errno ? strerror(errno) : "unexpected");
    exit(1);
}

static void grow(char **bytes, size_t *size, size_t wanted)
{
    if (wanted <= *size)
        return;
    while (*size < wanted)
        *size = *size ? *size * 2 : 4096;
    *bytes = realloc(*bytes, *size);
    if (!*bytes)
        die("out of memory");
}

static void write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t written = write(fd, bytes, len);

        if (written <= 0)
            die("write");
        bytes += written;
        len -= (size_t)written;
    }
}

static void upgrade(socket_client *client, const char *host, int port, const char *token)
{
    char text[1024];
    size_t len = 0;
    int size = snprintf(text, sizeof text,
                        "GET /ws HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                        "Authorization: Bearer %s\r\n\r\n",
                        host, port, token);

    write_all(client->fd, text, (size_t)size);
    /* Byte by byte: nothing behind the head is swallowed. */
    while (len < 4 || memcmp(text + len - 4, "\r\n\r\n", 4) != 0)
        if (len == sizeof text - 1 || read(client->fd, text + len++, 1) != 1)
            die("upgrade");
    text[len] = '\0';
    if (!strstr(text, " 101 ")) {
        fprintf(stderr, "load: no upgrade: %.80s\n", text);
        exit(1);
    }
}

void socket_open(socket_client *client, int epoll, const char *host, int port, const char *token)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
    int one = 1;

    errno = 0;
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client->fd < 0 || inet_pton(AF_INET, host, &address.sin_addr) != 1 ||
        connect(client->fd, (struct sockaddr *)&address, sizeof address) != 0)
        die("connect");
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    upgrade(client, host, port, token);
    if (fcntl(client->fd, F_SETFL, O_NONBLOCK) != 0 ||
        epoll_ctl(epoll, EPOLL_CTL_ADD, client->fd, &event) != 0)
        die("epoll");
    client->open = true;
}

void socket_send(socket_client *client, const char *text, size_t len)
{
    unsigned char head[8] = {0x81};
    size_t head_len = 6;

    if (len < 126) {
        head[1] = (unsigned char)(0x80 | len);
    } else {
        head[1] = 0x80 | 126;
        head[2] = (unsigned char)(len >> 8);
        head[3] = (unsigned char)len;
        head_len = 8;
    }
    grow(&client->out, &client->out_size, client->out_len + head_len + len);
    memcpy(client->out + client->out_len, head, head_len);
    memcpy(client->out + client->out_len + head_len, text, len);
    client->out_len += head_len + len;
}

void socket_flush(socket_client *client)
{
    if (client->out_len == 0)
        return;
    ssize_t written = write(client->fd, client->out, client->out_len);

    if (written < 0 && errno != EAGAIN)
        die("the server has closed");
    if (written > 0) {
        memmove(client->out, client->out + written, client->out_len - (size_t)written);
        client->out_len -= (size_t)written;
    }
}

/* The bytes of the first frame, 0: not whole yet. */
static size_t frame_size(const unsigned char *at, size_t len, size_t *out_head)
{
    if (len < 2)
        return 0;
    size_t size = at[1] & 0x7f;
    size_t head = 2;

    if (size == 126) {
        head = 4;
        if (len < head)
            return 0;
        size = (size_t)at[2] << 8 | at[3];
    } else if (size == 127) {
        head = 10;
        if (len < head)
            return 0;
        size = 0;
        for (int i = 2; i < 10; i++)
            size = size << 8 | at[i];
    }
    *out_head = head;
    return len < head + size ? 0 : head + size;
}

static void frames(socket_client *client, socket_message message)
{
    size_t at = 0, size, head;

    while ((size = frame_size((unsigned char *)client->in + at, client->in_len - at, &head)) > 0) {
        if ((client->in[at] & 0x0f) == 8) {
            fprintf(stderr, "load: the server closed with %d\n",
                    (unsigned char)client->in[at + head] << 8 | (unsigned char)client->in[at + head + 1]);
            exit(1);
        }
        if ((client->in[at] & 0x0f) == 1)
            message(client, client->in + at + head, size - head);
        at += size;
    }
    memmove(client->in, client->in + at, client->in_len - at);
    client->in_len -= at;
}

void socket_receive(socket_client *client, socket_message message)
{
    grow(&client->in, &client->in_size, client->in_len + READ_ROOM);
    ssize_t got = read(client->fd, client->in + client->in_len, client->in_size - client->in_len);

    if (got == 0 || (got < 0 && errno != EAGAIN))
        die("the server has closed");
    if (got > 0) {
        client->in_len += (size_t)got;
        frames(client, message);
    }
}

void socket_close(socket_client *client)
{
    if (client->open)
        close(client->fd);
    free(client->in);
    free(client->out);
    *client = (socket_client){0};
}
