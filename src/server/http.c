#include "http.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "admission.h"
#include "burden.h"
#include "connection.h"
#include "openid.h"
#include "page.h"
#include "response.h"

#define BODY_DISCARDED_MAX                                                                                   \
    (16 * 1024 * 1024) /* of a body that is too large anyway, before the connection is cut */
#define QUERY_ARGUMENTS_MAX 16
#define PIECE_MAX           (16 * 1024) /* of a file, written at once */
#define EARLY_READS_MAX     16          /* of what a client sends without waiting for the answer */

void orch__request_free(orch__request *http)
{
    if (!http)
        return;
    json_decref(http->input);
    free(http->origin);
    free(http->body);
    free(http->response);
    free(http);
}

/* ---- answers ---- */

/* The head of an answer and, in the same piece, a body that is not kept. */
static void respond(orch__connection *connection, orch__response_head head, orch_str body)
{
    orch__request *http = connection->http;
    int head_len;

    head.origin = http->origin;
    head.close = http->close_after;
    head.tls = orch__server_speaks_tls(connection->server);
    head_len = orch__response_head_write(NULL, 0, &head);
    orch__response_count(connection->server, head.status);
    http->response = malloc((size_t)head_len + 1 + body.len);
    if (head_len < 0 || !http->response) {
        orch__connection_abort(connection);
        return;
    }
    (void)orch__response_head_write(http->response, (size_t)head_len + 1, &head);
    if (body.len)
        memcpy(http->response + head_len, body.ptr, body.len);
    http->response_len = (size_t)head_len + body.len;
    orch__burden(connection, 0, http->response_len);
    orch__connection_enter(connection, ORCH__CONNECTION_RESPONDING);
    orch__connection_wait(connection, ORCH__WAIT_READ);
    if (http->paused)
        (void)lws_rx_flow_control(connection->wsi,
                                  1); /* while it is off the library does not write, either */
    lws_callback_on_writable(connection->wsi);
}

void orch__request_respond(orch__connection *connection, int status, const char *content_type,
                           const char *headers, orch_str body)
{
    orch__response_head head = {
        .status = status, .content_type = content_type, .headers = headers, .length = body.len};

    if (connection->http->head || status == 204)
        body.len = 0;
    respond(connection, head, body);
}

void orch__request_respond_file(orch__connection *connection, const orch__response_head *head, orch_str body)
{
    if (!connection->http->head && head->status != 304)
        connection->http->rest = body;
    respond(connection, *head, (orch_str){0});
}

static orch_str error_words(orch__connection *connection, int status, const char *code, const char *message,
                            uint64_t retry_after_ms)
{
    if (connection->http->openai)
        return orch__response_error_openai(connection->server, status, code, message, retry_after_ms);
    return orch__response_error(connection->server, code, message, retry_after_ms);
}

/* An answer that needs no exchange: the request itself is wrong. */
static void fail(orch__connection *connection, int status, const char *headers, const char *code,
                 const char *message)
{
    orch__request_respond(connection, status, "application/json; charset=utf-8", headers,
                          error_words(connection, status, code, message, 0));
}

static void fail_for(orch__connection *connection, uint64_t wait_ms)
{
    char header[ORCH__RETRY_AFTER_MAX];

    orch__request_respond(connection, 429, "application/json; charset=utf-8",
                          orch__retry_after(header, wait_ms),
                          error_words(connection, 429, "rate_limited", orch__too_fast, wait_ms));
}

/* What was asked for cannot be read: the client's fault, or ours where memory is short. */
static void fail_input(orch__connection *connection, int error, const char *message)
{
    if (error == ORCH_E_NO_MEMORY)
        fail(connection, 503, "Retry-After: 1\r\n", "no_memory", "out of memory; try again in a moment");
    else
        fail(connection, 400, NULL, "invalid", message);
}

/* ---- requests ---- */

typedef enum verb_kind { VERB_KNOWN, VERB_HEAD, VERB_OPTIONS, VERB_OTHER } verb_kind;

