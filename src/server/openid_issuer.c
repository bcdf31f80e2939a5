#include "openid_issuer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openid_token.h"

struct orch__issuer_waiter {
    orch__issuer_waiter *next;
    orch__issuer_fn done;
    void *user;
};

void orch__issuer_init(orch__issuer *issuer, const orch_openid_provider *provider, uv_loop_t *loop,
                       orch_fetches *fetches)
{
    *issuer = (orch__issuer){.provider = provider, .loop = loop, .fetches = fetches};
}

void orch__issuer_fini(orch__issuer *issuer)
{
    orch__discovery_fini(&issuer->discovery);
    orch__jwk_set_fini(&issuer->keys);
}

/* ---- waiting ---- */

/* The part is known, or not: all who waited are told. They may ask again from inside. */
static void settle(orch__issuer_part *part)
{
    orch__issuer_waiter *waiter = part->waiters, *next;
    char words[ORCH__ISSUER_WORDS_MAX];
    int error = part->error;

    memcpy(words, part->words, sizeof(words));
    part->waiters = NULL;
    part->waiters_count = 0;
    for (; waiter; waiter = next) {
        next = waiter->next;
        waiter->done(error, words, waiter->user);
        free(waiter);
    }
}

static void fail(orch__issuer_part *part, int error, const char *what, const char *words)
{
    part->error = error;
    snprintf(part->words, sizeof(part->words), "%.300s: %.200s", what, words);
}

static bool wait_for(orch__issuer_part *part, orch__issuer_fn done, void *user)
{
    orch__issuer_waiter *waiter =
        part->waiters_count < ORCH__ISSUER_WAITERS_MAX ? malloc(sizeof(*waiter)) : NULL;

    if (!waiter)
        return false;
    *waiter = (orch__issuer_waiter){part->waiters, done, user};
    part->waiters = waiter;
    part->waiters_count++;
    return true;
}

/* What is known still counts. */
static bool is_known(const orch__issuer *issuer, const orch__issuer_part *part)
{
    return part->known && uv_now(issuer->loop) - part->known_ms < ORCH__ISSUER_KNOWN_MS;
}

static bool has_just_failed(const orch__issuer *issuer, const orch__issuer_part *part)
{
    return !part->fetching && part->error && uv_now(issuer->loop) - part->asked_ms < ORCH__ISSUER_FAILED_MS;
}

/* Nothing is to be fetched: it is known, or failed a moment ago. */
static bool is_settled(const orch__issuer *issuer, const orch__issuer_part *part)
{
    if (part->fetching)
        return false;
    return part->error ? has_just_failed(issuer, part) : is_known(issuer, part);
}

/* Tells at once, or lets wait and fetches. */
static void want(orch__issuer *issuer, orch__issuer_part *part, const char *url, uint32_t body_max,
                 orch_fetch_fn fetched, const orch__issuer_waiter *asking)
{
    const orch_fetch_request request = {
        .url = url, .body_max = body_max, .timeout_ms = ORCH__ISSUER_TIMEOUT_MS};
    int error;

    if (!wait_for(part, asking->done, asking->user)) {
        asking->done(ORCH_E_BUSY, "too many logins wait for the provider", asking->user);
        return;
    }
    if (part->fetching)
        return;
    error = issuer->fetches ? orch_fetch(issuer->fetches, &request, fetched, issuer) : ORCH_E_CLOSED;
    part->asked_ms = uv_now(issuer->loop);
    part->fetching = !error;
    if (error) {
        fail(part, error, url, orch_error_text(error));
        settle(part);
    }
}

/* Not 0: it is not there. */
static int check_answer(const orch__issuer *issuer, orch__issuer_part *part, const orch_fetch_answer *answer,
                        const char *url)
{
    char words[64];

    part->fetching = false;
    part->error = 0;
    if (!answer->error)
        part->answered_ms = uv_now(issuer->loop);
    if (answer->error) {
        fail(part, answer->error, url, answer->words);
    } else if (answer->status != 200) {
        snprintf(words, sizeof(words), "it answered with HTTP status %d", answer->status);
        fail(part, ORCH_E_PROTOCOL, url, words);
    }
    return part->error;
}

/* ---- the document ---- */

static void learn(const orch__issuer *issuer, orch__issuer_part *part)
{
    part->known = true;
    part->known_ms = uv_now(issuer->loop);
}

