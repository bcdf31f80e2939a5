#include "curl_loop.h"

#include <stdlib.h>

#include "orchd/assert.h"
#include "orchd/error.h"

struct orch__curl_socket {
    uv_poll_t poll;
    curl_socket_t fd;
    orch__curl_loop *owner;
    LIST_ENTRY(orch__curl_socket) link;
};

static void handle_closed(orch__curl_loop *curl)
{
    ORCH_ASSERT(curl->handles > 0);
    curl->handles--;
    if (curl->handles == 0)
        curl->closed(curl->hooks.user);
}

/* Without memory for what it keeps of a socket libcurl 7.88 does not ask to watch it, and leaves half an entry behind, in which the
 * next connection with that descriptor makes it divide by zero. */
static void act(orch__curl_loop *curl, curl_socket_t fd, int events)
{
    int running;
    CURLMcode code = orch__curl.multi_socket_action(curl->multi, fd, events, &running);

    curl->hooks.progressed(curl->hooks.user);
    if (code != CURLM_OK && curl->multi)
        curl->hooks.stumbled(curl->hooks.user);
}

/* ---- the timer ---- */

static void timer_fired(uv_timer_t *timer)
{
    act(timer->data, CURL_SOCKET_TIMEOUT, 0);
}

static int timer_wanted(CURLM *multi, long timeout_ms, void *user)
{
    orch__curl_loop *curl = user;

    (void)multi;
    if (curl->closing || timeout_ms < 0)
        uv_timer_stop(&curl->timer);
    else
        uv_timer_start(&curl->timer, timer_fired, (uint64_t)timeout_ms, 0);
    return 0;
}

static void timer_closed(uv_handle_t *handle)
{
    handle_closed(handle->data);
}

/* ---- sockets ---- */

static void socket_ready(uv_poll_t *poll, int status, int events)
{
    orch__curl_socket *socket = poll->data;
    int happened = 0;

    if (status < 0)
        happened = CURL_CSELECT_ERR;
    if (events & UV_READABLE)
        happened |= CURL_CSELECT_IN;
    if (events & UV_WRITABLE)
        happened |= CURL_CSELECT_OUT;
    act(socket->owner, socket->fd, happened); /* may forget the socket */
}

static void socket_closed(uv_handle_t *handle)
{
    orch__curl_socket *socket = handle->data;
    orch__curl_loop *curl = socket->owner;

    free(socket);
    handle_closed(curl);
}

static int watch(orch__curl_loop *curl, curl_socket_t fd, orch__curl_socket **out_socket)
{
    orch__curl_socket *socket = calloc(1, sizeof(*socket));

    if (!socket)
        return ORCH_E_NO_MEMORY;
    if (uv_poll_init_socket(curl->loop, &socket->poll, fd) != 0) {
        free(socket);
        return ORCH_E_CONNECTION;
    }
    socket->poll.data = socket;
    socket->fd = fd;
    socket->owner = curl;
    LIST_INSERT_HEAD(&curl->sockets, socket, link);
    curl->handles++;
    (void)orch__curl.multi_assign(curl->multi, fd, socket);
    *out_socket = socket;
    return 0;
}

static void forget(orch__curl_socket *socket)
{
    LIST_REMOVE(socket, link);
    uv_close((uv_handle_t *)&socket->poll, socket_closed);
}

static int socket_wanted(CURL *easy, curl_socket_t fd, int what, void *user, void *socket_user)
{
    orch__curl_loop *curl = user;
    orch__curl_socket *socket = socket_user;
    int events = 0;
    int error;

    if (what == CURL_POLL_REMOVE) {
        if (socket) {
            (void)orch__curl.multi_assign(curl->multi, fd, NULL);
            forget(socket);
        }
        return 0;
    }
    error = socket ? 0 : watch(curl, fd, &socket);
    if (error) {
        curl->hooks.unwatched(easy, error, curl->hooks.user);
        return 0;
    }
    if (what & CURL_POLL_IN)
        events |= UV_READABLE;
    if (what & CURL_POLL_OUT)
        events |= UV_WRITABLE;
    uv_poll_start(&socket->poll, events, socket_ready);
    return 0;
}

/* ---- life ---- */

void orch__curl_loop_init(orch__curl_loop *curl, uv_loop_t *loop, const orch__curl_hooks *hooks)
{
    *curl = (orch__curl_loop){.loop = loop, .hooks = *hooks};
    LIST_INIT(&curl->sockets);
    uv_timer_init(loop, &curl->timer);
    curl->timer.data = curl;
    curl->handles = 1;
}

int orch__curl_loop_open(orch__curl_loop *curl)
{
    int result;

    if (curl->multi)
        return 0;
    result = orch__curl_load();
    if (result < 0)
        return result;
    if (orch__curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return ORCH_E_NO_MEMORY;
    curl->multi = orch__curl.multi_init();
    if (!curl->multi) {
        orch__curl.global_cleanup();
        return ORCH_E_NO_MEMORY;
    }
    orch__curl.multi_setopt(curl->multi, CURLMOPT_SOCKETFUNCTION, socket_wanted);
    orch__curl.multi_setopt(curl->multi, CURLMOPT_SOCKETDATA, curl);
    orch__curl.multi_setopt(curl->multi, CURLMOPT_TIMERFUNCTION, timer_wanted);
    orch__curl.multi_setopt(curl->multi, CURLMOPT_TIMERDATA, curl);
    return 0;
}

void orch__curl_loop_reset(orch__curl_loop *curl)
{
    uv_timer_stop(&curl->timer);
    /* The watches go before libcurl closes the sockets of the connections that it kept. */
    while (!LIST_EMPTY(&curl->sockets))
        forget(LIST_FIRST(&curl->sockets));
    if (curl->multi) {
        orch__curl.multi_setopt(curl->multi, CURLMOPT_SOCKETFUNCTION, NULL);
        orch__curl.multi_cleanup(curl->multi);
        orch__curl.global_cleanup();
        curl->multi = NULL;
    }
}

void orch__curl_loop_close(orch__curl_loop *curl, void (*closed)(void *user))
{
    curl->closing = true;
    curl->closed = closed;
    orch__curl_loop_reset(curl);
    uv_close((uv_handle_t *)&curl->timer, timer_closed);
}
