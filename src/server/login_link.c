#include "login_link.h"

#include <sodium.h>
#include <string.h>

/* The code is random and as long as the hash: nothing slower is needed. */
static void hash_code(const uint8_t code[ORCH__LOGIN_LINK_BYTES], uint8_t out_hash[ORCH__LOGIN_LINK_BYTES])
{
    crypto_generichash(out_hash, ORCH__LOGIN_LINK_BYTES, code, ORCH__LOGIN_LINK_BYTES, NULL, 0);
}

static void expire(orch__login_links *links, uint64_t now_ms)
{
    for (size_t i = 0; i < ORCH__LOGIN_LINKS_MAX; i++) {
        orch__login_link *link = &links->places[i];

        if (link->state == ORCH__LOGIN_LINK_OPEN && now_ms >= link->until_ms)
            link->state = ORCH__LOGIN_LINK_EXPIRED;
    }
}

/* A free place, else that of the oldest that is not open. */
static orch__login_link *find_place(orch__login_links *links)
{
    orch__login_link *place = NULL;

    for (size_t i = 0; i < ORCH__LOGIN_LINKS_MAX; i++) {
        orch__login_link *link = &links->places[i];

        if (link->state != ORCH__LOGIN_LINK_OPEN && (!place || link->until_ms < place->until_ms))
            place = link;
    }
    return place;
}

int orch__login_links_add(orch__login_links *links, orch_user *user, uint32_t seconds, uint64_t now_ms,
                          char out_code[ORCH__LOGIN_LINK_TEXT])
{
    uint8_t code[ORCH__LOGIN_LINK_BYTES];
    orch__login_link *place;

    orch__login_links_end(links, user);
    expire(links, now_ms);
    place = find_place(links);
    if (!place)
        return ORCH_E_BUSY;
    randombytes_buf(code, sizeof(code));
    *place = (orch__login_link){
        .state = ORCH__LOGIN_LINK_OPEN, .user = user, .until_ms = now_ms + (uint64_t)seconds * 1000};
    hash_code(code, place->hash);
    sodium_bin2base64(out_code, ORCH__LOGIN_LINK_TEXT, code, sizeof(code),
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(code, sizeof(code));
    return 0;
}

static bool read_code(orch_str text, uint8_t out_code[ORCH__LOGIN_LINK_BYTES])
{
    size_t len = 0;

    return sodium_base642bin(out_code, ORCH__LOGIN_LINK_BYTES, text.ptr, text.len, NULL, &len, NULL,
                             sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
           len == ORCH__LOGIN_LINK_BYTES;
}

orch__login_link_state orch__login_links_use(orch__login_links *links, orch_str code, uint64_t now_ms,
                                             orch_user **out_user)
{
    uint8_t bytes[ORCH__LOGIN_LINK_BYTES], hash[ORCH__LOGIN_LINK_BYTES];
    orch__login_link_state found = ORCH__LOGIN_LINK_UNKNOWN;

    if (!read_code(code, bytes))
        return ORCH__LOGIN_LINK_UNKNOWN;
    hash_code(bytes, hash);
    sodium_memzero(bytes, sizeof(bytes));
    expire(links, now_ms);
    for (size_t i = 0; i < ORCH__LOGIN_LINKS_MAX; i++) {
        orch__login_link *link = &links->places[i];

        if (link->state == ORCH__LOGIN_LINK_UNKNOWN || sodium_memcmp(link->hash, hash, sizeof(hash)) != 0)
            continue;
        found = link->state;
        if (found != ORCH__LOGIN_LINK_OPEN)
            continue;
        link->state = ORCH__LOGIN_LINK_USED;
        *out_user = link->user;
    }
    return found;
}

void orch__login_links_end(orch__login_links *links, const orch_user *user)
{
    for (size_t i = 0; i < ORCH__LOGIN_LINKS_MAX; i++) {
        if (links->places[i].state == ORCH__LOGIN_LINK_OPEN && links->places[i].user == user)
            links->places[i].state = ORCH__LOGIN_LINK_ENDED;
    }
}
