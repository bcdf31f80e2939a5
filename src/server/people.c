/* People: further ones. The first one is in setup.c, who there is in people_list.c. */
#include "new_password.h"
#include "operations.h"
#include "render.h"

static void on_user(const orch_problem *problem, const orch_done *result, void *user)
{
    orch__exchange *exchange = user;

    if (problem) {
        orch__exchange_problem(exchange, problem);
        return;
    }
    orch__answer_user(exchange, 201, result->user);
}

static void add_user(orch__exchange *exchange, orch_str hash)
{
    const json_t *input = exchange->input;
    orch_user_new user_new = {.email = orch__input_text(input, "email"),
                              .name = orch__input_text(input, "name"),
                              .display_name = orch__input_text(input, "displayName"),
                              .password_hash = hash,
                              .admin = orch__input_boolean(input, "admin", false)};
    orch_problem problem = {0};

    if (orch_workspace_add_user(exchange->server->workspace, orch__exchange_actor(exchange), &user_new,
                                on_user, exchange, &problem))
        orch__exchange_problem(exchange, &problem);
}

static void user_hashed(orch__password_job *job, void *user)
{
    orch__hashed_password(job, user, add_user);
}

void orch__do_user_create(orch__exchange *exchange)
{
    orch__with_password(exchange, add_user, user_hashed);
}
