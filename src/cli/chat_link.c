#include "chat_link.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "socket_client.h"

#define CALLS_MAX    64 /* that wait for an answer */
#define RETRY_MIN_MS 250
#define RETRY_MAX_MS 4000

typedef struct call {
    json_int_t id; /* 0: free */
    orch__chat_answered answered;
    void *user;
} call;

typedef struct letter {
    struct letter *next;
    json_int_t call; /* 0: not sent on this connection */
    char client_id[40];
    json_t *params;
} letter;

struct orch__chat_link {
    orch__chat_link_config config;
    orch_socket_client *client; /* NULL between two connections */
    uv_timer_t retry;
    uint64_t retry_ms;
    json_int_t last_id;
    call calls[CALLS_MAX];
    letter *outbox;
    bool open;
    bool following; /* the outbox may go */
    bool opened_before;
    bool closing;
};

static void connect_link(orch__chat_link *link);

static bool send_call(orch__chat_link *link, json_int_t id, const char *method, json_t *params)
{
    json_t *frame =
        json_pack("{s:s,s:I,s:s,s:O}", "jsonrpc", "2.0", "id", id, "method", method, "params", params);
    char *text = frame ? json_dumps(frame, JSON_COMPACT) : NULL;
    bool sent =
        text && link->client && orch_socket_client_send(link->client, (orch_str){text, strlen(text)}) == 0;

    free(text);
    json_decref(frame);
    return sent;
}

static void send_letters(orch__chat_link *link)
{
    for (letter *item = link->outbox; item && link->open && link->following; item = item->next) {
        if (item->call)
            continue;
        item->call = ++link->last_id;
        if (!send_call(link, item->call, "message.send", item->params))
            item->call = 0;
    }
}

static void forget_letter(orch__chat_link *link, letter *gone)
{
    letter **at = &link->outbox;

    while (*at != gone)
        at = &(*at)->next;
    *at = gone->next;
    json_decref(gone->params);
    free(gone);
}

static void on_retry(uv_timer_t *timer);

/* Refused for the moment: the same letter goes again with the next connection or the next letter, or when the server
 * says that it may. */
static bool is_passing(orch__chat_link *link, json_t *error)
{
    json_t *data = json_object_get(error, "data");
    const char *code = json_string_value(json_object_get(data, "code"));
    json_int_t wait_ms = json_integer_value(json_object_get(data, "retryAfterMs"));

    if (code && strcmp(code, "rate_limited") == 0) {
        uv_timer_start(&link->retry, on_retry, wait_ms > 0 ? (uint64_t)wait_ms : RETRY_MIN_MS, 0);
        return true;
    }
    return code && (strcmp(code, "closed") == 0 || strcmp(code, "disk_full") == 0 || strcmp(code, "io") == 0);
}

static bool letter_answered(orch__chat_link *link, json_int_t id, json_t *result, json_t *error)
{
    for (letter *item = link->outbox; item; item = item->next) {
        if (item->call != id)
            continue;
        if (error && is_passing(link, error)) {
            item->call = 0;
        } else {
            forget_letter(link, item);
            link->config.posted(result, error, link->config.user);
        }
        return true;
    }
    return false;
}

static void answered(orch__chat_link *link, json_t *frame)
{
    json_int_t id = json_integer_value(json_object_get(frame, "id"));
    json_t *result = json_object_get(frame, "result"), *error = json_object_get(frame, "error");

    if (id == 0 || letter_answered(link, id, result, error))
        return;
    for (size_t i = 0; i < CALLS_MAX; i++) {
        call found = link->calls[i];

        if (found.id != id)
            continue;
        link->calls[i].id = 0;
        found.answered(result, error, found.user);
        return;
    }
}

static void received(orch_str text, void *user)
{
    orch__chat_link *link = user;
    json_t *frame = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
    const char *method = json_string_value(json_object_get(frame, "method"));

    if (method)
        link->config.notified(method, json_object_get(frame, "params"), link->config.user);
    else if (frame)
        answered(link, frame);
    json_decref(frame);
}

static void opened(void *user)
{
    orch__chat_link *link = user;
    bool again = link->opened_before;

    link->open = link->opened_before = true;
    link->retry_ms = RETRY_MIN_MS;
    link->config.opened(again, link->config.user);
}

void orch__chat_link_follow(orch__chat_link *link, json_t *params, orch__chat_answered on_answer, void *user)
{
    (void)orch__chat_link_call(link, "subscribe", params, on_answer, user);
    link->following = true;
    send_letters(link);
}

