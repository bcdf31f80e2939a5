#include "auth.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "connection.h"

#define COOKIES_MAX 4096

/* ---- credentials ---- */

static void take_token(orch__credentials *credentials, orch_str text)
{
    credentials->given = true;
    if (text.len >= sizeof(credentials->token))
        text.len = 0; /* no token is so long: refused as an unknown one */
    memcpy(credentials->token, text.ptr, text.len);
    credentials->token[text.len] = '\0';
}

/* The value of `name` in a Cookie header (RFC 6265, 4.2.1). */
static bool find_cookie(const char *cookies, const char *name, orch_str *out_value)
{
    size_t name_len = strlen(name);

    while (*cookies) {
        size_t len = strcspn(cookies, ";");

        if (len > name_len && strncmp(cookies, name, name_len) == 0 && cookies[name_len] == '=') {
            *out_value = (orch_str){cookies + name_len + 1, len - name_len - 1};
            return true;
        }
        cookies += len;
        while (*cookies == ';' || *cookies == ' ')
            cookies++;
    }
    return false;
}

void orch__credentials_read(struct lws *wsi, orch__credentials *out_credentials)
{
    char text[COOKIES_MAX];
    orch_str value;

    *out_credentials = (orch__credentials){0};
    if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_AUTHORIZATION) > 0) {
        bool bearer = lws_hdr_copy(wsi, text, sizeof(text), WSI_TOKEN_HTTP_AUTHORIZATION) > 0 &&
                      strncasecmp(text, "Bearer ", 7) == 0;

        take_token(out_credentials, bearer ? orch__str(text + 7) : ORCH_STR(""));
    } else if (lws_hdr_copy(wsi, text, sizeof(text), WSI_TOKEN_HTTP_COOKIE) > 0 &&
               find_cookie(text, ORCH__COOKIE, &value)) {
        take_token(out_credentials, value);
        out_credentials->from_cookie = true;
    }
}

void orch__cookie_read(struct lws *wsi, const char *name, char *out_value, size_t size)
{
    char text[COOKIES_MAX];
    orch_str value;

    out_value[0] = '\0';
    if (lws_hdr_copy(wsi, text, sizeof(text), WSI_TOKEN_HTTP_COOKIE) <= 0 ||
        !find_cookie(text, name, &value) || value.len >= size)
        return;
    memcpy(out_value, value.ptr, value.len);
    out_value[value.len] = '\0';
}

/* ---- origins ---- */

/* A name that cannot be made to point here by somebody else's DNS. */
static bool is_machine_name(const char *host)
{
    if (host[0] == '[' || strncmp(host, "localhost", 9) == 0)
        return true;
    for (; *host && *host != ':'; host++) {
        if ((*host < '0' || *host > '9') && *host != '.')
            return false;
    }
    return true;
}

bool orch__is_origin(orch_str text)
{
    size_t scheme = 0;

    if (text.len > 8 && memcmp(text.ptr, "https://", 8) == 0)
        scheme = 8;
    else if (text.len > 7 && memcmp(text.ptr, "http://", 7) == 0)
        scheme = 7;
    if (scheme == 0 || text.ptr[scheme] == ':')
        return false;
    for (size_t i = scheme; i < text.len; i++)
        if (text.ptr[i] <= ' ' || strchr("/?#@\\\"<>%", text.ptr[i]))
            return false;
    return true;
}

orch__origin orch__origin_read(const orch_server *server, struct lws *wsi, char *out_origin, size_t size)
{
    char host[256];
    const char *authority;

    out_origin[0] = '\0';
    if (lws_hdr_total_length(wsi, WSI_TOKEN_ORIGIN) <= 0)
        return ORCH__ORIGIN_NONE;
    if (lws_hdr_copy(wsi, out_origin, (int)size, WSI_TOKEN_ORIGIN) <= 0)
        return ORCH__ORIGIN_FOREIGN;
    if (server->public_url && strcasecmp(server->public_url, out_origin) == 0)
        return ORCH__ORIGIN_SAME;
    for (size_t i = 0; i < server->origins_count; i++) {
        if (strcasecmp(server->origins[i], out_origin) == 0)
            return ORCH__ORIGIN_ALLOWED;
    }
    authority = strstr(out_origin, "://");
    if (!authority || lws_hdr_copy(wsi, host, sizeof(host), WSI_TOKEN_HOST) <= 0)
        return ORCH__ORIGIN_FOREIGN;
    authority += 3;
    return strcasecmp(authority, host) == 0 && is_machine_name(host) ? ORCH__ORIGIN_SAME
                                                                     : ORCH__ORIGIN_FOREIGN;
}

/* ---- who it is ---- */

bool orch__user_is_welcome(const orch_user *user)
{
    return !user->removed && user->status == ORCH_USER_ACTIVE;
}

static void on_login(const orch_problem *problem, const orch_login *login, void *user)
{
    orch__exchange *exchange = user;

    if (!problem) {
        exchange->user = login->user;
        exchange->token_id = login->token_id;
        exchange->token_kind = login->kind;
        exchange->expires_ms = login->expires_ms;
    } else if (problem->error != ORCH_E_UNAUTHORIZED) {
        orch__exchange_problem(exchange, problem);
        return;
    }
    orch__exchange_run(exchange);
}

void orch__authenticate(orch__exchange *exchange, const orch__credentials *credentials)
{
    orch_str token = orch__str(credentials->token);
    int error;

    exchange->from_cookie = credentials->from_cookie;
    if (!credentials->given || !token.len) {
        orch__exchange_run(exchange);
        return;
    }
    if (orch__connection_near(exchange->connection) &&
        orch__owner_token_is(&exchange->server->owner_token, token)) {
        exchange->owner = true;
        orch__exchange_run(exchange);
        return;
    }
    error = orch_workspace_authenticate(exchange->server->workspace, token, on_login, exchange);
    if (error == ORCH_E_UNAUTHORIZED || error == ORCH_E_INVALID) {
        orch__exchange_run(exchange);
    } else if (error) {
        orch_problem problem = {.error = error};

        orch__exchange_problem(exchange, &problem);
    }
}
