/* What happened to a daemon, and the conversations that it has. */
#include "insight.h"
#include "lookup.h"
#include "operations.h"

/* ---- events ---- */

static void write_event(orch__writer *json, const orch_daemon_event *event)
{
    orch__writer_open(json, NULL, '{');
    orch__writer_integer(json, "id", event->id);
    orch__writer_time(json, "at", event->at_ms);
    orch__writer_text(json, "kind", event->kind);
    orch__writer_text(json, "message", event->message);
    if (event->details.len)
        orch__writer_raw(json, "details", event->details, "{}");
    orch__writer_close(json, '}');
}

static void on_events(const orch_problem *problem, const orch_daemon_events *events, void *user)
{
    orch__exchange *exchange = user;
    orch__writer *json;

    if (problem) {
        orch__exchange_problem(exchange, problem);
        return;
    }
    json = orch__exchange_begin(exchange, 200);
    orch__writer_open(json, NULL, '{');
    orch__writer_open(json, "events", '[');
    for (size_t i = 0; i < events->count; i++)
        write_event(json, &events->items[i]);
    orch__writer_close(json, ']');
    if (events->more)
        orch__writer_integer(json, "next", events->items[events->count - 1].id);
    orch__writer_close(json, '}');
    orch__exchange_end(exchange);
}

void orch__do_daemon_events(orch__exchange *exchange)
{
    const json_t *input = exchange->input;
    orch_orchestrator *orchestrator;
    orch_problem problem = {0};

    if (orch__lookup_orchestrator(exchange, &orchestrator, &problem)) {
        orch__exchange_problem(exchange, &problem);
        return;
    }
    problem.error = orch_workspace_events(
        exchange->server->workspace, orchestrator, orch__input_integer(input, "before", 0),
        (uint32_t)orch__input_integer(input, "limit", ORCH__EVENTS_PAGE_DEFAULT), on_events, exchange);
    if (problem.error)
        orch__exchange_problem(exchange, &problem);
}

/* ---- conversations ---- */

/* Of channels that who asks is not in: how much, not where. */
typedef struct hidden_sums {
    int64_t conversations;
    int64_t running;
    int64_t queued;
    int64_t answered;
} hidden_sums;

static void hide(hidden_sums *sums, const orch_live_conversation *conversation)
{
    sums->conversations++;
    sums->running += conversation->running;
    sums->queued += conversation->queued;
    sums->answered += (int64_t)conversation->answered;
}

static void write_conversation(orch__writer *json, const orch_live_conversation *conversation)
{
    orch__writer_open(json, NULL, '{');
    orch__writer_string(json, "channelId", conversation->channel->id.text);
    orch__writer_string(json, "channelName", conversation->channel->name);
    if (conversation->parent_id.text[0])
        orch__writer_string(json, "parentId", conversation->parent_id.text);
    orch__writer_integer(json, "running", conversation->running);
    orch__writer_integer(json, "queued", conversation->queued);
    orch__writer_integer(json, "answered", (int64_t)conversation->answered);
    if (conversation->last_answered_ms)
        orch__writer_time(json, "lastAnsweredAt", conversation->last_answered_ms);
    orch__writer_close(json, '}');
}

static void write_hidden(orch__writer *json, const hidden_sums *sums)
{
    orch__writer_open(json, "hidden", '{');
    orch__writer_integer(json, "conversations", sums->conversations);
    orch__writer_integer(json, "running", sums->running);
    orch__writer_integer(json, "queued", sums->queued);
    orch__writer_integer(json, "answered", sums->answered);
    orch__writer_close(json, '}');
}

static bool may_see(const orch__exchange *exchange, const orch_channel *channel)
{
    return exchange->owner || orch_channel_has_member(channel, exchange->user);
}

static void on_conversations(const orch_problem *problem, const orch_live_conversation *items, size_t count,
                             void *user)
{
    orch__exchange *exchange = user;
    hidden_sums sums = {0};
    orch__writer *json;

    if (problem) {
        orch__exchange_problem(exchange, problem);
        return;
    }
    json = orch__exchange_begin(exchange, 200);
    orch__writer_open(json, NULL, '{');
    orch__writer_open(json, "conversations", '[');
    for (size_t i = 0; i < count; i++) {
        if (may_see(exchange, items[i].channel))
            write_conversation(json, &items[i]);
        else
            hide(&sums, &items[i]);
    }
    orch__writer_close(json, ']');
    write_hidden(json, &sums);
    orch__writer_close(json, '}');
    orch__exchange_end(exchange);
}

void orch__do_daemon_conversations(orch__exchange *exchange)
{
    orch_orchestrator *orchestrator;
    orch_problem problem = {0};

    if (orch__lookup_orchestrator(exchange, &orchestrator, &problem)) {
        orch__exchange_problem(exchange, &problem);
        return;
    }
    problem.error =
        orch_runtime_conversations(exchange->server->runtime, orchestrator, on_conversations, exchange);
    if (problem.error)
        orch__exchange_problem(exchange, &problem);
}
