#include "chosen.h"

#include <stdlib.h>
#include <string.h>

#include "lookup.h"

/* The handle of an id that the input has. 0 in *out_handle: it is left out. */
typedef int find_fn(const orch__exchange *exchange, orch_str id, uint64_t *out_handle, orch_problem *problem);

static int find_daemon(const orch__exchange *exchange, orch_str id, uint64_t *out_handle,
                       orch_problem *problem)
{
    const orch_orchestrator *found = orch_directory_orchestrator(exchange->server->directory, id);

    if (!found || found->user->removed || !orch__lookup_sees(exchange, found->user->organization))
        return orch__input_problem(problem, ORCH_E_NOT_FOUND, "daemons", "there is no orchestrator %.*s",
                                   (int)id.len, id.ptr);
    *out_handle = found->daemon.v;
    return 0;
}

/* Whom nobody knows any more has no presence, and keeps no client from being told of the others. */
static int find_user(const orch__exchange *exchange, orch_str id, uint64_t *out_handle, orch_problem *problem)
{
    const orch_user *found = orch_directory_user(exchange->server->directory, id);
    bool seen = found && !found->removed && orch__lookup_sees(exchange, found->organization);

    (void)problem;
    *out_handle = seen ? found->handle.v : 0;
    return 0;
}

static int by_number(const void *left, const void *right)
{
    const uint64_t *a = left, *b = right;

    return *a < *b ? -1 : *a > *b;
}

static int read_some(const orch__exchange *exchange, const char *name, find_fn *find, orch__chosen *chosen,
                     orch_problem *problem)
{
    orch_str ids[ORCH_CHOSEN_MAX];
    size_t count = orch__input_texts(exchange->input, name, ids);

    chosen->handles = count ? calloc(count, sizeof(chosen->handles[0])) : NULL;
    if (count && !chosen->handles)
        return orch__input_problem(problem, ORCH_E_NO_MEMORY, "", "out of memory");
    for (size_t i = 0; i < count; i++) {
        int error = find(exchange, ids[i], &chosen->handles[chosen->count], problem);

        if (error)
            return error;
        if (chosen->handles[chosen->count] != 0)
            chosen->count++;
    }
    if (chosen->count)
        qsort(chosen->handles, chosen->count, sizeof(chosen->handles[0]), by_number);
    return 0;
}

static int read_chosen(const orch__exchange *exchange, const char *name, find_fn *find,
                       orch__chosen *out_chosen, orch_problem *problem)
{
    const json_t *given = json_object_get(exchange->input, name);
    orch__chosen chosen = {.some = json_is_array(given) ||
                                   (given && strcmp(json_string_value(given), "none") == 0)};
    int error = json_is_array(given) ? read_some(exchange, name, find, &chosen, problem) : 0;

    if (error)
        orch__chosen_fini(&chosen);
    else
        *out_chosen = chosen;
    return error;
}

int orch__chosen_daemons(const orch__exchange *exchange, orch__chosen *out_chosen, orch_problem *problem)
{
    return read_chosen(exchange, "daemons", find_daemon, out_chosen, problem);
}

int orch__chosen_users(const orch__exchange *exchange, orch__chosen *out_chosen, orch_problem *problem)
{
    return read_chosen(exchange, "presence", find_user, out_chosen, problem);
}

void orch__chosen_fini(orch__chosen *chosen)
{
    free(chosen->handles);
    *chosen = (orch__chosen){0};
}

bool orch__chosen_has(const orch__chosen *chosen, uint64_t handle)
{
    return !chosen->some || (chosen->count > 0 && bsearch(&handle, chosen->handles, chosen->count,
                                                          sizeof(chosen->handles[0]), by_number));
}
