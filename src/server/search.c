/* Searching messages. */
#include "lookup.h"
#include "operations.h"
#include "render.h"

static void on_found(const orch_problem *problem, const orch_found *found, void *user)
{
    orch__exchange *exchange = user;
    orch_str next;
    size_t bytes = 0, count = 0;
    orch__writer *json;

    if (problem) {
        orch__exchange_problem(exchange, problem);
        return;
    }
    json = orch__exchange_begin(exchange, 200);
    orch__writer_open(json, NULL, '{');
    orch__writer_open(json, "messages", '[');
    for (; count < found->count && bytes <= ORCH_REPLY_BYTES_MAX; count++) {
        bytes += found->items[count].content.len + found->items[count].metadata.len;
        orch__render_message(json, NULL, &found->items[count]);
    }
    orch__writer_close(json, ']');
    next = count < found->count ? orch__str(found->items[count - 1].id.text) : found->next;
    if (next.len > 0)
        orch__writer_text(json, "next", next);
    if (found->incomplete)
        orch__writer_boolean(json, "incomplete", true);
    orch__writer_close(json, '}');
    orch__exchange_end(exchange);
}

void orch__do_message_search(orch__exchange *exchange)
{
    const json_t *input = exchange->input;
    orch_search search = {.reader = exchange->user,
                          .query = orch__input_text(input, "query"),
                          .before = orch__input_text(input, "before"),
                          .limit = (uint32_t)orch__input_integer(input, "limit", ORCH__SEARCH_PAGE_DEFAULT)};
    orch_problem problem = {0};

    if ((orch__input_given(input, "channelId") &&
         orch__lookup_readable_channel(exchange, &search.channel, &problem)) ||
        orch_runtime_search(exchange->server->runtime, &search, on_found, exchange, &problem))
        orch__exchange_problem(exchange, &problem);
}
