#include "access.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "curl_library.h"
#include "momentary.h"

#define ANSWER_MAX   (64u * 1024 * 1024)
#define WAIT_STEPS   200 /* of WAIT_STEP_MS: another command may hold the directory for a moment */
#define WAIT_STEP_MS 50

struct orch__access {
    char *address;
    char *token;
    char pin
        [ORCH_PIN_MAX]; /* of the TLS certificate of a local server; empty: the system's authorities decide */
    bool owner;         /* the token is that of the machine's owner */
    bool local;         /* found by the data directory: never through a proxy */
    CURL *curl;
    orch__data_directory directory;
    orch__momentary *momentary;
};

typedef struct answer {
    char *text;
    size_t len;
} answer;

static void pause_ms(long ms)
{
    struct timespec wait = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    nanosleep(&wait, NULL);
}

/* As the WebSocket's client reads it, too: without a path. */
static bool is_address(const char *address, size_t len)
{
    const char *authority = strstr(address, "://");

    if (strncmp(address, "unix:", 5) == 0)
        return len > 5;
    if (strncmp(address, "http://", 7) != 0 && strncmp(address, "https://", 8) != 0)
        return false;
    authority += 3;
    return authority < address + len && strcspn(authority, "/?#@ ") == (size_t)(address + len - authority);
}

static bool open_remote(orch__access *access, const orch__place *place)
{
    const char *token = place->token ? place->token : getenv("ORCHD_TOKEN");
    size_t len = strlen(place->server);

    if (len > 1 && place->server[len - 1] == '/')
        len--;
    if (!is_address(place->server, len)) {
        fprintf(stderr, "error: --server %s: http://HOST:PORT, https://HOST:PORT or unix:PATH is allowed\n",
                place->server);
        return false;
    }
    if (!token || !*token) {
        fprintf(stderr,
                "error: --server needs --token T (or ORCHD_TOKEN); make one with: orchd token create\n");
        return false;
    }
    access->address = strndup(place->server, len);
    access->token = strdup(token);
    return access->address && access->token;
}

/* The server of the directory, which another process runs. False: it is not there (yet). */
static bool open_served(orch__access *access)
{
    orch__server_told told;
    orch__reply reply;
    bool there;

    if (!orch__data_directory_told(&access->directory, &told))
        return false;
    free(access->address);
    free(access->token);
    access->address = strdup(told.address);
    memcpy(access->pin, told.pin, sizeof(access->pin));
    access->token = orch__data_directory_token(&access->directory);
    access->owner = access->local = true;
    if (!access->address || !access->token)
        return false;
    there = orch__call(access, "GET", "/healthz", NULL, &reply);
    orch__reply_fini(&reply);
    return there;
}

static bool open_momentary(orch__access *access, const char *data)
{
    char message[512] = "out of memory";

    access->momentary = orch__momentary_open(&access->directory, message, sizeof(message));
    if (!access->momentary) {
        fprintf(stderr, "error: %s: %s\n", data, message);
        return false;
    }
    access->address = strdup(orch__momentary_address(access->momentary));
    access->token = orch__data_directory_token(&access->directory);
    access->owner = access->local = true;
    return access->address && access->token;
}

static void refuse_nothing(const orch__place *place)
{
    if (place->data)
        fprintf(stderr, "error: there is no workspace in %s; make one with: orchd init --data %s\n",
                place->data, place->data);
    else
        fprintf(stderr,
                "error: there is no workspace in ./data; name another directory with --data DIR, or make "
                "one with: orchd init\n");
}

static bool open_data(orch__access *access, const orch__place *place, bool create, bool running)
{
    const char *data = place->data ? place->data : "data";
    int error = orch__data_directory_init(&access->directory, data);

    if (!error && create)
        error = orch__data_directory_make(&access->directory);
    else if (!error && !orch__data_directory_is_workspace(&access->directory))
        error = errno == ENOENT ? ORCH_E_NOT_FOUND : ORCH_E_IO;
    for (int step = 0; !error && step < WAIT_STEPS; step++) {
        error = orch__data_directory_lock(&access->directory);
        if (!error) {
            if (!running)
                return open_momentary(access, data);
            orch__data_directory_unlock(&access->directory);
            fprintf(stderr, "error: nobody serves %s; start the server with: orchd serve --data %s\n", data,
                    data);
            return false;
        }
        if (error != ORCH_E_LOCKED)
            break;
        if (open_served(access))
            return true;
        error = 0;
        pause_ms(WAIT_STEP_MS);
    }
    if (error == ORCH_E_NOT_FOUND)
        refuse_nothing(place);
    else if (error)
        fprintf(stderr, "error: %s cannot be opened: %s\n", data, strerror(errno));
    else
        fprintf(stderr, "error: another process uses %s and does not answer\n", data);
    return false;
}

