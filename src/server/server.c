#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "arrival.h"
#include "burden.h"
#include "connection.h"
#include "fanout.h"
#include "log.h"
#include "openid.h"
#include "orchd/assert.h"

/* The library's own timers, which are not reliable here, must not come before ours. */
#define LIBRARY_TIMEOUT_S (2 * 3600)

/* ---- small things ---- */

int64_t orch__server_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

orch_server *orch__server_ref(orch_server *server)
{
    server->refs++;
    return server;
}

void orch__server_unref(orch_server *server)
{
    if (--server->refs > 0)
        return;
    for (size_t i = 0; i < server->origins_count; i++)
        free(server->origins[i]);
    orch__openid_free(server);
    free(server->public_url);
    explicit_bzero(server->setup_code, sizeof(server->setup_code));
    orch__tls_fini(&server->tls);
    orch__writer_fini(&server->reply);
    orch__writer_fini(&server->notice);
    orch__presence_fini(&server->presence);
    free(server->scratch);
    free(server);
}

void orch_server_config_init(orch_server_config *config)
{
    *config = (orch_server_config){.listen = "127.0.0.1:7717"};
    orch_server_limits_init(&config->limits);
}

const char *orch_server_pin(const orch_server *server)
{
    return orch__server_speaks_tls(server) ? server->tls.pin : NULL;
}

int orch_server_reload(orch_server *server, char *out_message, size_t message_size)
{
    return orch__server_speaks_tls(server) ? orch__tls_reload(&server->tls, out_message, message_size) : 0;
}

int orch__server_arm(orch_server *server, struct ssl_ctx_st *context)
{
    return orch__tls_arm(&server->tls, context);
}

const char *orch_server_address(const orch_server *server)
{
    return server->listener.address;
}

/* ---- the end ---- */

static void part_closed(void *user)
{
    orch_server *server = user;

    if (--server->handles > 0)
        return;
    if (server->closed)
        server->closed(server->closed_user);
    orch__server_unref(server);
}

static void on_handle_closed(uv_handle_t *handle)
{
    part_closed(handle->data);
}

static void close_handles(orch_server *server)
{
    if (orch__openid_close(server, part_closed))
        server->handles++;
    uv_close((uv_handle_t *)&server->before_poll, on_handle_closed);
    uv_close((uv_handle_t *)&server->sweep, on_handle_closed);
    uv_close((uv_handle_t *)&server->deadline, on_handle_closed);
    uv_close((uv_handle_t *)&server->deadlines.timer, on_handle_closed);
    uv_close((uv_handle_t *)&server->presence.timer, on_handle_closed);
    uv_close((uv_handle_t *)&server->completions.watch, on_handle_closed);
}

/* The library marks its own handles of the loop with the context. */
static void look_for_context(uv_handle_t *handle, void *user)
{
    const void **context = user;

    if (handle->data == *context)
        *context = NULL;
}

static bool context_has_handles(const orch_server *server)
{
    const void *context = server->context;

    uv_walk(server->loop, look_for_context, &context);
    return context == NULL;
}

/* One step towards the end, in each turn of the loop: never inside a callback of the library. */
static void end_step(orch_server *server)
{
    if (server->phase == ORCH__SERVER_CLOSING) {
        if (server->connections_count && !server->deadline_passed)
            return;
        server->phase = ORCH__SERVER_ENDING;
        lws_context_destroy(server->context); /* starts to close its handles */
        return;
    }
    if (server->phase != ORCH__SERVER_ENDING || server->listener.handles > 0)
        return;
    if (server->context && context_has_handles(server))
        return;
    lws_context_destroy(server->context); /* frees it */
    server->context = NULL;
    server->phase = ORCH__SERVER_GONE;
    close_handles(server);
}

static void on_deadline(uv_timer_t *timer)
{
    orch_server *server = timer->data;

    server->deadline_passed = true;
}

void orch_server_drain(orch_server *server)
{
    if (server->phase != ORCH__SERVER_OPEN)
        return;
    server->phase = ORCH__SERVER_DRAINING;
    orch__listener_close(&server->listener, NULL);
}

