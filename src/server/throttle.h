/* Slows down who guesses passwords: counts failures per account and address, and per address alone.
 *
 * The table has a fixed size. A key lives in one of four places; the oldest makes room. So an attacker with many
 * addresses can at worst make it forget other failures, never make it grow.
 */
#ifndef ORCHD_SERVER_THROTTLE_H
#define ORCHD_SERVER_THROTTLE_H

#include "orchd/types.h"

#define ORCH__THROTTLE_SETS        512
#define ORCH__THROTTLE_WAYS        4
#define ORCH__THROTTLE_WINDOW_MS   (5 * 60 * 1000)
#define ORCH__THROTTLE_ACCOUNT_MAX 10 /* failures in a window, for one account from one address */
#define ORCH__THROTTLE_ADDRESS_MAX 100

typedef struct orch__throttle_entry {
    uint64_t key; /* 0: free */
    int64_t since_ms;
    uint32_t failures;
} orch__throttle_entry;

typedef struct orch__throttle {
    uint8_t secret[16]; /* so that nobody can choose which keys collide */
    orch__throttle_entry entries[ORCH__THROTTLE_SETS][ORCH__THROTTLE_WAYS];
} orch__throttle;

void orch__throttle_init(orch__throttle *throttle);
/* 0: go ahead. Otherwise the milliseconds to wait. */
int64_t orch__throttle_wait(orch__throttle *throttle, const uint8_t address[16], orch_str account,
                            int64_t now_ms);
void orch__throttle_failed(orch__throttle *throttle, const uint8_t address[16], orch_str account,
                           int64_t now_ms);
void orch__throttle_succeeded(orch__throttle *throttle, const uint8_t address[16], orch_str account);

#endif
