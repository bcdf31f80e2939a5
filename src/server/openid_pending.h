/* Logins by OpenID that are under way: begun here, to be continued when the issuer sends the browser back.
 *
 * Invariants
 *  1. An entry is taken once: whoever comes with its state, rightly or not, ends it.
 *  2. It belongs to one browser, which holds a secret in a cookie, and to one provider.
 *  3. There are at most ORCH__PENDING_MAX, of one address at most ORCH__PENDING_ADDRESS_MAX; the oldest makes room.
 */
#ifndef ORCHD_SERVER_OPENID_PENDING_H
#define ORCHD_SERVER_OPENID_PENDING_H

#include <sys/queue.h>

#include "input.h"
#include "peers.h"
#include "workspace.h"

#define ORCH__PENDING_MAX         1024
#define ORCH__PENDING_ADDRESS_MAX 32
#define ORCH__PENDING_MS          (10 * 60 * 1000)
#define ORCH__PENDING_SECRET_LEN  43 /* 32 random bytes as base64url */

typedef struct orch__pending {
    TAILQ_ENTRY(orch__pending) link;
    uint64_t born_ms;
    orch__address address;
    size_t provider;   /* its place in the configuration */
    orch_user *linker; /* who links the account to himself; NULL: a login */
    char state[ORCH__PENDING_SECRET_LEN + 1];
    char browser[ORCH__PENDING_SECRET_LEN + 1]; /* in the browser's cookie */
    char nonce[ORCH__PENDING_SECRET_LEN + 1];
    char verifier[ORCH__PENDING_SECRET_LEN + 1]; /* of PKCE (RFC 7636) */
    char redirect_url[256 + 64 + ORCH_PROVIDER_ID_MAX];
    char return_path[ORCH__RETURN_MAX + 1];
} orch__pending;

typedef struct orch__pendings {
    TAILQ_HEAD(, orch__pending) list; /* the oldest first */
    size_t count;
} orch__pendings;

void orch__pendings_init(orch__pendings *pendings);
void orch__pendings_fini(orch__pendings *pendings);

/* With fresh secrets; `browser` is the given text where an entry of this browser lives, so that two tabs can log in. The rest is
 * the caller's to fill. NULL: no memory. */
orch__pending *orch__pending_new(orch__pendings *pendings, const orch__address *address, orch_str browser,
                                 uint64_t now_ms);
/* Takes it out, to be freed with orch__pending_free(). NULL: unknown, too old, or of another browser. */
orch__pending *orch__pending_take(orch__pendings *pendings, orch_str state, orch_str browser,
                                  uint64_t now_ms);
void orch__pending_free(orch__pending *pending);
/* Whether a browser with this secret has a login under way. */
bool orch__pendings_know(const orch__pendings *pendings, orch_str browser);

/* A path at this server for a browser to go to: begins with one '/', has no '\\' and no control characters (which browsers drop or
 * take for '/'), and at most ORCH__RETURN_MAX bytes of printable ASCII. */
bool orch__return_path_valid(orch_str path);

#endif
