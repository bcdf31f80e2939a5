/* The list of orchestrators, in the order of their making, a page at a time: those that are made meanwhile come at the end. */
#include <string.h>

#include "lookup.h"
#include "operations.h"
#include "people_search.h"
#include "render.h"

static bool is_asked_for(const orch__exchange *exchange, const orch_orchestrator *orchestrator,
                         orch_str query)
{
    return !orchestrator->user->removed && orch__lookup_sees(exchange, orchestrator->user->organization) &&
           orch__people_match(orchestrator->user, query) != ORCH__NO_MATCH;
}

/* Where the page begins, among all. */
static int read_after(const orch__exchange *exchange, orch_orchestrator *const *items, size_t count,
                      size_t *out_from, orch_problem *problem)
{
    orch_str id = orch__input_text(exchange->input, "after");

    *out_from = 0;
    for (size_t i = 0; i < count && id.len && *out_from == 0; i++)
        if (strcmp(items[i]->id.text, id.ptr) == 0 &&
            orch__lookup_sees(exchange, items[i]->user->organization))
            *out_from = i + 1;
    return id.len && *out_from == 0 ? orch__input_problem(problem, ORCH_E_NOT_FOUND, "after",
                                                          "there is no orchestrator with this id")
                                    : 0;
}

void orch__do_orchestrator_list(orch__exchange *exchange)
{
    orch_str query = orch__input_text(exchange->input, "query");
    size_t left = (size_t)orch__input_integer(exchange->input, "limit", INT64_MAX), from, total = 0;
    orch_orchestrator *const *items;
    size_t count = orch_directory_orchestrators(exchange->server->directory, &items);
    const orch_orchestrator *last = NULL;
    orch_problem problem = {0};
    bool more = false;
    orch__writer *json;

    if (read_after(exchange, items, count, &from, &problem)) {
        orch__exchange_problem(exchange, &problem);
        return;
    }
    json = orch__exchange_begin(exchange, 200);
    orch__writer_open(json, NULL, '{');
    orch__writer_open(json, "orchestrators", '[');
    for (size_t i = 0; i < count; i++) {
        if (!is_asked_for(exchange, items[i], query))
            continue;
        total++;
        if (i < from)
            continue;
        more = more || left == 0 || json->len > ORCH_REPLY_BYTES_MAX;
        if (more)
            continue;
        orch__render_orchestrator(json, NULL, items[i], false);
        last = items[i];
        left--;
    }
    orch__writer_close(json, ']');
    orch__writer_integer(json, "total", (int64_t)total);
    if (more)
        orch__writer_string(json, "next", last->id.text);
    orch__writer_close(json, '}');
    orch__exchange_end(exchange);
}
