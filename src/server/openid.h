/* Logging in by OpenID Connect: what the server holds for it, and the steps of a login.
 *
 *   GET /api/auth/oidc/ID          begun: what it is for is kept (openid_pending.h), the browser goes to the issuer
 *   GET …/callback                 the browser is back with a code
 *        keys ──▶ code for tokens ──▶ ID token verified ──▶ whose is it ──▶ in (entrance.h)
 *
 * openid_login.c has the two ends that browsers see, openid_redeem.c the conversation with the issuer, openid_admit.c who may in.
 * Each step may end the visit: the browser then goes to /login?error=CODE, and the reason is in the log.
 */
#ifndef ORCHD_SERVER_OPENID_H
#define ORCHD_SERVER_OPENID_H

#include "exchange.h"
#include "openid_issuer.h"
#include "openid_pending.h"
#include "openid_token.h"

#define ORCH__OPENID_VISITS_MAX 64 /* callbacks under way */

typedef struct orch__openid {
    const orch_openid_config *config;
    orch_fetches *fetches; /* NULL: closed */
    orch__pendings pendings;
    unsigned visits;
    size_t count;
    orch__issuer issuers[]; /* in the order of the configuration */
} orch__openid;

/* Where the server listens must be clear to browsers: without a public URL only on this machine. ORCH_E_INVALID. */
ORCH_MUST_USE int orch__openid_check(const orch_server *server, const orch_server_config *config,
                                     char *out_message, size_t message_size);
/* Opens nothing where no provider is configured. */
ORCH_MUST_USE int orch__openid_open(orch_server *server, const orch_server_config *config, char *out_message,
                                    size_t message_size);
/* Ends what runs; `closed` comes from the loop. False: there is nothing to close. */
bool orch__openid_close(orch_server *server, void (*closed)(void *user));
void orch__openid_free(orch_server *server);

/* The cookie that binds a login to its browser; empty: none. */
void orch__openid_cookie_read(struct lws *wsi, bool secure, char *out_value, size_t size);
/* Takes it from the browser again, unless another login of it is under way. */
void orch__openid_forget_browser(orch__exchange *exchange);

/* Whether a refusal would be read by a person: a browser was sent to one of the two ends of a login and shows what it gets. */
bool orch__openid_turns_away(const orch__exchange *exchange);
/* Answers with the way to the login, which says what the code of the error means. */
void orch__openid_turn_away(orch__exchange *exchange, const char *code);

/* ---- a visit: from the callback to the end ---- */

typedef struct orch__visit {
    orch__exchange *exchange;
    orch__issuer *issuer;
    orch__pending *pending;
    char *id_token;     /* as it came */
    char *access_token; /* only to be compared with its hash in the ID token */
    bool asked_again;   /* for keys, because one was missing */
    orch__id_token token;
} orch__visit;

/* Why a visit ends without a login: the CODE of /login?error=CODE. */
typedef enum orch__openid_refusal {
    ORCH__OPENID_DENIED,       /* the person said no */
    ORCH__OPENID_EXPIRED,      /* too late, begun in another browser, or used already */
    ORCH__OPENID_PROVIDER,     /* the issuer does not answer, or not as it should */
    ORCH__OPENID_TOKEN,        /* the ID token is not valid */
    ORCH__OPENID_EMAIL,        /* the issuer does not say that the e-mail address is verified */
    ORCH__OPENID_UNKNOWN_USER, /* nobody here has that address */
    ORCH__OPENID_LINK,         /* somebody has; log in by password and link the account in the settings */
    ORCH__OPENID_TAKEN,        /* to be linked: it is somebody else's already */
    ORCH__OPENID_SESSION,      /* to be linked: whoever began is not logged in any more */
    ORCH__OPENID_DISABLED,     /* the user is not active */
    ORCH__OPENID_BUSY,         /* too many at once, or the server cannot store it now */
} orch__openid_refusal;

void orch__visit_free(orch__visit *visit);
/* Each ends the visit and frees it. */
void orch__visit_refuse(orch__visit *visit, orch__openid_refusal refusal, const char *why);
void orch__visit_finish(orch__visit *visit);
/* Whether somebody still waits. Otherwise it has been freed: server and runtime may have ended. */
bool orch__visit_goes_on(orch__visit *visit);

/* openid_redeem.c: the code for tokens, and their proof; goes on with orch__visit_admit. */
void orch__visit_redeem(orch__visit *visit);
/* openid_admit.c */
void orch__visit_admit(orch__visit *visit);

#endif
