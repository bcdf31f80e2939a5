/* A daemon: how it is, and start, stop, restart for those who may. The list of them is in daemon_list.c. */
#include "doings.h"
#include "lookup.h"
#include "operations.h"
#include "render.h"

static void answer_daemon(orch__exchange *exchange, orch_orchestrator *orchestrator)
{
    orch_daemon_info info;
    int error = orch_runtime_daemon(exchange->server->runtime, orchestrator, &info);

    if (error) {
        orch_problem problem = {.error = error};

        orch__exchange_problem(exchange, &problem);
        return;
    }
    orch__render_daemon(orch__exchange_begin(exchange, 200), NULL, &info);
    orch__exchange_end(exchange);
}

void orch__do_daemon_get(orch__exchange *exchange)
{
    orch_orchestrator *orchestrator;
    orch_problem problem = {0};

    if (orch__lookup_orchestrator(exchange, &orchestrator, &problem))
        orch__exchange_problem(exchange, &problem);
    else
        answer_daemon(exchange, orchestrator);
}

static void on_changed(const orch_problem *problem, orch_orchestrator *orchestrator, void *user)
{
    if (problem && problem->error != ORCH_E_ALREADY_RUNNING)
        orch__exchange_problem(user, problem);
    else
        answer_daemon(user, orchestrator);
}

/* Administrators, and the orchestrator itself. */
static bool may_change(const orch__exchange *exchange, const orch_orchestrator *orchestrator)
{
    return exchange->owner || exchange->user == orchestrator->user ||
           orch_user_administers(exchange->user, orchestrator->user->organization);
}

static void change(orch__exchange *exchange, const char *command,
                   int (*verb)(orch_runtime *, orch_orchestrator *, orch_daemon_fn, void *))
{
    orch_orchestrator *orchestrator;
    orch_problem problem = {0};
    int error = orch__lookup_orchestrator(exchange, &orchestrator, &problem);

    if (!error && !may_change(exchange, orchestrator))
        error = orch__input_problem(&problem, ORCH_E_FORBIDDEN, "orchestratorId",
                                    "only administrators and the orchestrator itself may do this");
    if (!error) {
        orch__note_command(exchange, orchestrator, command);
        error = verb(exchange->server->runtime, orchestrator, on_changed, exchange);
        problem.error = error;
    }
    if (error)
        orch__exchange_problem(exchange, &problem);
}

void orch__do_daemon_start(orch__exchange *exchange)
{
    change(exchange, "start", orch_runtime_start_daemon);
}

void orch__do_daemon_stop(orch__exchange *exchange)
{
    change(exchange, "stop", orch_runtime_stop_daemon);
}

void orch__do_daemon_restart(orch__exchange *exchange)
{
    change(exchange, "restart", orch_runtime_restart_daemon);
}
