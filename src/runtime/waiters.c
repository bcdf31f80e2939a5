/* Who asked for a start, a stop or a restart, and is told when the daemon got there. */
#include "runtime_parts.h"

#include <stdlib.h>

struct orch__waiter {
    orch__waiter *next;
    orch_runtime *runtime;
    orch_orchestrator *orchestrator;
    bool wants_stopped;
    bool storing; /* logged_in is being stored */
    bool told;    /* the runtime ended meanwhile: only to be freed */
    int error;    /* of storing, or of the event */
    orch_daemon_fn done;
    void *user;
};

static orch__waiter *add(orch_runtime *runtime, orch_orchestrator *orchestrator, bool wants_stopped,
                         orch_daemon_fn done, void *user)
{
    orch__waiter *waiter = calloc(1, sizeof *waiter);

    if (!waiter)
        return NULL;
    waiter->runtime = runtime;
    waiter->orchestrator = orchestrator;
    waiter->wants_stopped = wants_stopped;
    waiter->done = done;
    waiter->user = user;
    waiter->next = runtime->waiters;
    runtime->waiters = waiter;
    return waiter;
}

static void tell(orch__waiter *waiter, int error)
{
    orch_problem problem = {0};
    const orch__live_daemon *daemon = orch__live_daemon_find(waiter->runtime, waiter->orchestrator->daemon);
    const char *words = orch_error_text(error);

    if (error == ORCH_E_STATE && daemon && daemon->errors && daemon->errors->count > 0)
        words = daemon->errors->texts[daemon->errors->count - 1];
    if (error)
        (void)orch__runtime_problem(&problem, error, "", "%s", words);
    waiter->done(error ? &problem : NULL, waiter->orchestrator, waiter->user);
}

/* True when the daemon got where the waiter waits for, or will not get there. */
static bool is_over(const orch__waiter *waiter, int *out_error)
{
    orch_health health;
    int error = orch_core_health(orch_engine_core(waiter->runtime->engine), waiter->orchestrator->daemon,
                                 orch_engine_now(waiter->runtime->engine), &health);

    if (waiter->storing)
        return false;
    *out_error = waiter->error ? waiter->error : error;
    if (*out_error)
        return true;
    if (waiter->wants_stopped)
        return health.status == ORCH_STATUS_STOPPED;
    if (health.status == ORCH_STATUS_ERROR || health.status == ORCH_STATUS_STOPPED)
        *out_error = ORCH_E_STATE;
    return health.status != ORCH_STATUS_INITIALIZING && health.status != ORCH_STATUS_STOPPING;
}

/* A callback may add waiters or end others: begin anew after each. */
void orch__waiters_settle(orch_runtime *runtime)
{
    orch__waiter **link = &runtime->waiters;
    int error = 0;

    while (*link) {
        orch__waiter *waiter = *link;

        if (!is_over(waiter, &error)) {
            link = &waiter->next;
            continue;
        }
        *link = waiter->next;
        tell(waiter, error);
        free(waiter);
        link = &runtime->waiters;
    }
}

void orch__waiters_drop(orch_runtime *runtime)
{
    while (runtime->waiters) {
        orch__waiter *waiter = runtime->waiters;

        runtime->waiters = waiter->next;
        tell(waiter, ORCH_E_CLOSED);
        if (waiter->storing)
            waiter->told = true;
        else
            free(waiter);
    }
}

static void stored(const orch_problem *problem, const orch_done *result, void *user)
{
    orch__waiter *waiter = user;

    (void)result;
    if (waiter->told) {
        free(waiter);
        return;
    }
    waiter->storing = false;
    if (problem)
        waiter->error = problem->error;
    orch__waiters_settle(waiter->runtime);
}

static int want(orch_runtime *runtime, orch_orchestrator *orchestrator, orch_event_kind kind,
                orch_daemon_fn done, void *user)
{
    bool logged_in = kind != ORCH_EV_STOP;
    orch__waiter *waiter;
    int error;

    if (runtime->closing)
        return ORCH_E_CLOSED;
    if (!orch__live_daemon_find(runtime, orchestrator->daemon))
        return ORCH_E_NOT_FOUND;
    waiter = add(runtime, orchestrator, kind == ORCH_EV_STOP, done, user);
    if (!waiter)
        return ORCH_E_NO_MEMORY;
    if (orchestrator->logged_in != logged_in) {
        waiter->storing = true;
        error = orch_workspace_set_logged_in(runtime->workspace, orchestrator, logged_in, stored, waiter);
        if (error) {
            runtime->waiters = waiter->next;
            free(waiter);
            return error;
        }
    }
    /* The send settles the waiters: what it answers itself is seen in the daemon's status. */
    (void)orch__live_daemon_send(runtime, kind, orchestrator->daemon);
    return 0;
}

int orch_runtime_start_daemon(orch_runtime *runtime, orch_orchestrator *orchestrator, orch_daemon_fn done,
                              void *user)
{
    return want(runtime, orchestrator, ORCH_EV_START, done, user);
}

int orch_runtime_stop_daemon(orch_runtime *runtime, orch_orchestrator *orchestrator, orch_daemon_fn done,
                             void *user)
{
    return want(runtime, orchestrator, ORCH_EV_STOP, done, user);
}

int orch_runtime_restart_daemon(orch_runtime *runtime, orch_orchestrator *orchestrator, orch_daemon_fn done,
                                void *user)
{
    return want(runtime, orchestrator, ORCH_EV_RESTART, done, user);
}
