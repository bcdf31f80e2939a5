#include "page.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "connection.h"

#define HEADER_MAX 1024 /* a longer one of those that are read here counts as none */

/* What runs is the page's own scripts alone, and they cannot make script of text (Trusted Types). */
static const char policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; "
    "require-trusted-types-for 'script'; trusted-types dompurify orchd-worker";

static const char guards[] =
    "Cross-Origin-Opener-Policy: same-origin\r\nCross-Origin-Resource-Policy: same-origin\r\n"
    "Permissions-Policy: accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
    "magnetometer=(), microphone=(), midi=(), payment=(), usb=()\r\n";

/* The first segments of the page's views (web/src/app/routes.tsx). */
static const char *const views[] = {"c", "daemons", "orchestrators", "settings", "login", "setup"};

static bool is_view(orch_str path)
{
    const char *slash;
    size_t len;

    if (path.len < 2)
        return path.len == 1;
    slash = memchr(path.ptr + 1, '/', path.len - 1);
    len = (slash ? (size_t)(slash - path.ptr) : path.len) - 1;
    for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++) {
        if (strlen(views[i]) == len && memcmp(views[i], path.ptr + 1, len) == 0)
            return true;
    }
    return false;
}

bool orch_server_has_page(void)
{
    return orch__page_files_count > 1;
}

static const orch__page_file *file_named(orch_str path)
{
    for (size_t i = 0; i < orch__page_files_count; i++) {
        const char *name = orch__page_files[i].path;

        if (strlen(name) == path.len && memcmp(name, path.ptr, path.len) == 0)
            return &orch__page_files[i];
    }
    return NULL;
}

const orch__page_file *orch__page_find(orch_str path)
{
    return file_named(is_view(path) ? ORCH_STR("/index.html") : path);
}

/* Whether Accept-Encoding has the coding, not with a weight of zero (RFC 9110, 12.5.3). "*" is not read: who means a coding
 * names it. */
static bool accepts(const char *header, const char *coding)
{
    size_t len = strlen(coding);

    for (const char *at = header; *at;) {
        const char *end = at + strcspn(at, ",");
        const char *weight;

        at += strspn(at, " \t");
        weight = at + strcspn(at, " \t;,");
        if ((size_t)(weight - at) == len && strncasecmp(at, coding, len) == 0) {
            weight = memchr(weight, '=', (size_t)(end - weight));
            return !weight || strspn(weight + 1, "0.") < strcspn(weight + 1, " \t,");
        }
        at = *end ? end + 1 : end;
    }
    return false;
}

static void read_header(struct lws *wsi, enum lws_token_indexes token, char out[HEADER_MAX])
{
    if (lws_hdr_copy(wsi, out, HEADER_MAX, token) <= 0)
        out[0] = '\0';
}

static orch__encoding choose(const orch__page_file *file, struct lws *wsi)
{
    char accepted[HEADER_MAX];

    read_header(wsi, WSI_TOKEN_HTTP_ACCEPT_ENCODING, accepted);
    if (file->forms[ORCH__BROTLI].begin && accepts(accepted, "br"))
        return ORCH__BROTLI;
    if (file->forms[ORCH__GZIP].begin && accepts(accepted, "gzip"))
        return ORCH__GZIP;
    return ORCH__IDENTITY;
}

/* The tag is weak: it stands for the content, in whichever form. */
static bool client_has(const orch__page_file *file, struct lws *wsi)
{
    char tags[HEADER_MAX];

    read_header(wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH, tags);
    return strstr(tags, file->hash) != NULL || strcmp(tags, "*") == 0;
}

/* With another status than 200 it is never "not modified". */
static void answer(orch__connection *connection, const orch__page_file *file, int status)
{
    static const char *const names[ORCH__ENCODINGS_COUNT] = {"", "Content-Encoding: gzip\r\n",
                                                             "Content-Encoding: br\r\n"};
    struct lws *wsi = connection->wsi;
    orch__encoding encoding = choose(file, wsi);
    const unsigned char *begin = file->forms[encoding].begin;
    size_t len = (size_t)(file->forms[encoding].end - begin);
    bool known = status == 200 && client_has(file, wsi);
    const char *cache = file->immutable ? "public, max-age=31536000, immutable" : "no-cache";
    char headers[768];

    snprintf(headers, sizeof(headers), "%sVary: Accept-Encoding\r\nETag: W/\"%s\"\r\n%s",
             known ? "" : names[encoding], file->hash, guards);
    orch__request_respond_file(connection,
                               &(orch__response_head){
                                   .status = known ? 304 : status,
                                   .content_type = file->type,
                                   .headers = headers,
                                   .policy = policy,
                                   .cache = cache,
                                   .length = len,
                               },
                               (orch_str){(const char *)begin, len});
}

void orch__page_answer(orch__connection *connection, const orch__page_file *file)
{
    answer(connection, file, 200);
}

bool orch__page_answer_nowhere(orch__connection *connection, orch_str path)
{
    static const char api[] = "/api/";
    char accepted[HEADER_MAX];
    const orch__page_file *shell = file_named(ORCH_STR("/index.html"));

    read_header(connection->wsi, WSI_TOKEN_HTTP_ACCEPT, accepted);
    if (!shell || !strstr(accepted, "text/html") ||
        (path.len >= strlen(api) && memcmp(path.ptr, api, strlen(api)) == 0))
        return false;
    answer(connection, shell, 404);
    return true;
}
