#include "http_probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "curl_library.h"

#define BODY_MAX ((size_t)4 << 20)

static size_t collect(char *bytes, size_t size, size_t count, void *user)
{
    orch__probe_answer *answer = user;
    size_t len = size * count;
    char *grown;

    if (answer->body_len + len > BODY_MAX)
        return len;
    grown = realloc(answer->body, answer->body_len + len + 1);
    if (!grown)
        return 0;
    memcpy(grown + answer->body_len, bytes, len);
    answer->body = grown;
    answer->body_len += len;
    grown[answer->body_len] = '\0';
    return len;
}

/* When the first certificate, the server's own, ends. */
static int64_t read_certificate(CURL *easy)
{
    struct curl_certinfo *info = NULL;

    if (orch__curl.easy_getinfo(easy, CURLINFO_CERTINFO, &info) != CURLE_OK || !info ||
        info->num_of_certs < 1)
        return 0;
    for (struct curl_slist *line = info->certinfo[0]; line; line = line->next)
        if (strncasecmp(line->data, "Expire date:", 12) == 0)
            return (int64_t)orch__curl.getdate(line->data + 12, NULL);
    return 0;
}

static void set_own(CURL *easy)
{
    orch__curl.easy_setopt(easy, CURLOPT_NOPROXY, "*");
    orch__curl.easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    orch__curl.easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    orch__curl.easy_setopt(easy, CURLOPT_CERTINFO, 1L);
}

/* As the runtime's transfers, so that what works here works there. */
static void set_all(CURL *easy, const orch__probe *probe, orch__probe_answer *answer)
{
    const char *authorities = getenv("SSL_CERT_FILE");

    orch__curl.easy_setopt(easy, CURLOPT_URL, probe->url);
    orch__curl.easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    orch__curl.easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    orch__curl.easy_setopt(easy, CURLOPT_USERAGENT, "orchd");
    orch__curl.easy_setopt(easy, CURLOPT_CAPATH, NULL);
    if (authorities)
        orch__curl.easy_setopt(easy, CURLOPT_CAINFO, authorities);
    if (probe->socket_path)
        orch__curl.easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, probe->socket_path);
    if (probe->own)
        set_own(easy);
    if (probe->body)
        orch__curl.easy_setopt(easy, CURLOPT_POSTFIELDS, probe->body);
    orch__curl.easy_setopt(easy, CURLOPT_TIMEOUT_MS, probe->timeout_ms);
    orch__curl.easy_setopt(easy, CURLOPT_ERRORBUFFER, answer->error);
    orch__curl.easy_setopt(easy, CURLOPT_WRITEFUNCTION, collect);
    orch__curl.easy_setopt(easy, CURLOPT_WRITEDATA, answer);
}

void orch__probe_ask(const orch__probe *probe, orch__probe_answer *out_answer)
{
    struct curl_slist *headers = NULL;
    CURL *easy;
    CURLcode code;
    long status = 0;

    _Static_assert(sizeof(out_answer->error) >= CURL_ERROR_SIZE, "libcurl writes so much");
    *out_answer = (orch__probe_answer){0};
    if (orch__curl_load() < 0) {
        snprintf(out_answer->error, sizeof(out_answer->error), "%s", orch__curl_problem());
        return;
    }
    easy = orch__curl.easy_init();
    if (!easy) {
        snprintf(out_answer->error, sizeof(out_answer->error), "out of memory");
        return;
    }
    for (size_t i = 0; i < probe->headers_count; i++)
        headers = orch__curl.slist_append(headers, probe->headers[i]);
    set_all(easy, probe, out_answer);
    orch__curl.easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    code = orch__curl.easy_perform(easy);
    if (code == CURLE_OK) {
        orch__curl.easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        out_answer->certificate_until = read_certificate(easy);
    } else if (!out_answer->error[0]) {
        snprintf(out_answer->error, sizeof(out_answer->error), "%s", orch__curl.easy_strerror(code));
    }
    out_answer->status = (int)status;
    orch__curl.slist_free_all(headers);
    orch__curl.easy_cleanup(easy);
}

void orch__probe_answer_fini(orch__probe_answer *answer)
{
    free(answer->body);
    answer->body = NULL;
}
