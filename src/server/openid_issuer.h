/* What is known of an issuer while the server runs: its discovery document and its keys, fetched when they are first needed.
 *
 *     unknown ── wanted ──▶ fetching ──▶ known, until it is too old ── wanted ──▶ fetching …
 *                              └── failed: all who wait are told; for a few seconds whoever asks again gets the same words
 *
 * However many logins wait, each of the two is fetched once at a time. Before a browser is sent to the issuer the document is fetched
 * anew, unless the issuer answered just now: one that is down is told by us, and not by the browser. For who comes back from it what is
 * known counts, whatever became of that.
 */
#ifndef ORCHD_SERVER_OPENID_ISSUER_H
#define ORCHD_SERVER_OPENID_ISSUER_H

#include "fetch.h"
#include "openid_discovery.h"

#define ORCH__ISSUER_KNOWN_MS  (60 * 60 * 1000)
#define ORCH__ISSUER_HERE_MS   2000 /* after an answer the issuer counts as there */
#define ORCH__ISSUER_FAILED_MS 5000 /* not asked again so soon after a failure */
#define ORCH__ISSUER_AGAIN_MAX                                                                               \
    6 /* so often within ORCH__ISSUER_KNOWN_MS keys are fetched because one was missing */
#define ORCH__ISSUER_TIMEOUT_MS  10000
#define ORCH__ISSUER_WORDS_MAX   512
#define ORCH__ISSUER_WAITERS_MAX 256

/* `error` 0, or an orch_error and words for the log. */
typedef void (*orch__issuer_fn)(int error, const char *words, void *user);

typedef struct orch__issuer_waiter orch__issuer_waiter;

/* One of the two things that are fetched. */
typedef struct orch__issuer_part {
    bool known;
    bool fetching;
    uint64_t asked_ms;    /* when it was asked last, of the loop's clock */
    uint64_t answered_ms; /* when it said anything */
    uint64_t known_ms;    /* when it said what is known */
    int error;            /* of the last time */
    char words[ORCH__ISSUER_WORDS_MAX];
    orch__issuer_waiter *waiters;
    size_t waiters_count;
} orch__issuer_part;

typedef struct orch__issuer {
    const orch_openid_provider *provider; /* borrowed */
    uv_loop_t *loop;
    orch_fetches *fetches; /* borrowed; NULL once they are closed */
    orch__discovery discovery;
    orch__jwk_set keys;
    orch__issuer_part document_part;
    orch__issuer_part keys_part;
    unsigned again; /* fetched because one was missing, since `again_since_ms` */
    uint64_t again_since_ms;
} orch__issuer;

void orch__issuer_init(orch__issuer *issuer, const orch_openid_provider *provider, uv_loop_t *loop,
                       orch_fetches *fetches);
void orch__issuer_fini(orch__issuer *issuer);

/* For who is to be sent there. `done` comes once, also from inside the call. With error 0 `discovery` is known, and the issuer answers. */
void orch__issuer_discover(orch__issuer *issuer, orch__issuer_fn done, void *user);
/* For who comes back: `keys` (and `discovery`) are known. `anew`: a key is missing in them; fetches them again unless that was done too often. */
void orch__issuer_load_keys(orch__issuer *issuer, bool anew, orch__issuer_fn done, void *user);

#endif
