/* Who asks: credentials from headers, and where a page comes from. */
#ifndef ORCHD_SERVER_AUTH_H
#define ORCHD_SERVER_AUTH_H

#include "exchange.h"

#define ORCH__COOKIE "orchd_session"

typedef struct orch__credentials {
    char token[ORCH_TOKEN_TEXT_MAX + 8];
    bool given; /* something was sent, be it nonsense */
    bool from_cookie;
} orch__credentials;

/* `Authorization: Bearer` wins over the cookie. */
void orch__credentials_read(struct lws *wsi, orch__credentials *out_credentials);

/* The value of a cookie, terminated; empty: there is none, or it does not fit. */
void orch__cookie_read(struct lws *wsi, const char *name, char *out_value, size_t size);

typedef enum orch__origin {
    ORCH__ORIGIN_NONE,    /* no browser */
    ORCH__ORIGIN_SAME,    /* our own page */
    ORCH__ORIGIN_ALLOWED, /* in the list of the configuration */
    ORCH__ORIGIN_FOREIGN,
} orch__origin;

/* `out_origin` gets the header's text, terminated; empty without one. */
orch__origin orch__origin_read(const orch_server *server, struct lws *wsi, char *out_origin, size_t size);

/* Such as https://chat.example.com, as browsers write it: without a path, not even "/". */
bool orch__is_origin(orch_str text);

/* Finds out who asks and runs the exchange. May finish before it returns. */
void orch__authenticate(orch__exchange *exchange, const orch__credentials *credentials);

/* Whether that user may still act: active and not removed. */
bool orch__user_is_welcome(const orch_user *user);

#endif
