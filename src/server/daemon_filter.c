#include "daemon_filter.h"

#include <stdlib.h>
#include <string.h>

#include "lookup.h"

static int by_number(const void *left, const void *right)
{
    const orch_daemon_id *a = left, *b = right;

    return a->v < b->v ? -1 : a->v > b->v;
}

static int read_chosen(const orch__exchange *exchange, orch__daemon_filter *filter, orch_problem *problem)
{
    orch_str ids[ORCH_DAEMONS_CHOSEN_MAX];
    size_t count = orch__input_texts(exchange->input, "daemons", ids);

    filter->daemons = count ? calloc(count, sizeof(filter->daemons[0])) : NULL;
    if (count && !filter->daemons)
        return orch__input_problem(problem, ORCH_E_NO_MEMORY, "", "out of memory");
    for (size_t i = 0; i < count; i++) {
        const orch_orchestrator *found = orch_directory_orchestrator(exchange->server->directory, ids[i]);

        if (!found || found->user->removed || !orch__lookup_sees(exchange, found->user->organization))
            return orch__input_problem(problem, ORCH_E_NOT_FOUND, "daemons", "there is no orchestrator %.*s",
                                       (int)ids[i].len, ids[i].ptr);
        filter->daemons[filter->count++] = found->daemon;
    }
    if (count)
        qsort(filter->daemons, count, sizeof(filter->daemons[0]), by_number);
    return 0;
}

int orch__daemon_filter_read(const orch__exchange *exchange, orch__daemon_filter *out_filter,
                             orch_problem *problem)
{
    const json_t *given = json_object_get(exchange->input, "daemons");
    orch__daemon_filter filter = {.chosen = json_is_array(given) ||
                                            (given && strcmp(json_string_value(given), "none") == 0)};
    int error = json_is_array(given) ? read_chosen(exchange, &filter, problem) : 0;

    if (error)
        orch__daemon_filter_fini(&filter);
    else
        *out_filter = filter;
    return error;
}

void orch__daemon_filter_fini(orch__daemon_filter *filter)
{
    free(filter->daemons);
    *filter = (orch__daemon_filter){0};
}

bool orch__daemon_filter_passes(const orch__daemon_filter *filter, orch_daemon_id daemon)
{
    return !filter->chosen || (filter->count > 0 && bsearch(&daemon, filter->daemons, filter->count,
                                                            sizeof(filter->daemons[0]), by_number));
}
