#include "new_password.h"

void orch__with_password(orch__exchange *exchange, orch__need need, orch__hashed_fn then,
                         void (*hashed)(orch__password_job *job, void *user))
{
    orch_str password = ORCH_STR_NONE;
    orch_problem problem = {0};
    int error = orch__input_text(exchange->input, "password", need, ORCH_PASSWORD_MAX, &password, &problem);

    if (!error && password.ptr && password.len < ORCH_PASSWORD_MIN)
        error = orch__input_problem(&problem, ORCH_E_INVALID, "password",
                                    "a password has at least %d characters", ORCH_PASSWORD_MIN);
    if (!error && password.ptr) {
        error = orch__password_make(&exchange->server->passwords, password, hashed, exchange);
        problem.error = error;
    }
    if (error)
        orch__exchange_problem(exchange, &problem);
    else if (!password.ptr)
        then(exchange, ORCH_STR_NONE);
}

void orch__hashed_password(orch__password_job *job, orch__exchange *exchange, orch__hashed_fn then)
{
    orch_problem problem = {.error = job->hash_error};

    if (!exchange->connection)
        orch__exchange_done(exchange); /* nobody waits; server and runtime may have ended */
    else if (job->hash_error)
        orch__exchange_problem(exchange, &problem);
    else
        then(exchange, orch__str(job->hash));
}