static verb_kind read_verb(struct lws *wsi, orch__method *out_method)
{
    static const struct {
        enum lws_token_indexes token;
        orch__method method;
        verb_kind verb;
    } verbs[] = {
        {WSI_TOKEN_GET_URI, ORCH__GET, VERB_KNOWN},     {WSI_TOKEN_POST_URI, ORCH__POST, VERB_KNOWN},
        {WSI_TOKEN_PATCH_URI, ORCH__PATCH, VERB_KNOWN}, {WSI_TOKEN_DELETE_URI, ORCH__DELETE, VERB_KNOWN},
        {WSI_TOKEN_HEAD_URI, ORCH__GET, VERB_HEAD},     {WSI_TOKEN_OPTIONS_URI, ORCH__GET, VERB_OPTIONS},
    };

    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (lws_hdr_total_length(wsi, verbs[i].token) > 0) {
            *out_method = verbs[i].method;
            return verbs[i].verb;
        }
    }
    return VERB_OTHER;
}

/* A text of the path or the query becomes an input where the operation knows that name; the path wins over the query, the first
 * of two over the second. ORCH_E_INVALID: not UTF-8. ORCH_E_NO_MEMORY. */
static int put_text(orch__request *http, orch_str name, orch_str text)
{
    const orch__field *field = orch__fields_find(http->operation.fields, http->operation.fields_count, name);

    if (!field || json_object_get(http->input, field->name))
        return 0;
    errno = 0; /* the library does not say which of the two it was */
    if (json_object_set_new(http->input, field->name, orch__field_value(field, text)) == 0)
        return 0;
    return errno == ENOMEM ? ORCH_E_NO_MEMORY : ORCH_E_INVALID;
}

/* As put_text. */
static int read_query(struct lws *wsi, orch__request *http)
{
    char argument[ORCH_TARGET_MAX];

    for (int i = 0; i < QUERY_ARGUMENTS_MAX; i++) {
        int len = lws_hdr_fragment_length(wsi, WSI_TOKEN_HTTP_URI_ARGS, i);
        const char *equals;
        int error;

        if (len <= 0)
            return 0; /* no further one */
        if (lws_hdr_copy_fragment(wsi, argument, sizeof(argument), WSI_TOKEN_HTTP_URI_ARGS, i) < 0)
            return ORCH_E_INVALID; /* too long */
        equals = memchr(argument, '=', (size_t)len);
        if (!equals || equals == argument)
            continue;
        error = put_text(http, (orch_str){argument, (size_t)(equals - argument)},
                         (orch_str){equals + 1, (size_t)(argument + len - equals - 1)});
        if (error)
            return error;
    }
    return 0;
}

/* Whether the browser asked for the address that is known to be spoken to by TLS. */
static bool asks_for_public_tls(const orch_server *server, const char *host)
{
    return server->public_url && strncmp(server->public_url, "https://", 8) == 0 &&
           strcasecmp(server->public_url + 8, host) == 0;
}

/* Whether the browser came by TLS, to us or to a proxy before us. */
static bool by_tls(const orch__connection *connection, const char *origin, const char *host)
{
    struct lws *wsi = connection->wsi;
    char protocol[16];

    return lws_is_ssl(wsi) || strncmp(origin, "https://", 8) == 0 ||
           asks_for_public_tls(connection->server, host) ||
           (orch__connection_by_proxy(connection) &&
            lws_hdr_custom_copy(wsi, protocol, sizeof(protocol), "x-forwarded-proto:", 18) > 0 &&
            strcasecmp(protocol, "https") == 0);
}

static bool is_json(struct lws *wsi)
{
    char type[128];
    int len = lws_hdr_copy(wsi, type, sizeof(type), WSI_TOKEN_HTTP_CONTENT_TYPE);

    return len > 0 && strncasecmp(type, "application/json", 16) == 0 &&
           (type[16] == '\0' || type[16] == ';' || type[16] == ' ');
}