static void on_retry(uv_timer_t *timer)
{
    orch__chat_link *link = timer->data;

    if (link->client)
        send_letters(link);
    else
        connect_link(link);
}

static void ended(const char *reason, void *user)
{
    orch__chat_link *link = user;
    bool was_open = link->open;

    link->open = link->following = false;
    memset(link->calls, 0, sizeof(link->calls));
    for (letter *item = link->outbox; item; item = item->next)
        item->call = 0;
    orch_socket_client_close(link->client, NULL, NULL);
    link->client = NULL;
    if (was_open || !link->opened_before)
        link->config.lost(reason, link->config.user);
    if (link->closing)
        return;
    uv_timer_start(&link->retry, on_retry, link->retry_ms, 0);
    link->retry_ms = link->retry_ms * 2 > RETRY_MAX_MS ? RETRY_MAX_MS : link->retry_ms * 2;
}

static void connect_link(orch__chat_link *link)
{
    orch_socket_client_config config = {
        .loop = link->config.loop,
        .address = link->config.address,
        .token = link->config.token,
        .pin = link->config.pin,
        .opened = opened,
        .received = received,
        .ended = ended,
        .user = link,
    };

    if (orch_socket_client_open(&config, &link->client))
        link->config.lost("the address cannot be used", link->config.user);
}

orch__chat_link *orch__chat_link_new(const orch__chat_link_config *config)
{
    orch__chat_link *link = calloc(1, sizeof(*link));

    if (!link || sodium_init() < 0) {
        free(link);
        return NULL;
    }
    link->config = *config;
    link->retry_ms = RETRY_MIN_MS;
    uv_timer_init(config->loop, &link->retry);
    link->retry.data = link;
    connect_link(link);
    return link;
}

bool orch__chat_link_call(orch__chat_link *link, const char *method, json_t *params,
                          orch__chat_answered on_answer, void *user)
{
    bool sent = false;

    for (size_t i = 0; i < CALLS_MAX; i++) {
        if (link->calls[i].id)
            continue;
        link->calls[i] = (call){++link->last_id, on_answer, user};
        sent = send_call(link, link->last_id, method, params);
        if (!sent)
            link->calls[i].id = 0;
        break;
    }
    json_decref(params);
    return sent;
}

/* Begins with the time, like a UUID of version 7: what ascends costs a database least. */
static void make_client_id(char *out_id, size_t size)
{
    unsigned char bytes[16];
    struct timespec now;

    randombytes_buf(bytes, sizeof(bytes));
    clock_gettime(CLOCK_REALTIME, &now);
    for (int i = 0, ms_shift = 40; i < 6; i++, ms_shift -= 8)
        bytes[i] =
            (unsigned char)(((uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000) >> ms_shift);
    sodium_bin2hex(out_id, size, bytes, sizeof(bytes));
}

bool orch__chat_link_post(orch__chat_link *link, const char *channel_id, orch_str content)
{
    letter *item = calloc(1, sizeof(*item)), **at = &link->outbox;

    if (!item)
        return false;
    make_client_id(item->client_id, sizeof(item->client_id));
    item->params = json_pack("{s:s,s:s%,s:s}", "channelId", channel_id, "content", content.ptr, content.len,
                             "clientId", item->client_id);
    if (!item->params) {
        free(item);
        return false;
    }
    while (*at)
        at = &(*at)->next;
    *at = item;
    send_letters(link);
    return true;
}

bool orch__chat_link_is_open(const orch__chat_link *link)
{
    return link->open;
}

size_t orch__chat_link_waiting(const orch__chat_link *link)
{
    size_t count = 0;

    for (const letter *item = link->outbox; item; item = item->next)
        count++;
    for (size_t i = 0; i < CALLS_MAX; i++)
        count += link->calls[i].id != 0;
    return count;
}

void orch__chat_link_close(orch__chat_link *link)
{
    if (link->closing)
        return;
    link->closing = true;
    link->open = false;
    uv_close((uv_handle_t *)&link->retry, NULL);
    if (link->client)
        orch_socket_client_close(link->client, NULL, NULL);
    link->client = NULL;
}

void orch__chat_link_free(orch__chat_link *link)
{
    if (!link)
        return;
    while (link->outbox)
        forget_letter(link, link->outbox);
    free(link);
}
