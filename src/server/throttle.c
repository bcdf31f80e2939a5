#include "throttle.h"

#include <sodium.h>
#include <string.h>

void orch__throttle_init(orch__throttle *throttle)
{
    memset(throttle, 0, sizeof(*throttle));
    randombytes_buf(throttle->secret, sizeof(throttle->secret));
}

/* An account is folded to lower case (ASCII), so that a change of case is no new account. */
static uint64_t key_of(const orch__throttle *throttle, const uint8_t address[16], orch_str account)
{
    unsigned char text[16 + 256], hash[crypto_shorthash_BYTES];
    size_t len = account.len < 256 ? account.len : 256;
    uint64_t key;

    memcpy(text, address, 16);
    for (size_t i = 0; i < len; i++) {
        char c = account.ptr[i];

        text[16 + i] = (unsigned char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    crypto_shorthash(hash, text, 16 + len, throttle->secret);
    memcpy(&key, hash, sizeof(key));
    return key ? key : 1;
}

static orch__throttle_entry *find(orch__throttle *throttle, uint64_t key)
{
    orch__throttle_entry *set = throttle->entries[key % ORCH__THROTTLE_SETS];

    for (int i = 0; i < ORCH__THROTTLE_WAYS; i++) {
        if (set[i].key == key)
            return &set[i];
    }
    return NULL;
}

static int64_t wait_for(orch__throttle *throttle, uint64_t key, uint32_t failures_max, int64_t now_ms)
{
    const orch__throttle_entry *entry = find(throttle, key);
    int64_t left = entry ? entry->since_ms + ORCH__THROTTLE_WINDOW_MS - now_ms : 0;

    return entry && entry->failures >= failures_max && left > 0 ? left : 0;
}

int64_t orch__throttle_wait(orch__throttle *throttle, const uint8_t address[16], orch_str account,
                            int64_t now_ms)
{
    int64_t of_account =
        wait_for(throttle, key_of(throttle, address, account), ORCH__THROTTLE_ACCOUNT_MAX, now_ms);
    int64_t of_address =
        wait_for(throttle, key_of(throttle, address, ORCH_STR_NONE), ORCH__THROTTLE_ADDRESS_MAX, now_ms);

    return of_account > of_address ? of_account : of_address;
}

static void count(orch__throttle *throttle, uint64_t key, int64_t now_ms)
{
    orch__throttle_entry *set = throttle->entries[key % ORCH__THROTTLE_SETS], *entry = find(throttle, key);

    if (!entry) {
        entry = &set[0];
        for (int i = 1; i < ORCH__THROTTLE_WAYS; i++) {
            if (set[i].since_ms < entry->since_ms)
                entry = &set[i];
        }
        *entry = (orch__throttle_entry){.key = key, .since_ms = now_ms};
    }
    if (now_ms - entry->since_ms >= ORCH__THROTTLE_WINDOW_MS) {
        entry->since_ms = now_ms;
        entry->failures = 0;
    }
    entry->failures++;
}

void orch__throttle_failed(orch__throttle *throttle, const uint8_t address[16], orch_str account,
                           int64_t now_ms)
{
    count(throttle, key_of(throttle, address, account), now_ms);
    count(throttle, key_of(throttle, address, ORCH_STR_NONE), now_ms);
}

void orch__throttle_succeeded(orch__throttle *throttle, const uint8_t address[16], orch_str account)
{
    orch__throttle_entry *entry = find(throttle, key_of(throttle, address, account));

    if (entry)
        *entry = (orch__throttle_entry){0};
}
