/* What one changes of oneself: the password, how one is shown. */
#include <stdlib.h>
#include <string.h>

#include "auth.h"
#include "connection.h"
#include "new_password.h"
#include "operations.h"
#include "render.h"

/* Who has no password, because he came by OpenID, gives himself one only shortly after he has logged in: a session that
 * somebody else got hold of must not become an account of his. */
#define FRESH_MS (10 * 60 * 1000)

/* ---- the password ---- */

static void on_changed(const orch_problem *problem, const orch_done *result, void *user)
{
    orch__exchange *exchange = user;

    (void)result;
    if (problem) {
        orch__exchange_problem(exchange, problem);
        return;
    }
    orch__login_links_end(&exchange->server->login_links, exchange->user);
    orch__exchange_done(exchange);
}

static void store(orch__exchange *exchange, orch_str hash)
{
    orch_problem problem = {0};

    if (orch_workspace_change_password(exchange->server->workspace, exchange->user, hash, &exchange->token_id,
                                       on_changed, exchange, &problem))
        orch__exchange_problem(exchange, &problem);
}

static void new_hashed(orch__password_job *job, void *user)
{
    orch__hashed_password(job, user, store);
}

static void current_checked(orch__password_job *job, void *user)
{
    orch__exchange *exchange = user;
    orch_server *server = exchange->server;

    if (!exchange->connection) {
        orch__exchange_done(exchange); /* nobody waits; server and runtime may have ended */
        return;
    }
    if (job->verdict == ORCH_PASSWORD_WRONG) {
        orch__throttle_failed(&server->throttle, exchange->connection->client.bytes,
                              orch__str(exchange->user->email), orch__server_now());
        orch__exchange_refuse(
            exchange, 403, "forbidden", "current",
            "the present password is another one; who has lost it gets a new one by orchd user "
            "set-password, on the machine of the server");
        return;
    }
    orch__throttle_succeeded(&server->throttle, exchange->connection->client.bytes,
                             orch__str(exchange->user->email));
    orch__with_password(exchange, store, new_hashed);
}

/* The sessions of somebody without a password: how old is this one? */
static void on_sessions(const orch_problem *problem, const orch_session_row *rows, size_t count, void *user)
{
    orch__exchange *exchange = user;

    if (problem) {
        orch__exchange_problem(exchange, problem);
        return;
    }
    for (size_t i = 0; i < count && exchange->connection; i++) {
        if (strcmp(rows[i].id.text, exchange->token_id.text) == 0 &&
            orch__server_now() - rows[i].created_ms < FRESH_MS) {
            orch__with_password(exchange, store, new_hashed);
            return;
        }
    }
    orch__exchange_refuse(exchange, 403, "forbidden", NULL,
                          "log in again first: a first password is set within 10 minutes of a login");
}

static void on_stored(const orch_problem *problem, orch_str hash, void *user)
{
    orch__exchange *exchange = user;
    orch_problem wrong = {0};

    if (problem && problem->error != ORCH_E_NOT_FOUND) {
        orch__exchange_problem(exchange, problem);
        return;
    }
    if (!exchange->connection)
        orch__exchange_done(exchange);
    else if (problem || !hash.len)
        wrong.error =
            orch_workspace_list_sessions(exchange->server->workspace, exchange->user, on_sessions, exchange);
    else
        wrong.error =
            orch__password_verify(&exchange->server->passwords, hash,
                                  orch__input_text(exchange->input, "current"), current_checked, exchange);
    if (wrong.error)
        orch__exchange_problem(exchange, &wrong);
}

void orch__do_password_change(orch__exchange *exchange)
{
    orch_server *server = exchange->server;
    orch_problem problem = {0};
    int64_t wait_ms;

    if (exchange->token_kind != ORCH_TOKEN_SESSION) {
        orch__exchange_refuse(exchange, 403, "forbidden", NULL,
                              "an API token does not change the password: log in");
        return;
    }
    wait_ms = orch__throttle_wait(&server->throttle, exchange->connection->client.bytes,
                                  orch__str(exchange->user->email), orch__server_now());
    if (wait_ms > 0) {
        orch__exchange_refuse_for(exchange, (uint64_t)wait_ms, "too many wrong passwords; try again later");
        return;
    }
    problem.error = orch_workspace_password(server->workspace, exchange->user, on_stored, exchange);
    if (problem.error)
        orch__exchange_problem(exchange, &problem);
}

/* ---- how one is shown ---- */

static void on_profile(const orch_problem *problem, const orch_done *result, void *user)
{
    orch__exchange *exchange = user;
    orch_problem broken = {0};

    if (!problem && result->user->orchestrator && exchange->connection)
        broken.error = orch_runtime_refresh(exchange->server->runtime, result->user->orchestrator);
    if (problem || broken.error) {
        orch__exchange_problem(exchange, problem ? problem : &broken);
        return;
    }
    orch__answer_user(exchange, 200, result->user);
}

void orch__do_me_change(orch__exchange *exchange)
{
    const orch_user_change change = {.display_name = orch__input_text(exchange->input, "displayName"),
                                     .avatar_url = orch__input_text(exchange->input, "avatarUrl")};
    orch_problem problem = {0};

    if (orch_workspace_change_user(exchange->server->workspace, exchange->user, &change, on_profile, exchange,
                                   &problem))
        orch__exchange_problem(exchange, &problem);
}