/* NULL has been told. */
static CURL *new_handle(void)
{
    CURL *curl;

    if (orch__curl_load() < 0) {
        fprintf(stderr, "error: %s\n", orch__curl_problem());
        return NULL;
    }
    curl = orch__curl.easy_init();
    if (!curl)
        fprintf(stderr, "error: out of memory\n");
    return curl;
}

orch__access *orch__access_open(const orch__place *place, bool create, bool running)
{
    orch__access *access = calloc(1, sizeof(*access));
    bool ok;

    if (!access)
        return NULL;
    access->directory.lock_fd = -1;
    access->curl = new_handle();
    ok = access->curl &&
         (place->server ? open_remote(access, place) : open_data(access, place, create, running));
    if (ok)
        return access;
    orch__access_close(access);
    return NULL;
}

void orch__access_close(orch__access *access)
{
    if (!access)
        return;
    if (access->curl)
        orch__curl.easy_cleanup(access->curl);
    if (access->momentary)
        orch__momentary_close(access->momentary);
    free(access->address);
    free(access->token);
    free(access);
}

orch__access *orch__access_as(const orch__access *access, const char *token)
{
    orch__access *other = calloc(1, sizeof(*other));

    if (!other)
        return NULL;
    other->directory.lock_fd = -1;
    other->local = access->local;
    memcpy(other->pin, access->pin, sizeof(other->pin));
    other->curl = new_handle();
    other->address = strdup(access->address);
    other->token = strdup(token ? token : "");
    if (other->curl && other->address && other->token)
        return other;
    orch__access_close(other);
    return NULL;
}

const char *orch__access_address(const orch__access *access)
{
    return access->address;
}

const char *orch__access_token(const orch__access *access)
{
    return access->token;
}

const char *orch__access_pin(const orch__access *access)
{
    return access->pin[0] ? access->pin : NULL;
}

bool orch__access_is_owner(const orch__access *access)
{
    return access->owner;
}

static size_t collect(char *bytes, size_t size, size_t count, void *user)
{
    answer *got = user;
    size_t len = size * count;
    char *grown;

    if (got->len + len > ANSWER_MAX)
        return 0;
    grown = realloc(got->text, got->len + len + 1);
    if (!grown)
        return 0;
    memcpy(grown + got->len, bytes, len);
    got->text = grown;
    got->len += len;
    grown[got->len] = '\0';
    return len;
}

/* What the server says is wrong, else what curl says. */
static void word_failure(const orch__access *access, CURLcode code, orch__reply *reply)
{
    json_t *error = json_object_get(reply->body, "error");
    const char *message = json_string_value(json_object_get(error, "message"));
    const char *field = json_string_value(json_object_get(error, "field"));

    if (code)
        snprintf(reply->message, sizeof(reply->message), "%s does not answer: %s", access->address,
                 orch__curl.easy_strerror(code));
    else if (reply->status == 401 && !access->local)
        snprintf(reply->message, sizeof(reply->message),
                 "%s does not know the token; make one with: orchd token create", access->address);
    else if (message && field && strncmp(message, field, strlen(field)) != 0)
        snprintf(reply->message, sizeof(reply->message), "%s: %s", field, message);
    else if (message)
        snprintf(reply->message, sizeof(reply->message), "%s", message);
    else
        snprintf(reply->message, sizeof(reply->message), "%s answered with HTTP status %ld", access->address,
                 reply->status);
}

/* A certificate is judged by the system's authorities, or those of SSL_CERT_FILE; that of the data directory's server must
 * be the one that it told of: it may well be self-signed, or made for another name. */
