/* API tokens of a user, and sessions that the machine's owner takes in somebody's name. */
#include "behalf.h"
#include "entrance.h"
#include "operations.h"
#include "render.h"

/* ---- tokens ---- */

static void on_token(const orch_problem *problem, const orch_token_made *made, void *user)
{
    orch__exchange *exchange = user;
    orch__writer *json;

    if (problem) {
        orch__exchange_problem(exchange, problem);
        return;
    }
    json = orch__exchange_begin(exchange, 201);
    orch__writer_open(json, NULL, '{');
    orch__writer_string(json, "token", made->token);
    orch__writer_string(json, "id", made->id.text);
    orch__writer_string(json, "name", json_string_value(json_object_get(exchange->input, "name")));
    orch__writer_time(json, "expiresAt", made->expires_ms);
    orch__writer_close(json, '}');
    orch__exchange_end(exchange);
}

static int read_expiry(const orch__exchange *exchange, int64_t *out_ms, orch_problem *problem)
{
    if (!orch__input_given(exchange->input, "expiresAt"))
        return 0;
    if (!orch__time_parse(orch__input_text(exchange->input, "expiresAt"), out_ms) ||
        *out_ms <= orch__server_now())
        return orch__input_problem(problem, ORCH_E_INVALID, "expiresAt", "expiresAt lies in the past");
    return 0;
}

void orch__do_token_create(orch__exchange *exchange)
{
    orch_token_new token_new = {
        .user = exchange->user, .kind = ORCH_TOKEN_API, .name = orch__input_text(exchange->input, "name")};
    orch_problem problem = {0};

    if (read_expiry(exchange, &token_new.expires_ms, &problem) ||
        orch_workspace_add_token(exchange->server->workspace, &token_new, on_token, exchange, &problem))
        orch__exchange_problem(exchange, &problem);
}

static void on_tokens(const orch_problem *problem, const orch_token_row *rows, size_t count, void *user)
{
    orch__exchange *exchange = user;
    orch__writer *json;

    if (problem) {
        orch__exchange_problem(exchange, problem);
        return;
    }
    json = orch__exchange_begin(exchange, 200);
    orch__writer_open(json, NULL, '{');
    orch__writer_open(json, "tokens", '[');
    for (size_t i = 0; i < count; i++) {
        orch__writer_open(json, NULL, '{');
        orch__writer_string(json, "id", rows[i].id.text);
        orch__writer_text(json, "name", rows[i].name);
        orch__writer_time(json, "createdAt", rows[i].created_ms);
        orch__writer_time(json, "expiresAt", rows[i].expires_ms);
        orch__writer_close(json, '}');
    }
    orch__writer_close(json, ']');
    orch__writer_close(json, '}');
    orch__exchange_end(exchange);
}

void orch__do_token_list(orch__exchange *exchange)
{
    orch_problem problem = {.error = orch_workspace_list_tokens(exchange->server->workspace, exchange->user,
                                                                on_tokens, exchange)};

    if (problem.error)
        orch__exchange_problem(exchange, &problem);
}

static void on_revoked(const orch_problem *problem, const orch_done *result, void *user)
{
    (void)result;
    if (problem)
        orch__exchange_problem(user, problem);
    else
        orch__exchange_done(user);
}

void orch__do_token_revoke(orch__exchange *exchange)
{
    orch_problem problem = {0};

    problem.error =
        orch_workspace_revoke_token(exchange->server->workspace, exchange->user,
                                    orch__input_text(exchange->input, "tokenId"), on_revoked, exchange);
    if (problem.error)
        orch__exchange_problem(exchange, &problem);
}

/* ---- sessions of the owner ---- */

static void on_owner_session(const orch_problem *problem, const orch_token_made *made, void *user)
{
    orch__exchange *exchange = user;
    orch_problem unknown = {0};
    orch_user *owner = NULL;
    orch__writer *json;

    if (problem || orch__behalf(exchange, &owner, &unknown)) {
        orch__exchange_problem(exchange, problem ? problem : &unknown);
        return;
    }
    json = orch__exchange_begin(exchange, 201);
    orch__writer_open(json, NULL, '{');
    orch__writer_string(json, "token", made->token);
    orch__writer_string(json, "id", made->id.text);
    orch__writer_time(json, "expiresAt", made->expires_ms);
    orch__render_user(json, "user", owner, exchange->server);
    orch__writer_close(json, '}');
    orch__exchange_end(exchange);
}

void orch__do_owner_session(orch__exchange *exchange)
{
    orch_token_new token_new = {.kind = ORCH_TOKEN_SESSION};
    orch_problem problem = {0};
    orch__whereabouts room;

    orch__tell_whereabouts(exchange, &token_new, &room);
    if (orch__behalf(exchange, &token_new.user, &problem) ||
        orch_workspace_add_token(exchange->server->workspace, &token_new, on_owner_session, exchange,
                                 &problem))
        orch__exchange_problem(exchange, &problem);
}
