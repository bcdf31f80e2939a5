/* Reactions to messages. */
#include "operations.h"
#include "render.h"

static void on_reacted(const orch_problem *problem, const orch_changed *changed, void *user)
{
    (void)changed;
    if (problem)
        orch__exchange_problem(user, problem);
    else
        orch__exchange_done(user);
}

static void react(orch__exchange *exchange, bool present)
{
    orch_problem problem = {0};

    if (orch_runtime_react(
            exchange->server->runtime, exchange->user, orch__input_text(exchange->input, "messageId"),
            orch__input_text(exchange->input, "emoji"), present, on_reacted, exchange, &problem))
        orch__exchange_problem(exchange, &problem);
}

void orch__do_reaction_add(orch__exchange *exchange)
{
    react(exchange, true);
}

void orch__do_reaction_remove(orch__exchange *exchange)
{
    react(exchange, false);
}

static void on_reactions(const orch_problem *problem, const orch_reaction *items, size_t count, void *user)
{
    orch__exchange *exchange = user;
    orch__writer *json;

    if (problem) {
        orch__exchange_problem(exchange, problem);
        return;
    }
    json = orch__exchange_begin(exchange, 200);
    orch__writer_open(json, NULL, '{');
    orch__writer_open(json, "reactions", '[');
    for (size_t i = 0; i < count; i++) {
        orch__writer_open(json, NULL, '{');
        orch__writer_text(json, "emoji", items[i].emoji);
        orch__writer_text(json, "userId", items[i].user_id);
        orch__writer_close(json, '}');
    }
    orch__writer_close(json, ']');
    orch__writer_close(json, '}');
    orch__exchange_end(exchange);
}

void orch__do_reaction_list(orch__exchange *exchange)
{
    orch_problem problem = {0};

    problem.error =
        orch_workspace_reactions(exchange->server->workspace, orch__exchange_actor(exchange),
                                 orch__input_text(exchange->input, "messageId"), on_reactions, exchange);
    if (problem.error)
        orch__exchange_problem(exchange, &problem);
}