static void document_fetched(const orch_fetch_answer *answer, void *user)
{
    orch__issuer *issuer = user;
    orch__issuer_part *part = &issuer->document_part;
    char url[ORCH_OPENID_URL_MAX], why[ORCH__WHY_MAX];
    orch__discovery discovery;

    orch__discovery_url(issuer->provider->issuer, url);
    if (check_answer(issuer, part, answer, url) == 0) {
        int error =
            orch__discovery_read(answer->body, issuer->provider->issuer, &discovery, why, sizeof(why));

        if (error) {
            fail(part, error, url, why);
        } else {
            orch__discovery_fini(&issuer->discovery);
            issuer->discovery = discovery;
            learn(issuer, part);
        }
    }
    if (part->error && !answer->error && is_known(issuer, part))
        part->error = 0; /* it is there, and what it said before has its time */
    settle(part);
}

static void fetch_document(orch__issuer *issuer, orch__issuer_fn done, void *user)
{
    const orch__issuer_waiter asking = {.done = done, .user = user};
    char url[ORCH_OPENID_URL_MAX];

    orch__discovery_url(issuer->provider->issuer, url);
    want(issuer, &issuer->document_part, url, ORCH__DISCOVERY_MAX, document_fetched, &asking);
}

void orch__issuer_discover(orch__issuer *issuer, orch__issuer_fn done, void *user)
{
    const orch__issuer_part *part = &issuer->document_part;
    bool here = uv_now(issuer->loop) - part->answered_ms < ORCH__ISSUER_HERE_MS;

    if (is_settled(issuer, part) && (part->error || here))
        done(part->error, part->words, user);
    else
        fetch_document(issuer, done, user);
}

/* For who has been there already. */
static void recall(orch__issuer *issuer, orch__issuer_fn done, void *user)
{
    const orch__issuer_part *part = &issuer->document_part;

    if (is_known(issuer, part))
        done(0, "", user);
    else if (has_just_failed(issuer, part))
        done(part->error, part->words, user);
    else
        fetch_document(issuer, done, user);
}

/* ---- the keys ---- */

static void keys_fetched(const orch_fetch_answer *answer, void *user)
{
    orch__issuer *issuer = user;
    orch__issuer_part *part = &issuer->keys_part;
    char why[ORCH__WHY_MAX];
    orch__jwk_set keys;

    if (check_answer(issuer, part, answer, issuer->discovery.keys_url) == 0) {
        int error = orch__jwk_set_read(answer->body, &keys, why, sizeof(why));

        if (error) {
            fail(part, error, issuer->discovery.keys_url, why);
        } else {
            orch__jwk_set_fini(&issuer->keys);
            issuer->keys = keys;
            learn(issuer, part);
        }
    }
    settle(part);
}

typedef struct keys_wish {
    orch__issuer *issuer;
    orch__issuer_fn done;
    void *user;
} keys_wish;

static void fetch_keys(orch__issuer *issuer, orch__issuer_fn done, void *user)
{
    const orch__issuer_waiter asking = {.done = done, .user = user};

    want(issuer, &issuer->keys_part, issuer->discovery.keys_url, ORCH__JWKS_MAX, keys_fetched, &asking);
}

static void discovered(int error, const char *words, void *user)
{
    keys_wish wish = *(keys_wish *)user;

    free(user);
    if (error)
        wish.done(error, words, wish.user);
    else
        fetch_keys(wish.issuer, wish.done, wish.user);
}

/* So that an issuer whose tokens never fit is not asked for each of them. */
static bool may_ask_again(orch__issuer *issuer)
{
    uint64_t now = uv_now(issuer->loop);

    if (now - issuer->again_since_ms >= ORCH__ISSUER_KNOWN_MS) {
        issuer->again_since_ms = now;
        issuer->again = 0;
    }
    return issuer->again++ < ORCH__ISSUER_AGAIN_MAX;
}

void orch__issuer_load_keys(orch__issuer *issuer, bool anew, orch__issuer_fn done, void *user)
{
    orch__issuer_part *part = &issuer->keys_part;
    keys_wish *wish;

    if (is_settled(issuer, part) && !(anew && !part->error && may_ask_again(issuer))) {
        done(part->error, part->words, user);
        return;
    }
    wish = malloc(sizeof(*wish));
    if (!wish) {
        done(ORCH_E_NO_MEMORY, "out of memory", user);
        return;
    }
    *wish = (keys_wish){issuer, done, user};
    recall(issuer, discovered, wish);
}
