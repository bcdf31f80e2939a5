#include "new_password.h"

void orch__with_password(orch__exchange *exchange, orch__hashed_fn then,
                         void (*hashed)(orch__password_job *job, void *user))
{
    orch_str password = orch__input_text(exchange->input, "password");
    orch_problem problem = {0};

    if (!password.ptr) {
        then(exchange, ORCH_STR_NONE);
        return;
    }
    problem.error = orch__password_make(&exchange->server->passwords, password, hashed, exchange);
    if (problem.error)
        orch__exchange_problem(exchange, &problem);
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