/* Browsers say so when they go to an address, and programs do not. */
static bool wants_page(struct lws *wsi)
{
    char accept[512];

    return lws_hdr_copy(wsi, accept, sizeof(accept), WSI_TOKEN_HTTP_ACCEPT) > 0 &&
           strstr(accept, "text/html");
}

/* Who is at the other end: of the connection, or of the trusted proxy's. Its text may be in several headers. */
static void read_client(orch__connection *connection)
{
    orch__address address;
    char text[1024];

    connection->client = orch__connection_group(connection);
    if (!orch__connection_by_proxy(connection) ||
        lws_hdr_copy(connection->wsi, text, sizeof(text), WSI_TOKEN_X_FORWARDED_FOR) <= 0)
        return;
    if (orch__peers_named(&connection->server->peers, text, &address))
        connection->client = orch__address_group(&address);
}

static bool is_of_1_0(struct lws *wsi)
{
    char version[16] = "";

    return lws_hdr_copy(wsi, version, sizeof(version), WSI_TOKEN_HTTP) > 0 &&
           strcmp(version, "HTTP/1.0") == 0;
}

/* Reads headers that are gone when the library has moved on. */
static void read_headers(orch__connection *connection, orch__request *http)
{
    struct lws *wsi = connection->wsi;
    char origin[256];
    orch__origin from = orch__origin_read(connection->server, wsi, origin, sizeof(origin));

    orch__credentials_read(wsi, &http->credentials);
    http->json_body = is_json(wsi);
    http->wants_page = wants_page(wsi);
    http->of_1_0 = is_of_1_0(wsi);
    http->foreign = from == ORCH__ORIGIN_FOREIGN;
    (void)lws_hdr_copy(wsi, http->host, sizeof(http->host), WSI_TOKEN_HOST);
    (void)lws_hdr_copy(wsi, http->agent, sizeof(http->agent), WSI_TOKEN_HTTP_USER_AGENT);
    http->secure = by_tls(connection, origin, http->host);
    if (connection->server->openid)
        orch__openid_cookie_read(wsi, http->secure, http->openid, sizeof(http->openid));
    read_client(connection);
    if (from == ORCH__ORIGIN_ALLOWED)
        http->origin = strdup(origin);
    connection->forwarded = lws_hdr_total_length(wsi, WSI_TOKEN_X_FORWARDED_FOR) > 0 ||
                            lws_hdr_custom_length(wsi, "forwarded:", 10) > 0;
}

/* Decimal digits only, at most 18 of them. */
static int64_t read_decimal(const char *text)
{
    size_t len = strspn(text, "0123456789");

    return len > 0 && len <= 18 && !text[len] ? strtoll(text, NULL, 10) : -1;
}

/* The length of the body; -1: it is not told. A transfer coding is not read, also where a length stands beside it: what
 * lies in front of the server may believe the one or the other (RFC 9112, 6.3). */
static int64_t read_length(struct lws *wsi)
{
    char text[32];

    if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0)
        return -1;
    if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) <= 0)
        return 0;
    if (lws_hdr_copy(wsi, text, sizeof(text), WSI_TOKEN_HTTP_CONTENT_LENGTH) <= 0)
        return -1;
    return read_decimal(text);
}

static void refuse_method(orch__connection *connection, unsigned allowed)
{
    char header[96] = "Allow: ";
    size_t len = strlen(header);

    for (int method = 0; method < ORCH__METHODS_COUNT; method++) {
        if (allowed & 1u << method)
            len += (size_t)snprintf(header + len, sizeof(header) - len, "%s%s", len > 7 ? ", " : "",
                                    orch__method_name((orch__method)method));
    }
    snprintf(header + len, sizeof(header) - len, "\r\n");
    fail(connection, 405, header, "method_not_allowed", "this path does not know that method");
}

static const char foreign_origin[] = "pages of that origin may not use this server";

