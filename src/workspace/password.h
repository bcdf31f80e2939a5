/* Passwords: argon2id (19 MiB, t=2), and Neolith's PBKDF2 hashes, which are accepted once and then replaced.
 * Pure computation, slow on purpose: call it on a thread pool. Any thread, after orch_password_init().
 */
#ifndef ORCHD_PASSWORD_H
#define ORCHD_PASSWORD_H

#include "orchd/error.h"
#include "orchd/types.h"

#define ORCH_PASSWORD_HASH_MAX 256

ORCH_MUST_USE int orch_password_init(void);

/* ORCH_E_INVALID (length), ORCH_E_NO_MEMORY. Terminated. */
ORCH_MUST_USE int orch_password_hash(orch_str password, char out_hash[ORCH_PASSWORD_HASH_MAX]);

typedef enum orch_password_verdict {
    ORCH_PASSWORD_WRONG,
    ORCH_PASSWORD_RIGHT,
    ORCH_PASSWORD_RIGHT_REHASH, /* right, stored in an outdated way: hash anew and store it */
} orch_password_verdict;

/* An empty or unknown hash costs as much time as a wrong password. */
orch_password_verdict orch_password_verify(orch_str hash, orch_str password);

/* 20 characters from an unambiguous alphabet, terminated: more than 100 bits. */
void orch_password_generate(char out_password[24]);

#endif