void orch_server_close(orch_server *server, void (*closed)(void *user), void *user)
{
    orch__connection *next;

    ORCH_ASSERT(server->phase == ORCH__SERVER_OPEN || server->phase == ORCH__SERVER_DRAINING);
    orch_server_drain(server);
    server->phase = ORCH__SERVER_CLOSING;
    server->closed = closed;
    server->closed_user = user;
    orch__fanout_close(server);
    orch_workspace_on_revoked(server->workspace, NULL, NULL);
    orch__owner_token_fini(&server->owner_token);
    orch__arrivals_close(server);
    orch__completions_close(server);
    for (orch__connection *connection = server->connections; connection; connection = next) {
        next = connection->next;
        orch__connection_goodbye(connection);
    }
    uv_timer_start(&server->deadline, on_deadline, ORCH_CLOSE_WITHIN_MS, 0);
}

/* ---- the loop ---- */

static void on_before_poll(uv_prepare_t *handle)
{
    orch_server *server = handle->data;

    orch__burden_relieve(server);
    orch__sockets_flush(server);
    if (server->phase >= ORCH__SERVER_CLOSING)
        end_step(server);
}

static void on_sweep(uv_timer_t *timer)
{
    int64_t next_ms = orch__sockets_sweep(timer->data, orch__server_now(), ORCH_SWEEP_MS);

    orch__burden_return(timer->data);
    uv_timer_start(timer, on_sweep, (uint64_t)next_ms, 0);
}

void orch__server_sweep_within(orch_server *server, int64_t expires_ms)
{
    int64_t left_ms = expires_ms - orch__server_now();

    if (expires_ms && left_ms < (int64_t)uv_timer_get_due_in(&server->sweep))
        uv_timer_start(&server->sweep, on_sweep, left_ms > 0 ? (uint64_t)left_ms : 0, 0);
}

static void on_revoked(const orch_id *token_id, void *user)
{
    orch__sockets_revoked(user, token_id);
}

static void start_handles(orch_server *server)
{
    const orch_server_limits *limits = &server->limits;

    uv_prepare_init(server->loop, &server->before_poll);
    uv_timer_init(server->loop, &server->sweep);
    uv_timer_init(server->loop, &server->deadline);
    orch__deadlines_init(&server->deadlines, server->loop,
                         (const uint32_t[ORCH__WAITS_COUNT]){
                             [ORCH__WAIT_HEAD] = limits->head_ms,
                             [ORCH__WAIT_IDLE] = limits->idle_ms,
                             [ORCH__WAIT_BODY] = limits->body_ms,
                             [ORCH__WAIT_READ] = limits->answer_ms,
                             [ORCH__WAIT_QUIET] = limits->quiet_ms,
                             [ORCH__WAIT_PONG] = limits->pong_ms,
                             [ORCH__WAIT_PART] = ORCH_PART_WITHIN_MS,
                         });
    server->before_poll.data = server->sweep.data = server;
    server->deadline.data = server->deadlines.timer.data = server;
    orch__presence_init(server);
    orch__completions_init(server);
    server->handles = 6;
    uv_prepare_start(&server->before_poll, on_before_poll);
    uv_timer_start(&server->sweep, on_sweep, ORCH_SWEEP_MS, 0);
}

/* ---- the library ---- */

static void on_library_log(int level, const char *line)
{
    orch_log_field field = {"line", line};

    (void)level;
    orch_log(ORCH_LOG_DEBUG, "server.library", "libwebsockets says", &field, 1);
}

/* Its tables are as large as the process may have descriptors, and touched at once: a limit of a million would cost
 * megabytes for connections that are never accepted. It looks at the limit here only. */
static struct lws_context *create_context(struct lws_context_creation_info *info)
{
    struct rlimit limit = {0}, lower;
    struct lws_context *context;
    bool lowered = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur > ORCH_DESCRIPTORS_MAX;

    lower = limit;
    lower.rlim_cur = ORCH_DESCRIPTORS_MAX;
    lowered = lowered && setrlimit(RLIMIT_NOFILE, &lower) == 0;
    context = lws_create_context(info);
    if (lowered)
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    return context;
}

