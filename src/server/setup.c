#include "setup.h"

#include <sodium.h>
#include <string.h>

#include "connection.h"
#include "entrance.h"
#include "new_password.h"
#include "operations.h"
#include "password.h"
#include "render.h"

/* Of the throttle, in the place of an account. */
#define ACCOUNT ORCH_STR("\nsetup")

bool orch__setup_open(const orch_server *server)
{
    orch_organization *const *organizations;
    orch_user *const *users;

    return orch_directory_organizations(server->directory, &organizations) == 0 &&
           orch_directory_users(server->directory, &users) == 0;
}

bool orch_server_has_users(const orch_server *server)
{
    return !orch__setup_open(server);
}

const char *orch_server_setup_code(orch_server *server)
{
    _Static_assert(sizeof(server->setup_code) == 24, "what orch_password_generate writes");
    if (!orch__setup_open(server))
        return NULL;
    if (!server->setup_code[0])
        orch_password_generate(server->setup_code);
    return server->setup_code;
}

static bool is_code(const orch_server *server, orch_str code)
{
    size_t len = strlen(server->setup_code);

    return len > 0 && code.len == len && sodium_memcmp(server->setup_code, code.ptr, len) == 0;
}

/* ---- the first administrator ---- */

static void founded(orch__exchange *exchange, const orch_problem *problem)
{
    exchange->server->founding = false;
    if (problem)
        orch__exchange_problem(exchange, problem);
    else
        sodium_memzero(exchange->server->setup_code, sizeof(exchange->server->setup_code));
}

static void on_user(const orch_problem *problem, const orch_done *result, void *user)
{
    orch__exchange *exchange = user;

    founded(exchange, problem);
    if (problem)
        return;
    orch__answer_user(exchange, 201, result->user);
}

static void on_visitor(const orch_problem *problem, const orch_done *result, void *user)
{
    orch__exchange *exchange = user;

    founded(exchange, problem);
    if (problem)
        return;
    if (exchange->connection)
        orch__enter(exchange, result->user, ORCH_STR_NONE, orch__answer_founded);
    else
        orch__exchange_done(exchange);
}

/* One at a time: both of two would find that there is nobody. */
static void found(orch__exchange *exchange, orch_str hash, orch_done_fn done)
{
    const json_t *input = exchange->input;
    orch_str organization = orch__input_text(input, "organization");
    orch_setup setup = {.organization = organization.len ? organization : ORCH_STR("Workspace"),
                        .email = orch__input_text(input, "email"),
                        .name = orch__input_text(input, "name"),
                        .password_hash = hash};
    orch_problem problem = {0};

    if (exchange->server->founding) {
        orch__exchange_refuse(exchange, 409, orch_error_name(ORCH_E_CONFLICT), NULL,
                              "somebody else sets this server up at this moment");
        return;
    }
    exchange->server->founding = true;
    if (orch_workspace_setup(exchange->server->workspace, &setup, done, exchange, &problem)) {
        exchange->server->founding = false;
        orch__exchange_problem(exchange, &problem);
    }
}

/* ---- by the machine's owner ---- */

static void found_by_owner(orch__exchange *exchange, orch_str hash)
{
    found(exchange, hash, on_user);
}

static void hashed_by_owner(orch__password_job *job, void *user)
{
    orch__hashed_password(job, user, found_by_owner);
}

void orch__do_setup(orch__exchange *exchange)
{
    orch__with_password(exchange, found_by_owner, hashed_by_owner);
}

/* ---- by whoever has the code ---- */

static void found_by_code(orch__exchange *exchange, orch_str hash)
{
    found(exchange, hash, on_visitor);
}

static void hashed_by_code(orch__password_job *job, void *user)
{
    orch__hashed_password(job, user, found_by_code);
}

void orch__do_setup_by_code(orch__exchange *exchange)
{
    orch_server *server = exchange->server;
    const uint8_t *address = exchange->connection->client.bytes;
    int64_t wait_ms = orch__throttle_wait(&server->throttle, address, ACCOUNT, orch__server_now());

    if (!orch__setup_open(server)) {
        orch__exchange_refuse(exchange, 409, orch_error_name(ORCH_E_EXISTS), NULL,
                              "this server has been set up: log in");
    } else if (wait_ms > 0) {
        orch__exchange_refuse_for(exchange, (uint64_t)wait_ms, "too many wrong codes; try again later");
    } else if (!is_code(server, orch__input_text(exchange->input, "code"))) {
        orch__throttle_failed(&server->throttle, address, ACCOUNT, orch__server_now());
        orch__exchange_refuse(exchange, 403, "forbidden", "code",
                              "this is not the code that the server showed when it started");
    } else {
        orch__with_password(exchange, found_by_code, hashed_by_code);
    }
}