static void set_trust(const orch__access *access)
{
    const char *authorities = getenv("SSL_CERT_FILE");

    orch__curl.easy_setopt(access->curl, CURLOPT_CAPATH, NULL);
    if (authorities)
        orch__curl.easy_setopt(access->curl, CURLOPT_CAINFO, authorities);
    if (!access->pin[0])
        return;
    orch__curl.easy_setopt(access->curl, CURLOPT_PINNEDPUBLICKEY, access->pin);
    orch__curl.easy_setopt(access->curl, CURLOPT_SSL_VERIFYPEER, 0L);
    orch__curl.easy_setopt(access->curl, CURLOPT_SSL_VERIFYHOST, 0L);
}

static CURLcode perform(orch__access *access, const char *method, const char *path, const char *body,
                        answer *got, long *out_status)
{
    char url[4096];
    char authorization[512];
    struct curl_slist *headers = NULL;
    bool local = strncmp(access->address, "unix:", 5) == 0;
    CURLcode code;

    snprintf(url, sizeof(url), "%s%s", local ? "http://localhost" : access->address, path);
    snprintf(authorization, sizeof(authorization), "Authorization: Bearer %s", access->token);
    headers = orch__curl.slist_append(headers, authorization);
    headers = orch__curl.slist_append(headers, "Content-Type: application/json");
    orch__curl.easy_reset(access->curl);
    orch__curl.easy_setopt(access->curl, CURLOPT_URL, url);
    orch__curl.easy_setopt(access->curl, CURLOPT_NOSIGNAL, 1L);
    if (local)
        orch__curl.easy_setopt(access->curl, CURLOPT_UNIX_SOCKET_PATH, access->address + 5);
    else if (access->local)
        orch__curl.easy_setopt(access->curl, CURLOPT_NOPROXY, "*");
    set_trust(access);
    orch__curl.easy_setopt(access->curl, CURLOPT_CUSTOMREQUEST, method);
    if (body)
        orch__curl.easy_setopt(access->curl, CURLOPT_POSTFIELDS, body);
    orch__curl.easy_setopt(access->curl, CURLOPT_HTTPHEADER, headers);
    orch__curl.easy_setopt(access->curl, CURLOPT_WRITEFUNCTION, collect);
    orch__curl.easy_setopt(access->curl, CURLOPT_WRITEDATA, got);
    orch__curl.easy_setopt(access->curl, CURLOPT_CONNECTTIMEOUT_MS, 5000L);
    orch__curl.easy_setopt(access->curl, CURLOPT_TIMEOUT_MS, 60000L);
    code = orch__curl.easy_perform(access->curl);
    orch__curl.easy_getinfo(access->curl, CURLINFO_RESPONSE_CODE, out_status);
    orch__curl.slist_free_all(headers);
    return code;
}

bool orch__call(orch__access *access, const char *method, const char *path, json_t *body,
                orch__reply *out_reply)
{
    answer got = {0};
    char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    CURLcode code;

    *out_reply = (orch__reply){0};
    code = perform(access, method, path, text ? text : (strcmp(method, "POST") == 0 ? "{}" : NULL), &got,
                   &out_reply->status);
    if (!code && got.text)
        out_reply->body = json_loads(got.text, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
    free(got.text);
    free(text);
    if (!code && out_reply->status >= 200 && out_reply->status < 300)
        return true;
    word_failure(access, code, out_reply);
    return false;
}

void orch__reply_fini(orch__reply *reply)
{
    json_decref(reply->body);
    reply->body = NULL;
}

json_t *orch__ask(orch__access *access, const char *method, const char *path, json_t *body)
{
    orch__reply reply;
    json_t *result = NULL;

    if (orch__call(access, method, path, body, &reply)) {
        result = reply.body ? json_incref(reply.body) : json_object();
    } else {
        fprintf(stderr, "error: %s\n", reply.message);
    }
    orch__reply_fini(&reply);
    return result;
}

json_t *orch__post(const orch__place *place, const char *path, json_t *body)
{
    orch__access *access = orch__access_open(place, false, false);
    json_t *reply = access ? orch__ask(access, "POST", path, body) : NULL;

    json_decref(body);
    orch__access_close(access);
    return reply;
}