static int open_library(orch_server *server)
{
    static const lws_retry_bo_t never = {.secs_since_valid_ping = UINT16_MAX - 1,
                                         .secs_since_valid_hangup = UINT16_MAX};
    void *loops[] = {server->loop};
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN_SERVER,
        .protocols = orch__protocols,
        .options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
                   LWS_SERVER_OPTION_UV_NO_SIGSEGV_SIGFPE_SPIN,
        .foreign_loops = loops,
        .user = server,
        .gid = -1,
        .uid = -1,
        .max_http_header_data = ORCH_HEADERS_MAX,
        .timeout_secs = LIBRARY_TIMEOUT_S,
        .keepalive_timeout = LIBRARY_TIMEOUT_S,
        .retry_and_idle_policy = &never,
        .vhost_name = "orchd",
        .server_string = "orchd",
        .pt_serv_buf_size = 16384,
    };

    if (orch__server_speaks_tls(server)) {
        info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_CREATE_VHOST_SSL_CTX;
        info.alpn = "http/1.1";
    }
    lws_set_log_level(LLL_ERR | LLL_WARN, on_library_log);
    server->context = create_context(&info);
    if (!server->context)
        return ORCH_E_IO;
    server->vhost = lws_create_vhost(server->context, &info);
    return server->vhost ? 0 : ORCH_E_NO_MEMORY;
}

void orch__server_adopt(orch_server *server, int fd, const orch__peer *peer, orch__peer_count *counted)
{
    lws_adopt_desc_t adopt = {.vh = server->vhost,
                              .type = LWS_ADOPT_HTTP | LWS_ADOPT_SOCKET |
                                      (orch__server_speaks_tls(server) ? LWS_ADOPT_ALLOW_SSL : 0),
                              .fd.sockfd = fd};

    server->adoption = (orch__adoption){peer, counted};
    (void)lws_adopt_descriptor_vhost_via_info(&adopt); /* it closes the descriptor where it fails */
    orch__peers_leave(&server->peers, server->adoption.counted);
    server->adoption = (orch__adoption){0};
}

static void on_starved(int number, void *user)
{
    orch_server *server = user;

    if (number)
        orch_runtime_fault(server->runtime, ORCH_FAULT_DESCRIPTORS, ORCH_E_FULL, strerror(number));
    else
        orch_runtime_fault_over(server->runtime, ORCH_FAULT_DESCRIPTORS);
}

static void on_accepted(int fd, const orch__peer *peer, void *user)
{
    orch__arrive(user, fd, peer);
}

/* ---- opening ---- */

static int take_origin(orch_server *server, const char *text, char *out_message, size_t message_size)
{
    size_t len = strlen(text);
    char *copied;

    if (len > 0 && text[len - 1] == '/')
        len--;
    if (server->origins_count == ORCH_SERVER_ORIGINS_MAX) {
        snprintf(out_message, message_size, "at most %d origins are allowed", ORCH_SERVER_ORIGINS_MAX);
        return ORCH_E_INVALID;
    }
    if (!orch__is_origin((orch_str){text, len})) {
        snprintf(out_message, message_size,
                 "\"%s\" is no origin of a page: https://chat.example.com, without a path, is meant", text);
        return ORCH_E_INVALID;
    }
    copied = strndup(text, len);
    if (!copied) {
        snprintf(out_message, message_size, "out of memory");
        return ORCH_E_NO_MEMORY;
    }
    server->origins[server->origins_count++] = copied;
    return 0;
}

static int take_origins(orch_server *server, const orch_server_config *config, char *out_message,
                        size_t message_size)
{
    int error = 0;

    for (size_t i = 0; i < config->origins_count && !error; i++)
        error = take_origin(server, config->origins[i], out_message, message_size);
    return error;
}

static int copy_public_url(orch_server *server, const orch_server_config *config)
{
    if (!config->openid || !config->openid->public_url)
        return 0;
    server->public_url = strdup(config->openid->public_url);
    return server->public_url ? 0 : ORCH_E_NO_MEMORY;
}

static int trust_proxies(orch_server *server, const orch_server_config *config, char *out_message,
                         size_t message_size)
{
    for (size_t i = 0; i < config->proxies_count; i++) {
        int error = orch__peers_trust(&server->peers, config->proxies[i]);

        if (error == ORCH_E_FULL)
            snprintf(out_message, message_size, "at most %d trusted proxies", ORCH__PROXIES_MAX);
        else if (error)
            snprintf(
                out_message, message_size,
                "\"%s\" is no address of a proxy: 203.0.113.7, 10.0.0.0/8, 2001:db8::/32 or unix is meant",
                config->proxies[i]);
        if (error)
            return error;
    }
    return 0;
}

