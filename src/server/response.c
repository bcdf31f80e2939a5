#include "response.h"

#include <stdio.h>
#include <string.h>

#include "exchange.h"
#include "orchd/assert.h"

static const char *reason_phrase(int status)
{
    static const struct {
        int status;
        const char *phrase;
    } phrases[] = {
        {200, "OK"},
        {201, "Created"},
        {204, "No Content"},
        {302, "Found"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {411, "Length Required"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {426, "Upgrade Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {503, "Service Unavailable"},
    };

    for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
        if (phrases[i].status == status)
            return phrases[i].phrase;
    }
    return "Unknown";
}

int orch__response_head_write(char *out, size_t size, const orch__response_head *head)
{
    char content[128] = "", length[48] = "", cors[512] = "";

    if (head->chunked)
        snprintf(length, sizeof(length), "Transfer-Encoding: chunked\r\n");
    else if (head->length != ORCH__LENGTH_UNKNOWN)
        snprintf(length, sizeof(length), "Content-Length: %zu\r\n", head->length);
    if (head->status != 204 && head->status != 304)
        snprintf(content, sizeof(content), "Content-Type: %s\r\n%s", head->content_type, length);
    if (head->origin)
        snprintf(
            cors, sizeof(cors),
            "Access-Control-Allow-Origin: %s\r\nAccess-Control-Allow-Credentials: true\r\nVary: Origin\r\n",
            head->origin);
    return snprintf(out, size,
                    "HTTP/1.1 %d %s\r\n%s%s%s%s%sX-Content-Type-Options: nosniff\r\nCache-Control: %s\r\n"
                    "Content-Security-Policy: %s\r\n"
                    "Referrer-Policy: no-referrer\r\n\r\n",
                    head->status, reason_phrase(head->status), content, cors,
                    head->headers ? head->headers : "", head->close ? "Connection: close\r\n" : "",
                    head->tls ? "Strict-Transport-Security: max-age=31536000\r\n" : "",
                    head->cache ? head->cache : "no-store",
                    head->policy ? head->policy : "default-src 'none'; frame-ancestors 'none'");
}

orch_str orch__response_error(orch_server *server, const char *code, const char *message,
                              uint64_t retry_after_ms)
{
    orch__writer *json = &server->reply;

    orch__writer_reset(json);
    orch__writer_open(json, NULL, '{');
    orch__writer_bytes(json, "\"error\":", 8);
    orch__error_write(json, code, message, NULL, retry_after_ms);
    orch__writer_close(json, '}');
    return (orch_str){json->ptr, json->len};
}

orch_str orch__response_error_openai(orch_server *server, int status, const char *code, const char *message,
                                     uint64_t retry_after_ms)
{
    orch__writer *json = &server->reply;

    orch__writer_reset(json);
    orch__writer_open(json, NULL, '{');
    orch__writer_bytes(json, "\"error\":", 8);
    orch__error_write_openai(json, status, code, message, NULL, retry_after_ms);
    orch__writer_close(json, '}');
    return (orch_str){json->ptr, json->len};
}

const char *orch__retry_after(char out[ORCH__RETRY_AFTER_MAX], uint64_t wait_ms)
{
    snprintf(out, ORCH__RETRY_AFTER_MAX, "Retry-After: %llu\r\n", (unsigned long long)(wait_ms + 999) / 1000);
    return out;
}

size_t orch__refusal_write(orch_server *server, char out[ORCH__REFUSAL_MAX], const orch__refusal *refusal)
{
    orch_str body = orch__response_error(server, refusal->code, refusal->message, refusal->retry_after_ms);
    char retry[ORCH__RETRY_AFTER_MAX];
    orch__response_head head = {.status = refusal->status,
                                .content_type = "application/json; charset=utf-8",
                                .headers = refusal->headers,
                                .close = true,
                                .tls = refusal->tls,
                                .length = body.len};
    int len;

    if (refusal->retry_after_ms)
        head.headers = orch__retry_after(retry, refusal->retry_after_ms);
    len = orch__response_head_write(out, ORCH__REFUSAL_MAX, &head);
    ORCH_ASSERT(len > 0 && (size_t)len + body.len <= ORCH__REFUSAL_MAX);
    memcpy(out + len, body.ptr, body.len);
    orch__response_count(server, refusal->status);
    return (size_t)len + body.len;
}

void orch__response_count(orch_server *server, int status)
{
    server->counters.requests[status / 100 < 6 ? status / 100 : 0]++;
}
