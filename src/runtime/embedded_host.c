/* One host a loop: an engine, the daemons that it serves, and the queue of jobs that call the program back.
 *
 *     orch__host_get ──▶ (daemons and a manager come and go) ──▶ none left, no job left ──▶ closing its parts ──▶ freed
 *
 * While a host ends, another one may begin on the same loop.
 */
#include <stdlib.h>
#include <string.h>

#include "embedded.h"
#include "orchd/assert.h"

#define JOBS_MAX    256 /* of one iteration of the loop */
#define SLOTS_FIRST 16

static orch__host *hosts;

/* ---- jobs ---- */

static void run_jobs(uv_idle_t *idle)
{
    orch__host *host = idle->data;

    for (int i = 0; i < JOBS_MAX && host->first; i++) {
        orch__job *job = host->first;

        host->first = job->next;
        if (!host->first)
            host->last = NULL;
        job->run(job, true);
    }
    if (!host->first)
        uv_idle_stop(&host->idle);
    orch__host_settle(host);
}

void orch__host_push(orch__host *host, orch__job *job)
{
    job->next = NULL;
    if (host->last)
        host->last->next = job;
    else
        host->first = job;
    host->last = job;
    uv_idle_start(&host->idle, run_jobs);
}

static void drop_jobs(orch__host *host)
{
    while (host->first) {
        orch__job *job = host->first;

        host->first = job->next;
        job->run(job, false);
    }
    host->last = NULL;
}

bool orch__hosts_alive(const uv_loop_t *loop)
{
    for (const orch__host *host = hosts; host; host = host->next) {
        if (host->loop == loop && (host->first || host->daemons_alive > 0 || host->ending))
            return true;
    }
    return false;
}

/* ---- beginning ---- */

orch__host *orch__host_find(const uv_loop_t *loop)
{
    for (orch__host *host = hosts; host; host = host->next) {
        if (host->loop == loop && !host->ending)
            return host;
    }
    return NULL;
}

static int begin(orch__host *host, uv_loop_t *loop)
{
    orch_engine_config config = {.loop = loop, .effect = orch__effect_carry_out, .user = host};

    orch_core_config_init(&host->core);
    host->core.seed = uv_hrtime();
    config.core = host->core;
    return orch_engine_new(&config, &host->engine);
}

orch__host *orch__host_get(uv_loop_t *loop)
{
    orch__host *host = orch__host_find(loop);
    int error;

    if (host)
        return host;
    host = calloc(1, sizeof *host);
    error = host ? begin(host, loop) : ORCH_E_NO_MEMORY;
    if (error) {
        free(host);
        (void)orch__refuse(error, "%s", orch_error_text(error));
        return NULL;
    }
    host->loop = loop;
    uv_idle_init(loop, &host->idle);
    host->idle.data = host;
    host->next = hosts;
    hosts = host;
    return host;
}

/* ---- the end ---- */

static void part_closed(void *user)
{
    orch__host *host = user;
    orch__host **link = &hosts;

    if (--host->parts_open > 0)
        return;
    while (*link != host)
        link = &(*link)->next;
    *link = host->next;
    if (host->models_known)
        orch_model_config_fini(&host->models);
    orch__map_fini(&host->questions);
    orch__map_fini(&host->users);
    free(host->daemons);
    free(host);
}

static void idle_closed(uv_handle_t *handle)
{
    part_closed(handle->data);
}

void orch__host_settle(orch__host *host)
{
    if (host->ending || host->first || host->managers || host->daemons_count > 0)
        return;
    host->ending = true;
    host->parts_open = host->transfers ? 3 : 2;
    uv_close((uv_handle_t *)&host->idle, idle_closed);
    orch_engine_close(host->engine, part_closed, host);
    if (host->transfers)
        orch_transfers_close(host->transfers, part_closed, host);
}

void orch__host_drop(orch__host *host)
{
    orch__hosted_managers_drop(host);
    for (size_t i = 0; i < host->daemons_size; i++) {
        if (host->daemons[i])
            orch__hosted_daemon_end(host->daemons[i], false);
    }
    drop_jobs(host);
    orch__host_settle(host);
}

/* ---- daemons ---- */

static int take_slot(orch__host *host, orch_daemon *daemon)
{
    size_t slot = 1;

    if (host->daemons_count + 1 >= host->daemons_size) {
        size_t size = host->daemons_size ? host->daemons_size * 2 : SLOTS_FIRST;
        orch_daemon **daemons;

        if (host->daemons_count >= host->core.daemons_max)
            return orch__refuse(ORCH_E_FULL, "there are %zu daemons; more are not allowed",
                                host->daemons_count);
        daemons = realloc(host->daemons, size * sizeof(void *));
        if (!daemons)
            return orch__refuse(ORCH_E_NO_MEMORY, "%s", orch_error_text(ORCH_E_NO_MEMORY));
        memset(daemons + host->daemons_size, 0, (size - host->daemons_size) * sizeof(void *));
        host->daemons = daemons;
        slot = host->daemons_size ? host->daemons_size : 1;
        host->daemons_size = size;
    }
    while (host->daemons[slot])
        slot++;
    host->daemons[slot] = daemon;
    host->daemons_count++;
    daemon->handle.v = (uint32_t)slot;
    return 0;
}

/* Takes it out of the daemons of its user. */
static void forget_user(orch__host *host, const orch_daemon *daemon)
{
    uint64_t user = daemon->profile->user.v;
    orch_daemon *before = orch__map_get(&host->users, user);

    if (before != daemon) {
        while (before->same_user != daemon)
            before = before->same_user;
        before->same_user = daemon->same_user;
    } else if (!daemon->same_user) {
        orch__map_remove(&host->users, user);
    } else {
        int error = orch__map_put(&host->users, user, daemon->same_user);

        ORCH_ASSERT(error == 0); /* it replaces, that needs no memory */
    }
}

int orch__host_add(orch__host *host, orch_daemon *daemon)
{
    uint64_t user = daemon->profile->user.v;
    orch_daemon *first = orch__map_get(&host->users, user);
    int error;

    if (orch__map_put(&host->users, user, daemon) != 0)
        return orch__refuse(ORCH_E_NO_MEMORY, "%s", orch_error_text(ORCH_E_NO_MEMORY));
    daemon->same_user = first;
    error = take_slot(host, daemon);
    if (error)
        forget_user(host, daemon);
    return error;
}

void orch__host_remove(orch__host *host, orch_daemon *daemon)
{
    ORCH_ASSERT(host->daemons[daemon->handle.v] == daemon);
    forget_user(host, daemon);
    host->daemons[daemon->handle.v] = NULL;
    host->daemons_count--;
}

orch_daemon *orch__host_daemon(const orch__host *host, orch_daemon_id handle)
{
    return handle.v < host->daemons_size ? host->daemons[handle.v] : NULL;
}

int orch__host_send(orch__host *host, orch_event_kind kind, orch_daemon_id daemon)
{
    orch_event event = {.kind = kind, .daemon = daemon};

    return orch_engine_send(host->engine, &event);
}

/* ---- models ---- */

static const char *look_up(const char *name, void *user)
{
    (void)user;
    return getenv(name);
}

int orch__host_models(orch__host *host, char *out_message, size_t message_size)
{
    int error = 0;

    if (!host->models_known) {
        error = orch_model_config_read(&host->models, look_up, NULL, out_message, message_size);
        host->models_known = error == 0;
    }
    return error;
}