static void preflight(orch__connection *connection, const orch__request *http)
{
    if (http->origin)
        orch__request_respond(connection, 204, "",
                              "Access-Control-Allow-Methods: GET, POST, PATCH, DELETE\r\n"
                              "Access-Control-Allow-Headers: Content-Type, Authorization\r\n",
                              ORCH_STR(""));
    else
        fail(connection, 403, NULL, "foreign_origin", foreign_origin);
}

/* Whether a page of another origin tries to act with somebody's cookie, or to log in. */
static bool forged(const orch__request *http, const orch__route *route)
{
    return http->foreign && http->method != ORCH__GET &&
           (http->credentials.from_cookie || route->operation.access == ORCH__ACCESS_OPEN);
}

/* What no operation has may be a file of the page. */
static void find_file(orch__connection *connection, const orch__request *http, orch_str path)
{
    const orch__page_file *file = orch__page_find(path);

    if (file && http->method == ORCH__GET)
        orch__page_answer(connection, file);
    else if (file)
        refuse_method(connection, 1u << ORCH__GET);
    else if (http->method != ORCH__GET || !orch__page_answer_nowhere(connection, path))
        fail(connection, 404, NULL, "not_found", "there is no such path");
}

/* Finds the operation and what the path says of it. False: the refusal was sent. */
static bool find_operation(orch__connection *connection, orch__request *http, orch_str path)
{
    orch__match match = orch__route_find(orch__routes, orch__routes_count, http->method, path);
    int error = 0;

    if (!match.allowed) {
        find_file(connection, http, path);
        return false;
    }
    if (!match.route) {
        refuse_method(connection, match.allowed);
        return false;
    }
    if (forged(http, match.route)) {
        fail(connection, 403, NULL, "foreign_origin", foreign_origin);
        return false;
    }
    http->operation = match.route->operation;
    http->input = json_object();
    if (!http->input)
        error = ORCH_E_NO_MEMORY;
    for (size_t i = 0; i < match.captures_count && !error; i++)
        error = put_text(http, match.captures[i].name, match.captures[i].value);
    if (error)
        fail_input(connection, error, "the path is not valid UTF-8");
    return !error;
}

static void handle(orch__connection *connection);

static bool has_custom(struct lws *wsi, const char *name)
{
    return lws_hdr_custom_length(wsi, name, (int)strlen(name)) >= 0;
}

/* What a request must not look like, since a proxy in front may read it in another way than the library (RFC 9112, 3.2,
 * 5.1 and 11.2). NULL: it is well. */
static const char *wrong_head(struct lws *wsi)
{
    char version[16] = "";
    bool of_1_0;

    if (lws_hdr_copy(wsi, version, sizeof(version), WSI_TOKEN_HTTP) <= 0)
        return "the first line needs a version: HTTP/1.1";
    of_1_0 = strcmp(version, "HTTP/1.0") == 0;
    if (!of_1_0 && strcmp(version, "HTTP/1.1") != 0)
        return "HTTP/1.1 is spoken";
    if (lws_hdr_fragment_length(wsi, WSI_TOKEN_HOST, 1) > 0 ||
        (!of_1_0 && lws_hdr_total_length(wsi, WSI_TOKEN_HOST) <= 0))
        return "exactly one Host header is needed";
    if (has_custom(wsi, "content-length :") || has_custom(wsi, "transfer-encoding :"))
        return "there is a space before the colon of a header";
    return NULL;
}

/* The library waits for a body of unknown length until the connection ends, also where there is none. */
static bool must_close_after(const orch__connection *connection, orch__method method, int64_t length)
{
    bool told = lws_hdr_total_length(connection->wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) > 0;

    return length < 0 || length > BODY_DISCARDED_MAX ||
           (!told && (method == ORCH__POST || method == ORCH__PATCH));
}

