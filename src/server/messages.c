/* Messages: read, written, changed. */
#include <stdlib.h>
#include <string.h>

#include "lookup.h"
#include "operations.h"
#include "render.h"

/* What a message takes in an answer beside its texts, and what hangs on it. */
#define MESSAGE_OVERHEAD  512
#define REACTION_OVERHEAD 32
#define TURN_OVERHEAD     192

/* ---- history ---- */

static size_t size_of(const orch_message_list *list, size_t i)
{
    const orch_message *message = &list->items[i];
    const orch_message_ties *ties = list->ties ? &list->ties[i] : NULL;
    size_t bytes = message->content.len + message->metadata.len + MESSAGE_OVERHEAD;

    for (size_t k = 0; ties && k < ties->reactions_count; k++)
        bytes += ties->reactions[k].emoji.len + ties->reactions[k].user_id.len + REACTION_OVERHEAD;
    for (size_t k = 0; ties && k < ties->turns_count; k++)
        bytes += ties->turns[k].words.len + TURN_OVERHEAD;
    return bytes;
}

/* The part of a page that fits into an answer: as far as it goes on both sides of the message that was asked about, or from
 * the end that is nearer to where reading goes on from. */
static void cut_page(const orch_message_list *list, size_t middle, size_t *out_first, size_t *out_end)
{
    size_t first = middle, end = middle + 1;
    size_t bytes = size_of(list, middle);
    bool grew = true;

    while (grew) {
        grew = first > 0 && bytes + size_of(list, first - 1) <= ORCH_REPLY_BYTES_MAX;
        if (grew)
            bytes += size_of(list, --first);
        if (end < list->count && bytes + size_of(list, end) <= ORCH_REPLY_BYTES_MAX) {
            bytes += size_of(list, end++);
            grew = true;
        }
    }
    *out_first = first;
    *out_end = end;
}

static size_t middle_of(const orch__exchange *exchange, const orch_message_list *list)
{
    orch_str around = orch__input_text(exchange->input, "around");

    if (orch__input_given(exchange->input, "after"))
        return 0;
    for (size_t i = list->count; around.len > 0 && i-- > 0;) {
        if (strcmp(list->items[i].id.text, around.ptr) <= 0)
            return i;
    }
    return around.len > 0 ? 0 : list->count - 1;
}

/* Where reading goes on. Only around a message both sides are open. */
static void write_edges(orch__exchange *exchange, orch__writer *json, orch_str earlier, orch_str later)
{
    bool both = orch__input_given(exchange->input, "around");
    orch_str next = both || orch__input_given(exchange->input, "after") ? later : earlier;

    if (both && earlier.len > 0)
        orch__writer_text(json, "previous", earlier);
    if (next.len > 0)
        orch__writer_text(json, "next", next);
}

static void on_history(const orch_problem *problem, const orch_message_list *list, void *user)
{
    orch__exchange *exchange = user;
    size_t first = 0, end = 0;
    orch_str earlier, later;
    orch__writer *json;

    if (problem) {
        orch__exchange_problem(exchange, problem);
        return;
    }
    if (list->count > 0)
        cut_page(list, middle_of(exchange, list), &first, &end);
    earlier = first > 0 ? orch__str(list->items[first].id.text) : list->earlier;
    later = end < list->count ? orch__str(list->items[end - 1].id.text) : list->later;
    json = orch__exchange_begin(exchange, 200);
    orch__writer_open(json, NULL, '{');
    orch__writer_open(json, "messages", '[');
    for (size_t i = first; i < end; i++)
        orch__render_message_with(json, NULL, &list->items[i], &list->ties[i], exchange->server->runtime);
    orch__writer_close(json, ']');
    write_edges(exchange, json, earlier, later);
    orch__writer_close(json, '}');
    orch__exchange_end(exchange);
}

/* The thread was called by another name before. */
static int read_thread(const json_t *input, orch_str *out_thread, orch_problem *problem)
{
    orch_str thread = orch__input_text(input, "thread");
    orch_str parent = orch__input_text(input, "parentId");

    if (thread.len > 0 && parent.len > 0)
        return orch__input_problem(problem, ORCH_E_INVALID, "thread",
                                   "thread is another name of parentId: only one of the two is allowed");
    *out_thread = parent.len > 0 ? parent : thread;
    return 0;
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
                            .around = orch__input_text(input, "around"),
                            .roots = orch__input_boolean(input, "roots", false)};
    orch_problem problem = {0};

    if (read_thread(input, &history.thread, &problem) ||
        orch__lookup_readable_channel(exchange, &history.channel, &problem) ||
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
    orch_runtime_typing(exchange->server->runtime, exchange->user, channel,
                        orch__input_text(exchange->input, "parentId"));
    orch__exchange_done(exchange);
}
