#include "socket_client.h"

#include <libwebsockets.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tls.h"

#define AUTHORITIES "/etc/ssl/certs/ca-certificates.crt"

typedef struct outgoing {
    struct outgoing *next;
    size_t len;
    unsigned char bytes[]; /* LWS_PRE bytes of room, then the text */
} outgoing;

struct orch_socket_client {
    orch_socket_client_config config;
    uv_loop_t *loop;
    struct lws_context *context;
    struct lws *wsi; /* NULL: not connected */
    char host[256];
    char authorization[512];
    char pin[ORCH__PIN_MAX];
    int port;
    bool tls;
    bool open;
    bool ended;
    bool closing;
    bool destroying; /* the library has begun */
    outgoing *first, **last;
    char *message; /* of the frames received so far */
    size_t message_len;
    uv_idle_t destroyer;
    void (*closed)(void *user);
    void *closed_user;
};

static void end(orch_socket_client *client, const char *reason)
{
    client->wsi = NULL;
    client->open = false;
    if (client->ended || client->closing)
        return;
    client->ended = true;
    client->config.ended(reason, client->config.user);
}

static int append_headers(orch_socket_client *client, struct lws *wsi, unsigned char **at, size_t room)
{
    const char *value = client->authorization;

    return lws_add_http_header_by_token(wsi, WSI_TOKEN_HTTP_AUTHORIZATION, (const unsigned char *)value,
                                        (int)strlen(value), at, *at + room)
               ? -1
               : 0;
}

static int receive(orch_socket_client *client, struct lws *wsi, const char *bytes, size_t size)
{
    char *grown;

    if (client->message_len + size > ORCH_SOCKET_MESSAGE_MAX)
        return -1;
    grown = realloc(client->message, client->message_len + size + 1);
    if (!grown)
        return -1;
    memcpy(grown + client->message_len, bytes, size);
    client->message = grown;
    client->message_len += size;
    if (!lws_is_final_fragment(wsi) || lws_remaining_packet_payload(wsi) > 0)
        return 0;
    size = client->message_len;
    client->message_len = 0;
    if (!client->closing)
        client->config.received((orch_str){client->message, size}, client->config.user);
    return 0;
}

static int send_next(orch_socket_client *client, struct lws *wsi)
{
    outgoing *out = client->first;
    int written;

    if (client->closing)
        return -1;
    if (!out)
        return 0;
    written = lws_write(wsi, out->bytes + LWS_PRE, out->len, LWS_WRITE_TEXT);
    client->first = out->next;
    if (!client->first)
        client->last = &client->first;
    if (written < (int)out->len) {
        free(out);
        return -1;
    }
    free(out);
    if (client->first)
        lws_callback_on_writable(wsi);
    return 0;
}

/* 0: the connection is to this certificate. Asked for each problem with the chain, and once when there is none. */
static int judge_certificate(const orch_socket_client *client, X509_STORE_CTX *chain, bool good)
{
    char pin[ORCH__PIN_MAX];

    if (!client->pin[0])
        return good ? 0 : 1;
    if (orch__tls_pin(X509_STORE_CTX_get0_cert(chain), pin) || strcmp(pin, client->pin) != 0)
        return 1;
    X509_STORE_CTX_set_error(chain, X509_V_OK);
    return 0;
}

static int on_reason(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
    orch_socket_client *client = lws_context_user(lws_get_context(wsi));

    switch (reason) {
    case LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION:
        return judge_certificate(client, user, len != 0);
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
        return append_headers(client, wsi, in, len);
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        client->open = true;
        if (!client->closing)
            client->config.opened(client->config.user);
        return 0;
    case LWS_CALLBACK_CLIENT_RECEIVE:
        return receive(client, wsi, in, len);
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        return send_next(client, wsi);
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        end(client, in ? (const char *)in : "the connection failed");
        return 0;
    case LWS_CALLBACK_CLIENT_CLOSED:
    case LWS_CALLBACK_WSI_DESTROY: /* all that is told of one that is reset before the answer to its handshake */
        end(client, "the connection was closed");
        return 0;
    default:
        return 0;
    }
}

static const struct lws_protocols protocols[] = {
    {"orchd", on_reason, 0, 16384, 0, NULL, 0},
    {NULL, NULL, 0, 0, 0, NULL, 0},
};