/* What the headers promise, checked before any of it is read. False: the refusal was sent. */
static bool check_request(orch__connection *connection, orch__request *http, verb_kind verb, int64_t length,
                          orch_str path)
{
    uint64_t wait_ms = orch__admit_request(connection);
    const char *wrong = wrong_head(connection->wsi);
    int error;

    if (wrong) {
        http->close_after = true;
        fail(connection, 400, NULL, "bad_request", wrong);
        return false;
    }
    if (wait_ms) {
        fail_for(connection, wait_ms);
        return false;
    }
    if (verb == VERB_OPTIONS) {
        preflight(connection, http);
        return false;
    }
    if (verb == VERB_OTHER) {
        fail(connection, 405, "Allow: GET, POST, PATCH, DELETE\r\n", "method_not_allowed",
             "GET, POST, PATCH and DELETE are known");
        return false;
    }
    if (!find_operation(connection, http, path))
        return false;
    if (length < 0) {
        fail(connection, 411, NULL, "length_required", "the body needs a Content-Length");
        return false;
    }
    if (length > ORCH_BODY_MAX) {
        fail(connection, 413, NULL, "too_large", "a body has at most 1048576 bytes");
        return false;
    }
    error = read_query(connection->wsi, http);
    if (error)
        fail_input(connection, error, "the query is not valid UTF-8, or too long");
    return !error;
}

/* This request cannot be had, the next one perhaps can. */
static void fail_for_memory(orch__connection *connection)
{
    orch_runtime_fault(connection->server->runtime, ORCH_FAULT_MEMORY, ORCH_E_NO_MEMORY, "a request");
    fail(connection, 503, NULL, orch_error_name(ORCH_E_NO_MEMORY),
         "the server is short of memory; try again in a moment");
}

int orch__request_begin(orch__connection *connection, orch_str path)
{
    orch__request *http = calloc(1, sizeof(*http));
    int64_t length = read_length(connection->wsi);
    verb_kind verb;

    if (!http)
        return -1;
    orch__request_free(connection->http);
    connection->http = http;
    orch__connection_enter(connection, ORCH__CONNECTION_READING);
    verb = read_verb(connection->wsi, &http->method);
    http->head = verb == VERB_HEAD;
    http->openai = path.len > 4 && memcmp(path.ptr, "/v1/", 4) == 0;
    http->close_after = must_close_after(connection, http->method, length);
    read_headers(connection, http);
    if (!check_request(connection, http, verb, length, path))
        return 0;
    http->body_expected = (size_t)length;
    orch__connection_wait(connection, ORCH__WAIT_BODY);
    if (length == 0)
        handle(connection);
    return 0;
}

/* libwebsockets 4.1 gives a request with a body that came right behind another one its own headers for a body. A JSON
 * object never begins like this. */
static bool is_own_head(const orch__request *http, orch_str bytes)
{
    const char *name = orch__method_name(http->method);
    size_t len = strlen(name);

    return http->body_len == 0 && bytes.len > len && memcmp(bytes.ptr, name, len) == 0 &&
           bytes.ptr[len] == ' ';
}

int orch__request_body(orch__connection *connection, orch_str bytes)
{
    orch__request *http = connection->http;

    if (connection->state != ORCH__CONNECTION_READING || !bytes.len)
        return 0; /* refused already: the rest of the body is read and dropped */
    if (is_own_head(http, bytes))
        return -1; /* the client sends it again on a new connection (RFC 9112, 9.3.2) */
    if (!http->body) {
        http->body = malloc(http->body_expected);
        orch__burden(connection, 0, http->body ? http->body_expected : 0);
    }
    if (!http->body) {
        fail_for_memory(connection);
        return 0;
    }
    if (bytes.len > http->body_expected - http->body_len)
        return -1;
    memcpy(http->body + http->body_len, bytes.ptr, bytes.len);
    http->body_len += bytes.len;
    return 0;
}

