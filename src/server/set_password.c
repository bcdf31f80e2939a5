/* A new password that the machine's owner gives somebody who has lost theirs. */
#include "behalf.h"
#include "log.h"
#include "new_password.h"
#include "operations.h"
#include "render.h"

static bool whose(orch__exchange *exchange, orch_user **out_user)
{
    orch_problem problem = {0};

    if (!orch__behalf(exchange, out_user, &problem))
        return true;
    orch__exchange_problem(exchange, &problem);
    return false;
}

static void on_set(const orch_problem *problem, const orch_done *result, void *user)
{
    orch__exchange *exchange = user;

    if (problem) {
        orch__exchange_problem(exchange, problem);
        return;
    }
    const orch_log_field field = {"userId", result->user->id.text};

    orch__login_links_end(&exchange->server->login_links, result->user);
    orch_log(ORCH_LOG_INFO, "password.set", "The machine's owner set somebody's password", &field, 1);
    orch__answer_user(exchange, 200, result->user);
}

static void store(orch__exchange *exchange, orch_str hash)
{
    orch_problem problem = {0};
    orch_user *owner;

    if (whose(exchange, &owner) && orch_workspace_change_password(exchange->server->workspace, owner, hash,
                                                                  NULL, on_set, exchange, &problem))
        orch__exchange_problem(exchange, &problem);
}

static void hashed(orch__password_job *job, void *user)
{
    orch__hashed_password(job, user, store);
}

void orch__do_password_set(orch__exchange *exchange)
{
    orch_user *owner;

    if (whose(exchange, &owner)) /* nothing is hashed for nobody */
        orch__with_password(exchange, store, hashed);
}
