/* People: the first one, further ones, who there is. */
#include "lookup.h"
#include "new_password.h"
#include "operations.h"
#include "render.h"

#define EMAIL_MAX 320

static void on_user(const orch_problem *problem, const orch_done *result, void *user)
{
    orch__exchange *exchange = user;
    orch__writer *json;

    if (problem) {
        orch__exchange_problem(exchange, problem);
        return;
    }
    json = orch__exchange_begin(exchange, 201);
    orch__writer_open(json, NULL, '{');
    orch__render_user(json, "user", result->user);
    orch__writer_close(json, '}');
    orch__exchange_end(exchange);
}

/* ---- the first administrator ---- */

static void set_up(orch__exchange *exchange, orch_str hash)
{
    orch_setup setup = {.password_hash = hash};
    orch_problem problem = {0};

    if (orch__input_text(exchange->input, "organization", ORCH__REQUIRED, ORCH_NAME_MAX, &setup.organization,
                         &problem) ||
        orch__input_text(exchange->input, "email", ORCH__REQUIRED, EMAIL_MAX, &setup.email, &problem) ||
        orch__input_text(exchange->input, "name", ORCH__REQUIRED, ORCH_NAME_MAX, &setup.name, &problem) ||
        orch_workspace_setup(exchange->server->workspace, &setup, on_user, exchange, &problem))
        orch__exchange_problem(exchange, &problem);
}

static void setup_hashed(orch__password_job *job, void *user)
{
    orch__hashed_password(job, user, set_up);
}

void orch__do_setup(orch__exchange *exchange)
{
    orch__with_password(exchange, ORCH__REQUIRED, set_up, setup_hashed);
}

/* ---- further ones ---- */

static void add_user(orch__exchange *exchange, orch_str hash)
{
    orch_user_new user_new = {.password_hash = hash};
    orch_problem problem = {0};

    if (orch__input_text(exchange->input, "email", ORCH__REQUIRED, EMAIL_MAX, &user_new.email, &problem) ||
        orch__input_text(exchange->input, "name", ORCH__REQUIRED, ORCH_NAME_MAX, &user_new.name, &problem) ||
        orch__input_text(exchange->input, "displayName", ORCH__OPTIONAL, ORCH_NAME_MAX,
                         &user_new.display_name, &problem) ||
        orch__input_boolean(exchange->input, "admin", &user_new.admin, &problem) ||
        orch_workspace_add_user(exchange->server->workspace, orch__exchange_actor(exchange), &user_new,
                                on_user, exchange, &problem))
        orch__exchange_problem(exchange, &problem);
}

static void user_hashed(orch__password_job *job, void *user)
{
    orch__hashed_password(job, user, add_user);
}

void orch__do_user_create(orch__exchange *exchange)
{
    orch__with_password(exchange, ORCH__OPTIONAL, add_user, user_hashed);
}

void orch__do_user_list(orch__exchange *exchange)
{
    orch_user *const *users;
    size_t count = orch_directory_users(exchange->server->directory, &users);
    orch__writer *json = orch__exchange_begin(exchange, 200);

    orch__writer_open(json, NULL, '{');
    orch__writer_open(json, "users", '[');
    for (size_t i = 0; i < count; i++) {
        if (!users[i]->removed && orch__lookup_sees(exchange, users[i]->organization))
            orch__render_user(json, NULL, users[i]);
    }
    orch__writer_close(json, ']');
    orch__writer_close(json, '}');
    orch__exchange_end(exchange);
}
