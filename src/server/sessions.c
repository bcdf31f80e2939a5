/* One's own sessions: where they are, and their end. */
#include <string.h>

#include "operations.h"

static void write_session(orch__writer *json, const orch_session_row *row, bool current)
{
    orch__writer_open(json, NULL, '{');
    orch__writer_string(json, "id", row->id.text);
    orch__writer_time(json, "createdAt", row->created_ms);
    orch__writer_time(json, "lastUsedAt", row->used_ms);
    orch__writer_time(json, "expires", row->expires_ms);
    orch__writer_boolean(json, "current", current);
    if (row->client.len)
        orch__writer_text(json, "client", row->client);
    else
        orch__writer_null(json, "client");
    if (row->address.len)
        orch__writer_text(json, "address", row->address);
    else
        orch__writer_null(json, "address");
    orch__writer_close(json, '}');
}

static void on_sessions(const orch_problem *problem, const orch_session_row *rows, size_t count, void *user)
{
    orch__exchange *exchange = user;
    orch__writer *json;

    if (problem) {
        orch__exchange_problem(exchange, problem);
        return;
    }
    json = orch__exchange_begin(exchange, 200);
    orch__writer_open(json, NULL, '{');
    orch__writer_open(json, "sessions", '[');
    for (size_t i = 0; i < count; i++)
        write_session(json, &rows[i], strcmp(rows[i].id.text, exchange->token_id.text) == 0);
    orch__writer_close(json, ']');
    orch__writer_close(json, '}');
    orch__exchange_end(exchange);
}

void orch__do_session_list(orch__exchange *exchange)
{
    orch_problem problem = {.error = orch_workspace_list_sessions(exchange->server->workspace, exchange->user,
                                                                  on_sessions, exchange)};

    if (problem.error)
        orch__exchange_problem(exchange, &problem);
}

static void on_ended(const orch_problem *problem, const orch_done *result, void *user)
{
    (void)result;
    if (problem)
        orch__exchange_problem(user, problem);
    else
        orch__exchange_done(user);
}

void orch__do_session_revoke(orch__exchange *exchange)
{
    orch_problem problem = {0};

    problem.error =
        orch_workspace_revoke_token(exchange->server->workspace, exchange->user,
                                    orch__input_text(exchange->input, "sessionId"), on_ended, exchange);
    if (problem.error)
        orch__exchange_problem(exchange, &problem);
}

void orch__do_session_revoke_others(orch__exchange *exchange)
{
    orch_problem problem = {0};

    problem.error = orch_workspace_revoke_other_sessions(exchange->server->workspace, exchange->user,
                                                         &exchange->token_id, on_ended, exchange);
    if (problem.error)
        orch__exchange_problem(exchange, &problem);
}