static int init_tls(orch_server *server, const orch_server_config *config, char *out_message,
                    size_t message_size)
{
    if (config->tls_certificate && strncmp(config->listen, "unix:", 5) == 0) {
        snprintf(out_message, message_size,
                 "TLS is not spoken on a UNIX socket: leave out --tls-cert and --tls-key");
        return ORCH_E_INVALID;
    }
    return orch__tls_init(&server->tls, config->tls_certificate, config->tls_key, out_message, message_size);
}

static int take_address(orch_server *server, const orch_server_config *config, char *out_message,
                        size_t message_size)
{
    const orch__listen_wish wish = {
        .text = config->listen, .tls = orch__server_speaks_tls(server), .allow_remote = config->allow_remote};

    return orch__listener_bind(&server->listener, &wish, out_message, message_size);
}

static orch_server *new_server(const orch_server_config *config)
{
    orch_server *server = calloc(1, sizeof(*server));

    if (!server)
        return NULL;
    server->refs = 1;
    server->loop = config->loop;
    server->limits = config->limits;
    server->listener.fd = -1;
    orch__peers_init(&server->peers);
    orch__rate_init(&server->user_rate, config->limits.requests_per_s, config->limits.requests_burst);
    orch__rate_init(&server->anonymous_rate, config->limits.anonymous_per_s, config->limits.anonymous_burst);
    server->opened_ms = orch__server_now();
    server->scratch = malloc(ORCH_WRITE_SIZE);
    orch__throttle_init(&server->throttle);
    orch__password_checks_init(&server->passwords, config->loop);
    if (!server->scratch || copy_public_url(server, config) != 0) {
        orch__server_unref(server);
        return NULL;
    }
    return server;
}

int orch_server_prepare(const orch_server_config *config, orch_server **out_server, char *out_message,
                        size_t message_size)
{
    orch_server *server = new_server(config);
    int error;

    if (!server) {
        snprintf(out_message, message_size, "out of memory");
        return ORCH_E_NO_MEMORY;
    }
    error = take_origins(server, config, out_message, message_size);
    if (!error)
        error = trust_proxies(server, config, out_message, message_size);
    if (!error)
        error = init_tls(server, config, out_message, message_size);
    if (!error)
        error = take_address(server, config, out_message, message_size);
    if (!error)
        error = orch__openid_check(server, config, out_message, message_size);
    if (error)
        orch_server_discard(server);
    else
        *out_server = server;
    return error;
}

void orch_server_discard(orch_server *server)
{
    orch__owner_token_fini(&server->owner_token);
    orch__listener_close(&server->listener, NULL);
    orch__server_unref(server);
}

static int open_inside(orch_server *server, const orch_server_config *config, char *out_message,
                       size_t message_size)
{
    int error = open_library(server);

    if (!error)
        error = orch__fanout_open(server);
    if (!error)
        return orch__openid_open(server, config, out_message, message_size);
    snprintf(
        out_message, message_size,
        "libwebsockets does not start: its package libwebsockets-evlib-uv is missing, or the process may "
        "open too few files");
    return error;
}

int orch_server_open(orch_server *server, const orch_server_config *config, char *out_message,
                     size_t message_size)
{
    int error;

    server->runtime = config->runtime;
    server->workspace = orch_runtime_workspace(config->runtime);
    server->directory = orch_runtime_directory(config->runtime);
    error = orch__owner_token_init(&server->owner_token, config->owner_token_path, out_message, message_size);
    if (!error)
        error = orch__listener_start(&server->listener, server->loop, on_accepted, server, out_message,
                                     message_size);
    if (error) {
        orch_server_discard(server);
        return error;
    }
    server->listener.starved = on_starved;
    start_handles(server);
    error = open_inside(server, config, out_message, message_size);
    if (error) {
        server->deadline_passed = true;
        orch_server_close(server, NULL, NULL);
        return error;
    }
    orch_workspace_on_revoked(server->workspace, on_revoked, server);
    return 0;
}
