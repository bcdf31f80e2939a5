/* Password work on libuv's thread pool: at most two at once, so that logins never starve the pool; the rest waits in a
 * bounded line.
 */
#ifndef ORCHD_SERVER_PASSWORD_CHECK_H
#define ORCHD_SERVER_PASSWORD_CHECK_H

#include <uv.h>

#include "password.h"

#define ORCH__PASSWORDS_AT_ONCE     2
#define ORCH__PASSWORDS_WAITING_MAX 64
#define ORCH__PASSWORD_LEN_MAX      1024

typedef struct orch__password_job {
    uv_work_t work;
    struct orch__password_checks *checks;
    struct orch__password_job *next;
    char password[ORCH__PASSWORD_LEN_MAX];
    size_t password_len;
    char stored[ORCH_PASSWORD_HASH_MAX]; /* what to verify against */
    bool verify;                         /* else: only hash anew */
    orch_password_verdict verdict;
    int hash_error;
    char hash[ORCH_PASSWORD_HASH_MAX]; /* of the password, made anew; empty: none was needed */
    void (*done)(struct orch__password_job *job, void *user);
    void *user;
} orch__password_job;

typedef struct orch__password_checks {
    uv_loop_t *loop;
    orch__password_job *first; /* waiting */
    orch__password_job **last;
    unsigned running;
    unsigned waiting;
} orch__password_checks;

void orch__password_checks_init(orch__password_checks *checks, uv_loop_t *loop);

/* Verifies `password` against `stored` (which may be empty: that takes as long), and hashes it anew where the stored hash
 * is outdated. `done` comes from the loop; the job is wiped and freed afterwards. ORCH_E_BUSY, ORCH_E_NO_MEMORY,
 * ORCH_E_INVALID (the length). */
ORCH_MUST_USE int orch__password_verify(orch__password_checks *checks, orch_str stored, orch_str password,
                                        void (*done)(orch__password_job *job, void *user), void *user);
/* Only hashes: `hash`, or `hash_error`. */
ORCH_MUST_USE int orch__password_make(orch__password_checks *checks, orch_str password,
                                      void (*done)(orch__password_job *job, void *user), void *user);

#endif
