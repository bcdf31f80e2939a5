#include "password_check.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

void orch__password_checks_init(orch__password_checks *checks, uv_loop_t *loop)
{
    *checks = (orch__password_checks){.loop = loop};
    checks->last = &checks->first;
}

/* On the pool. */
static void work(uv_work_t *handle)
{
    orch__password_job *job = handle->data;
    orch_str password = {job->password, job->password_len};
    bool hash = !job->verify;

    if (job->verify) {
        job->verdict = orch_password_verify((orch_str){job->stored, strlen(job->stored)}, password);
        hash = job->verdict == ORCH_PASSWORD_RIGHT_REHASH;
    }
    if (hash)
        job->hash_error = orch_password_hash(password, job->hash);
}

static void start(orch__password_job *job);

static void free_job(orch__password_job *job)
{
    sodium_memzero(job, sizeof(*job));
    free(job);
}

static void start_next(orch__password_checks *checks)
{
    orch__password_job *job = checks->first;

    if (!job || checks->running >= ORCH__PASSWORDS_AT_ONCE)
        return;
    checks->first = job->next;
    if (!checks->first)
        checks->last = &checks->first;
    checks->waiting--;
    start(job);
}

static void after_work(uv_work_t *handle, int status)
{
    orch__password_job *job = handle->data;
    orch__password_checks *checks = job->checks;

    (void)status;
    checks->running--;
    start_next(checks);
    job->done(job, job->user);
    free_job(job);
}

static void start(orch__password_job *job)
{
    job->checks->running++;
    job->work.data = job;
    (void)uv_queue_work(job->checks->loop, &job->work, work, after_work);
}

static int submit(orch__password_checks *checks, orch_str stored, orch_str password, bool verify,
                  void (*done)(orch__password_job *job, void *user), void *user)
{
    orch__password_job *job;

    if (password.len > ORCH__PASSWORD_LEN_MAX || stored.len >= sizeof(job->stored))
        return ORCH_E_INVALID;
    if (checks->running >= ORCH__PASSWORDS_AT_ONCE && checks->waiting >= ORCH__PASSWORDS_WAITING_MAX)
        return ORCH_E_BUSY;
    job = calloc(1, sizeof(*job));
    if (!job)
        return ORCH_E_NO_MEMORY;
    if (password.len)
        memcpy(job->password, password.ptr, password.len);
    job->password_len = password.len;
    if (stored.len)
        memcpy(job->stored, stored.ptr, stored.len);
    job->verify = verify;
    job->done = done;
    job->user = user;
    job->checks = checks;
    if (checks->running < ORCH__PASSWORDS_AT_ONCE) {
        start(job);
        return 0;
    }
    *checks->last = job;
    checks->last = &job->next;
    checks->waiting++;
    return 0;
}

int orch__password_verify(orch__password_checks *checks, orch_str stored, orch_str password,
                          void (*done)(orch__password_job *job, void *user), void *user)
{
    return submit(checks, stored, password, true, done, user);
}

int orch__password_make(orch__password_checks *checks, orch_str password,
                        void (*done)(orch__password_job *job, void *user), void *user)
{
    return submit(checks, ORCH_STR_NONE, password, false, done, user);
}