int orch__request_body_complete(orch__connection *connection)
{
    if (connection->state == ORCH__CONNECTION_READING) {
        handle(connection);
        return 0;
    }
    /* Further requests came behind this one while it was answered; the library tells of them so, and keeps them. */
    return connection->http && ++connection->http->early_reads > EARLY_READS_MAX ? -1 : 0;
}

void orch__request_body_late(orch__connection *connection)
{
    connection->http->close_after = true;
    fail(connection, 408, NULL, "timeout", "the body of the request did not come in time");
}

/* What `input` has stays. The library has a function for it, which forgets what it has no memory for. */
static int add_missing(json_t *input, json_t *body)
{
    const char *key;
    json_t *value;

    json_object_foreach(body, key, value) if (!json_object_get(input, key) &&
                                              json_object_set(input, key, value)) return ORCH_E_NO_MEMORY;
    return 0;
}

/* Adds the body's fields to the input; those of path and query win. False: the refusal was sent. */
static bool read_body(orch__connection *connection, orch__request *http)
{
    char why[256] = "the body must be a JSON object";
    json_t *body = NULL;
    int error;

    if (!http->body_len)
        return true;
    if (!http->json_body) {
        fail(connection, 415, NULL, "unsupported_media_type", "a body must be application/json");
        return false;
    }
    error = orch__parse_json((orch_str){http->body, http->body_len}, &body, why, sizeof(why));
    if (!error && json_is_object(body))
        error = add_missing(http->input, body);
    if (error == ORCH_E_NO_MEMORY)
        fail_input(connection, error, why);
    else if (!json_is_object(body))
        fail(connection, 400, NULL, "invalid_json", why);
    json_decref(body);
    return connection->state == ORCH__CONNECTION_READING;
}

/* The request is here in full. */
static void handle(orch__connection *connection)
{
    orch__request *http = connection->http;
    orch__exchange *exchange;
    json_t *input;

    if (!read_body(connection, http))
        return;
    input = http->input;
    http->input = NULL;
    free(http->body);
    http->body = NULL;
    orch__connection_enter(connection, ORCH__CONNECTION_HANDLING);
    orch__connection_wait_no_more(connection);
    exchange = orch__exchange_new(connection, ORCH__FACE_HTTP, http->operation, input);
    if (exchange) {
        exchange->openai = http->openai;
        orch__authenticate(exchange, &http->credentials);
    } else {
        fail_for_memory(connection);
    }
    if (connection->state == ORCH__CONNECTION_HANDLING) {
        http->paused = true;
        (void)lws_rx_flow_control(connection->wsi, 0);
    }
}

/* ---- writing ---- */

int orch__request_finish(orch__connection *connection)
{
    bool close_after = connection->http->close_after || connection->server->phase >= ORCH__SERVER_CLOSING;

    orch__request_free(connection->http);
    connection->http = NULL;
    orch__burden(connection, connection->burden, 0);
    orch__connection_enter(connection, ORCH__CONNECTION_WAITING);
    orch__connection_wait(connection, ORCH__WAIT_IDLE);
    if (close_after)
        return -1;
    return lws_http_transaction_completed(connection->wsi) ? -1 : 0;
}

/* The head, with most bodies; then the rest, as fast as it is read. Returns what lws_write does. */
static int write_next(orch__connection *connection, orch__request *http)
{
    char *response = http->response;
    size_t len = response ? http->response_len : http->rest.len < PIECE_MAX ? http->rest.len : PIECE_MAX;
    const char *bytes = response ? response : http->rest.ptr;
    /* The library's type says that it might write to them; for HTTP/1 it does not. */
    int written = lws_write(connection->wsi, (unsigned char *)(uintptr_t)bytes, len, LWS_WRITE_HTTP);

    http->response = NULL;
    free(response);
    if (!response) {
        http->rest.ptr += len;
        http->rest.len -= len;
    }
    if (written >= 0)
        connection->server->counters.bytes_sent += len;
    return written;
}

