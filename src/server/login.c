/* Logging in by e-mail address and password, out, and who one is.
 *
 * Unknown accounts take the way of known ones, with an empty hash, so that neither the answer nor its time tells them
 * apart.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth.h"
#include "connection.h"
#include "entrance.h"
#include "log.h"
#include "operations.h"

typedef struct login_attempt {
    orch_user *user; /* NULL: unknown, or not welcome */
    char email[ORCH_EMAIL_MAX + 1];
} login_attempt;

/* ---- after the password ---- */

static void refuse(orch__exchange *exchange)
{
    const login_attempt *attempt = exchange->work;

    exchange->server->counters.logins_failed++;
    if (exchange->connection)
        orch__throttle_failed(&exchange->server->throttle, exchange->connection->client.bytes,
                              orch__str(attempt->email), orch__server_now());
    orch__exchange_refuse(exchange, 401, "unauthorized", NULL, "the e-mail address or the password is wrong");
}

static void on_rehashed(const orch_problem *problem, const orch_done *result, void *user)
{
    (void)result;
    (void)user;
    if (problem && problem->error != ORCH_E_NOT_FOUND)
        orch_log(ORCH_LOG_WARN, "login.rehash", "a password could not be stored in the present way", NULL, 0);
}

static void on_checked(orch__password_job *job, void *user)
{
    orch__exchange *exchange = user;
    const login_attempt *attempt = exchange->work;
    orch_workspace *workspace = exchange->server->workspace;
    orch_user *entering = attempt->user;
    orch_problem problem = {0};

    if (!exchange->connection) {
        orch__exchange_done(exchange); /* nobody waits; server and runtime may have ended */
        return;
    }
    if (!entering || job->verdict == ORCH_PASSWORD_WRONG || !orch__user_is_welcome(entering)) {
        refuse(exchange);
        return;
    }
    orch__throttle_succeeded(&exchange->server->throttle, exchange->connection->client.bytes,
                             orch__str(attempt->email));
    /* Both only while the password is still the one that was checked: it may have been changed meanwhile. */
    orch__enter(exchange, entering, orch__str(job->stored), orch__answer_entered);
    if (job->hash[0] && orch_workspace_set_password(workspace, entering, orch__str(job->stored),
                                                    orch__str(job->hash), on_rehashed, NULL, &problem))
        on_rehashed(&problem, NULL, NULL);
}

/* ---- before it ---- */

static void on_stored(const orch_problem *problem, orch_str hash, void *user)
{
    orch__exchange *exchange = user;
    const char *password = json_string_value(json_object_get(exchange->input, "password"));
    int error;

    if (problem && problem->error != ORCH_E_NOT_FOUND) {
        orch__exchange_problem(exchange, problem);
        return;
    }
    if (!exchange->connection) {
        orch__exchange_done(exchange);
        return;
    }
    error = orch__password_verify(&exchange->server->passwords, problem ? ORCH_STR_NONE : hash,
                                  orch__str(password), on_checked, exchange);
    if (error == ORCH_E_BUSY)
        orch__exchange_refuse_for(exchange, 1000, "too many people log in now; try again");
    else if (error)
        orch__exchange_refuse(exchange, 503, orch_error_name(error), NULL, "%s", orch_error_text(error));
}

static bool throttled(orch__exchange *exchange, orch_str email)
{
    int64_t wait_ms = orch__throttle_wait(&exchange->server->throttle, exchange->connection->client.bytes,
                                          email, orch__server_now());

    if (wait_ms > 0)
        orch__exchange_refuse_for(exchange, (uint64_t)wait_ms, "too many failed logins; try again later");
    return wait_ms > 0;
}

void orch__do_login(orch__exchange *exchange)
{
    static orch_user nobody; /* has no row: its password is looked for like anybody's */
    orch_str email = orch__input_text(exchange->input, "email");
    login_attempt *attempt;
    int error;

    if (throttled(exchange, email))
        return;
    attempt = exchange->work = calloc(1, sizeof(*attempt));
    if (!attempt) {
        orch__exchange_refuse(exchange, 503, "no_memory", NULL, "out of memory");
        return;
    }
    memcpy(attempt->email, email.ptr, email.len);
    attempt->user = orch_directory_user_by_email(exchange->server->directory, email);
    if (attempt->user && !orch__user_is_welcome(attempt->user))
        attempt->user = NULL;
    error = orch_workspace_password(exchange->server->workspace, attempt->user ? attempt->user : &nobody,
                                    on_stored, exchange);
    if (error)
        orch__exchange_refuse(exchange, orch__status_of(error), orch_error_name(error), NULL, "%s",
                              orch_error_text(error));
}

/* ---- out ---- */

static void on_logged_out(const orch_problem *problem, const orch_done *result, void *user)
{
    orch__exchange *exchange = user;

    (void)result;
    if (problem && problem->error != ORCH_E_NOT_FOUND) {
        orch__exchange_problem(exchange, problem);
        return;
    }
    orch__set_cookie(exchange, ORCH__COOKIE, "", 0);
    orch__exchange_done(exchange);
}

/* An orchestrator that logs out itself takes its daemon with it. */
void orch__do_logout(orch__exchange *exchange)
{
    int error;

    if (!exchange->user) {
        orch__exchange_done(exchange);
        return;
    }
    if (exchange->user->orchestrator)
        orch_runtime_logout(exchange->server->runtime, exchange->user->orchestrator);
    error = orch_workspace_revoke_token(exchange->server->workspace, exchange->user,
                                        orch__str(exchange->token_id.text), on_logged_out, exchange);
    if (error)
        orch__exchange_refuse(exchange, orch__status_of(error), orch_error_name(error), NULL, "%s",
                              orch_error_text(error));
}

void orch__do_me(orch__exchange *exchange)
{
    orch__writer *json = orch__exchange_begin(exchange, 200);

    orch__writer_open(json, NULL, '{');
    if (exchange->user)
        orch__write_who(json, exchange->user, exchange->server);
    else
        orch__writer_null(json, "user");
    orch__writer_boolean(json, "owner", exchange->owner);
    orch__writer_close(json, '}');
    orch__exchange_end(exchange);
}
