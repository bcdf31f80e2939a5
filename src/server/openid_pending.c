#include "openid_pending.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define SECRET_BYTES 32

void orch__pendings_init(orch__pendings *pendings)
{
    TAILQ_INIT(&pendings->list);
    pendings->count = 0;
}

void orch__pending_free(orch__pending *pending)
{
    if (!pending)
        return;
    sodium_memzero(pending, sizeof(*pending));
    free(pending);
}

static void remove_entry(orch__pendings *pendings, orch__pending *pending)
{
    TAILQ_REMOVE(&pendings->list, pending, link);
    pendings->count--;
}

static void drop(orch__pendings *pendings, orch__pending *pending)
{
    remove_entry(pendings, pending);
    orch__pending_free(pending);
}

void orch__pendings_fini(orch__pendings *pendings)
{
    while (!TAILQ_EMPTY(&pendings->list))
        drop(pendings, TAILQ_FIRST(&pendings->list));
}

/* ---- secrets ---- */

static void make_secret(char out_text[ORCH__PENDING_SECRET_LEN + 1])
{
    unsigned char bytes[SECRET_BYTES];

    randombytes_buf(bytes, sizeof(bytes));
    sodium_bin2base64(out_text, ORCH__PENDING_SECRET_LEN + 1, bytes, sizeof(bytes),
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(bytes, sizeof(bytes));
}

static bool is_secret(const char *secret, orch_str text)
{
    return text.len == ORCH__PENDING_SECRET_LEN &&
           sodium_memcmp(secret, text.ptr, ORCH__PENDING_SECRET_LEN) == 0;
}

/* ---- room ---- */

static void drop_old(orch__pendings *pendings, uint64_t now_ms)
{
    orch__pending *oldest;

    while ((oldest = TAILQ_FIRST(&pendings->list)) != NULL && now_ms - oldest->born_ms >= ORCH__PENDING_MS)
        drop(pendings, oldest);
}

static void make_room(orch__pendings *pendings, const orch__address *address)
{
    orch__pending *pending, *oldest_of_address = NULL;
    size_t of_address = 0;

    TAILQ_FOREACH(pending, &pendings->list, link)
    {
        if (memcmp(&pending->address, address, sizeof(*address)) != 0)
            continue;
        if (!oldest_of_address)
            oldest_of_address = pending;
        of_address++;
    }
    if (of_address >= ORCH__PENDING_ADDRESS_MAX)
        drop(pendings, oldest_of_address);
    else if (pendings->count >= ORCH__PENDING_MAX)
        drop(pendings, TAILQ_FIRST(&pendings->list));
}

/* ---- entries ---- */

bool orch__pendings_know(const orch__pendings *pendings, orch_str browser)
{
    const orch__pending *pending;

    TAILQ_FOREACH(pending, &pendings->list, link)
    {
        if (is_secret(pending->browser, browser))
            return true;
    }
    return false;
}

orch__pending *orch__pending_new(orch__pendings *pendings, const orch__address *address, orch_str browser,
                                 uint64_t now_ms)
{
    orch__pending *pending = calloc(1, sizeof(*pending));

    if (!pending)
        return NULL;
    drop_old(pendings, now_ms);
    make_secret(pending->state);
    make_secret(pending->nonce);
    make_secret(pending->verifier);
    if (orch__pendings_know(pendings, browser))
        memcpy(pending->browser, browser.ptr, browser.len);
    else
        make_secret(pending->browser);
    pending->born_ms = now_ms;
    pending->address = *address;
    make_room(pendings, address);
    TAILQ_INSERT_TAIL(&pendings->list, pending, link);
    pendings->count++;
    return pending;
}

orch__pending *orch__pending_take(orch__pendings *pendings, orch_str state, orch_str browser, uint64_t now_ms)
{
    orch__pending *pending;

    drop_old(pendings, now_ms);
    TAILQ_FOREACH(pending, &pendings->list, link)
    {
        if (is_secret(pending->state, state))
            break;
    }
    if (!pending)
        return NULL;
    remove_entry(pendings, pending);
    if (is_secret(pending->browser, browser))
        return pending;
    orch__pending_free(pending);
    return NULL;
}

bool orch__return_path_valid(orch_str path)
{
    if (path.len == 0 || path.len > ORCH__RETURN_MAX || path.ptr[0] != '/' ||
        (path.len > 1 && path.ptr[1] == '/'))
        return false;
    for (size_t i = 0; i < path.len; i++)
        if (path.ptr[i] <= 0x20 || path.ptr[i] >= 0x7f || path.ptr[i] == '\\')
            return false;
    return true;
}