int orch__request_writable(orch__connection *connection)
{
    orch__request *http = connection->http;

    if (connection->state != ORCH__CONNECTION_RESPONDING)
        return 0;
    if (http->streaming)
        return orch__request_stream_writable(connection);
    if (!http->response && !http->rest.len)
        return orch__request_finish(connection); /* what the library had kept back has been sent by now */
    if (write_next(connection, http) < 0)
        return -1;
    if (!http->rest.len && !lws_partial_buffered(connection->wsi))
        return orch__request_finish(connection);
    lws_callback_on_writable(connection->wsi);
    return 0;
}

/* ---- becoming a WebSocket ---- */

/* Answers at once, in place of the upgrade. */
static int refuse_upgrade(orch__connection *connection, orch__refusal refusal)
{
    char response[ORCH__REFUSAL_MAX];
    size_t len;

    refusal.tls = orch__server_speaks_tls(connection->server);
    len = orch__refusal_write(connection->server, response, &refusal);
    orch__connection_wait(connection, ORCH__WAIT_IDLE);
    return lws_write(connection->wsi, (unsigned char *)response, len, LWS_WRITE_HTTP) < 0 ? -1 : 1;
}

/* What is wrong with it; `status` 0: nothing. */
static orch__refusal check_upgrade(orch__connection *connection, const orch__request *headers,
                                   const char *protocol)
{
    char path[16] = "", version[8] = "";
    struct lws *wsi = connection->wsi;
    uint64_t wait_ms = orch__admit_request(connection);

    if (wait_ms)
        return (orch__refusal){429, "rate_limited", orch__too_fast, NULL, wait_ms, false};
    if (strcasecmp(protocol, "websocket") != 0)
        return (orch__refusal){.status = 426,
                               .code = "unsupported",
                               .message = "HTTP/1.1 is spoken, and WebSocket; leave out the header Upgrade",
                               .headers = "Upgrade: websocket\r\n"};
    if (lws_hdr_copy(wsi, path, sizeof(path), WSI_TOKEN_GET_URI) <= 0 || strcmp(path, "/ws") != 0)
        return (orch__refusal){.status = 404, .code = "not_found", .message = "the WebSocket is at GET /ws"};
    if (lws_hdr_copy(wsi, version, sizeof(version), WSI_TOKEN_VERSION) <= 0 || strcmp(version, "13") != 0)
        return (orch__refusal){.status = 426,
                               .code = "unsupported",
                               .message = "WebSocket version 13 is spoken",
                               .headers = "Sec-WebSocket-Version: 13\r\n"};
    if (headers->foreign)
        return (orch__refusal){.status = 403, .code = "foreign_origin", .message = foreign_origin};
    if (!headers->credentials.given)
        return (orch__refusal){.status = 401,
                               .code = "unauthorized",
                               .message = "log in first: send a session cookie or a bearer token"};
    if (connection->server->phase != ORCH__SERVER_OPEN)
        return (orch__refusal){
            .status = 503, .code = "closing", .message = "the server is ending; try again in a moment"};
    if (!orch__admit_upgrade(connection))
        return (orch__refusal){429,  "rate_limited", "too many connections from that address",
                               NULL, 5000,           false};
    return (orch__refusal){0};
}

void orch__request_tunnel(orch__connection *connection)
{
    (void)refuse_upgrade(connection, (orch__refusal){.status = 405,
                                                     .code = "method_not_allowed",
                                                     .message = "this is no proxy",
                                                     .headers = "Allow: GET, POST, PATCH, DELETE\r\n"});
    orch__connection_abort(connection);
}

int orch__request_upgrade(orch__connection *connection, const char *protocol)
{
    orch__request headers = {0};
    orch__refusal refusal;

    read_headers(connection, &headers);
    free(headers.origin);
    refusal = check_upgrade(connection, &headers, protocol);
    if (refusal.status)
        return refuse_upgrade(connection, refusal);
    connection->socket = orch__socket_new(connection, &headers.credentials);
    return connection->socket ? 0 : -1;
}