/* "http://HOST:PORT" into host, port and tls; "unix:PATH" into "+PATH", as libwebsockets wants it. */
static int parse_address(orch_socket_client *client, const char *address)
{
    const char *rest, *colon;
    size_t len;

    if (strncmp(address, "unix:", 5) == 0)
        return snprintf(client->host, sizeof(client->host), "+%s", address + 5) < (int)sizeof(client->host)
                   ? 0
                   : ORCH_E_INVALID;
    client->tls = strncmp(address, "https://", 8) == 0;
    if (!client->tls && strncmp(address, "http://", 7) != 0)
        return ORCH_E_INVALID;
    rest = address + (client->tls ? 8 : 7);
    len = strcspn(rest, "/");
    colon = memrchr(rest, ':', len);
    if (colon && memchr(colon, ']', len - (size_t)(colon - rest)))
        colon = NULL;
    client->port = colon ? atoi(colon + 1) : (client->tls ? 443 : 80);
    if (colon)
        len = (size_t)(colon - rest);
    if (len > 1 && rest[0] == '[' && rest[len - 1] == ']') {
        rest++;
        len -= 2;
    }
    if (len == 0 || len >= sizeof(client->host) || client->port <= 0 || client->port > 65535)
        return ORCH_E_INVALID;
    memcpy(client->host, rest, len);
    client->host[len] = '\0';
    return 0;
}

static int start(orch_socket_client *client)
{
    void *loops[] = {client->loop};
    struct lws_context_creation_info info = {0};
    struct lws_client_connect_info connect = {0};
    const char *authorities = getenv("SSL_CERT_FILE");

    lws_set_log_level(0, NULL);
    info.port = CONTEXT_PORT_NO_LISTEN;
    info.protocols = protocols;
    info.foreign_loops = loops;
    info.options = LWS_SERVER_OPTION_LIBUV | (client->tls ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0);
    info.user = client;
    info.alpn = "http/1.1";
    /* Where there is none, the library would look in "../share" of wherever it is. */
    info.client_ssl_ca_filepath = authorities ? authorities : AUTHORITIES;
    client->context = lws_create_context(&info);
    if (!client->context)
        return ORCH_E_NO_MEMORY;
    connect.context = client->context;
    connect.address = client->host;
    connect.port = client->port;
    connect.path = "/ws";
    connect.host = client->host[0] == '+' ? "localhost" : client->host;
    if (client->tls)
        connect.ssl_connection =
            LCCSCF_USE_SSL | (client->pin[0] ? LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK : 0);
    connect.local_protocol_name = "orchd";
    connect.pwsi = &client->wsi;
    /* A refusal at once is told through CLIENT_CONNECTION_ERROR as well. */
    (void)lws_client_connect_via_info(&connect);
    return 0;
}

int orch_socket_client_open(const orch_socket_client_config *config, orch_socket_client **out_client)
{
    orch_socket_client *client = calloc(1, sizeof(*client));
    int error;

    if (!client)
        return ORCH_E_NO_MEMORY;
    client->config = *config;
    client->loop = config->loop;
    client->last = &client->first;
    snprintf(client->authorization, sizeof(client->authorization), "Bearer %s", config->token);
    snprintf(client->pin, sizeof(client->pin), "%s", config->pin ? config->pin : "");
    *out_client = client; /* a refusal may be told before this returns */
    error = parse_address(client, config->address);
    if (!error)
        error = start(client);
    if (error) {
        free(client);
        *out_client = NULL;
    }
    return error;
}

int orch_socket_client_send(orch_socket_client *client, orch_str text)
{
    outgoing *out;

    if (!client->open || !client->wsi)
        return ORCH_E_CLOSED;
    out = malloc(sizeof(*out) + LWS_PRE + text.len);
    if (!out)
        return ORCH_E_NO_MEMORY;
    out->next = NULL;
    out->len = text.len;
    memcpy(out->bytes + LWS_PRE, text.ptr, text.len);
    *client->last = out;
    client->last = &out->next;
    lws_callback_on_writable(client->wsi);
    return 0;
}

static void destroyed(uv_handle_t *handle)
{
    orch_socket_client *client = handle->data;

    while (client->first) {
        outgoing *out = client->first;

        client->first = out->next;
        free(out);
    }
    free(client->message);
    if (client->closed)
        client->closed(client->closed_user);
    free(client);
}

/* The library marks its own handles of the loop with the context. */
static void look_for_context(uv_handle_t *handle, void *user)
{
    const void **context = user;

    if (handle->data == *context)
        *context = NULL;
}

static bool has_handles(const orch_socket_client *client)
{
    const void *context = client->context;

    uv_walk(client->loop, look_for_context, &context);
    return context == NULL;
}

/* Not inside a callback of the context: libwebsockets must not be destroyed under its own feet. The first call closes its
 * handles, a second one, when they are gone, frees it. */
static void destroy(uv_idle_t *idle)
{
    orch_socket_client *client = idle->data;

    if (!client->destroying) {
        client->destroying = true;
        lws_context_destroy(client->context);
    }
    if (has_handles(client))
        return;
    lws_context_destroy(client->context);
    uv_idle_stop(idle);
    uv_close((uv_handle_t *)idle, destroyed);
}

void orch_socket_client_close(orch_socket_client *client, void (*closed)(void *user), void *user)
{
    client->closing = true;
    client->closed = closed;
    client->closed_user = user;
    uv_idle_init(client->loop, &client->destroyer);
    client->destroyer.data = client;
    uv_idle_start(&client->destroyer, destroy);
}
