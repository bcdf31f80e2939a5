/* Messages: read, written, changed. */
#include <stdlib.h>

#include "lookup.h"
#include "operations.h"
#include "render.h"

#define MESSAGE_OVERHEAD 512 /* what a message takes in an answer beside its content and metadata */

/* ---- history ---- */

/* The part of a page that fits into an answer: from the end that is nearer to where reading goes on from. */
static void cut_page(const orch_message_list *list, bool forward, size_t *out_first, size_t *out_count)
{
    size_t bytes = 0, count = 0;

    while (count < list->count) {
        const orch_message *message = &list->items[forward ? count : list->count - 1 - count];

        bytes += message->content.len + message->metadata.len + MESSAGE_OVERHEAD;
        if (count > 0 && bytes > ORCH_REPLY_BYTES_MAX)
            break;
        count++;
    }
    *out_first = forward ? 0 : list->count - count;
    *out_count = count;
}

static void on_history(const orch_problem *problem, const orch_message_list *list, void *user)
{
    orch__exchange *exchange = user;
    bool forward = orch__input_given(exchange->input, "after");
    size_t first, count;
    orch__writer *json;

    if (problem) {
        orch__exchange_problem(exchange, problem);
        return;
    }
    cut_page(list, forward, &first, &count);
    json = orch__exchange_begin(exchange, 200);
    orch__writer_open(json, NULL, '{');
    orch__writer_open(json, "messages", '[');
    for (size_t i = 0; i < count; i++)
        orch__render_message(json, NULL, &list->items[first + i]);
    orch__writer_close(json, ']');
    if (count && (list->more || count < list->count))
        orch__writer_string(json, "next", list->items[forward ? first + count - 1 : first].id.text);
    orch__writer_close(json, '}');
    orch__exchange_end(exchange);
}

/* The owner of the machine reads as the server itself does. */
void orch__do_message_history(orch__exchange *exchange)
{
    const json_t *input = exchange->input;
    orch_history history = {.reader = orch__exchange_actor(exchange),
                            .limit =
                                (uint32_t)orch__input_integer(input, "limit", ORCH__HISTORY_PAGE_DEFAULT),
                            .before = orch__input_text(input, "before"),
                            .after = orch__input_text(input, "after"),
                            .thread = orch__input_text(input, "thread")};
    orch_problem problem = {0};

    if (orch__lookup_readable_channel(exchange, &history.channel, &problem) ||
        orch_workspace_history(exchange->server->workspace, &history, on_history, exchange, &problem))
        orch__exchange_problem(exchange, &problem);
}

/* ---- writing ---- */

static void on_posted(const orch_problem *problem, const orch_posted *posted, void *user)
{
    orch__exchange *exchange = user;
    orch__writer *json;

    if (problem) {
        orch__exchange_problem(exchange, problem);
        return;
    }
    json = orch__exchange_begin(exchange, 201);
    orch__writer_open(json, NULL, '{');
    orch__render_message(json, "message", posted->message);
    orch__writer_boolean(json, "repeated", posted->repeated);
    orch__writer_integer(json, "turns", (int64_t)posted->turns_count);
    orch__writer_open(json, "addressed", '[');
    for (size_t i = 0; posted->asked && i < posted->turns_count; i++)
        orch__writer_string(json, NULL, posted->asked[i].orchestrator->id.text);
    orch__writer_close(json, ']');
    orch__writer_close(json, '}');
    orch__exchange_end(exchange);
}

void orch__do_message_send(orch__exchange *exchange)
{
    const json_t *input = exchange->input;
    orch_post post = {.author = exchange->user,
                      .content = orch__input_text(input, "content"),
                      .parent_id = orch__input_text(input, "parentId"),
                      .client_id = orch__input_text(input, "clientId")};
    orch_problem problem = {0};
    char *metadata = NULL;

    if (orch__lookup_readable_channel(exchange, &post.channel, &problem) ||
        orch__input_document(input, "metadata", &metadata, &problem)) {
        orch__exchange_problem(exchange, &problem);
        return;
    }
    post.metadata = orch__str(metadata);
    if (orch_runtime_post(exchange->server->runtime, &post, on_posted, exchange, &problem))
        orch__exchange_problem(exchange, &problem);
    free(metadata);
}

/* ---- changing ---- */

static void on_edited(const orch_problem *problem, const orch_changed *changed, void *user)
{
    orch__exchange *exchange = user;
    orch__writer *json;

    if (problem) {
        orch__exchange_problem(exchange, problem);
        return;
    }
    json = orch__exchange_begin(exchange, 200);
    orch__writer_open(json, NULL, '{');
    orch__render_message(json, "message", changed->message);
    orch__writer_close(json, '}');
    orch__exchange_end(exchange);
}

void orch__do_message_edit(orch__exchange *exchange)
{
    orch_problem problem = {0};

    if (orch_runtime_edit(exchange->server->runtime, exchange->user,
                          orch__input_text(exchange->input, "messageId"),
                          orch__input_text(exchange->input, "content"), on_edited, exchange, &problem))
        orch__exchange_problem(exchange, &problem);
}

static void on_deleted(const orch_problem *problem, const orch_changed *changed, void *user)
{
    (void)changed;
    if (problem)
        orch__exchange_problem(user, problem);
    else
        orch__exchange_done(user);
}

void orch__do_message_delete(orch__exchange *exchange)
{
    orch_problem problem = {0};

    if (orch_runtime_delete(exchange->server->runtime, exchange->user,
                            orch__input_text(exchange->input, "messageId"), on_deleted, exchange, &problem))
        orch__exchange_problem(exchange, &problem);
}

void orch__do_typing(orch__exchange *exchange)
{
    orch_problem problem = {0};
    orch_channel *channel;

    if (orch__lookup_readable_channel(exchange, &channel, &problem)) {
        orch__exchange_problem(exchange, &problem);
        return;
    }
    orch_runtime_typing(exchange->server->runtime, exchange->user, channel);
    orch__exchange_done(exchange);
}
