/* The list of daemons: those that fit what was asked for, sorted, a page of them, and how many there are of each status.
 *
 * All of it is in memory, so that a question costs no query: with 10,000 daemons it looks at the health of each and sorts
 * them. An answer is cut where it gets large; whoever wants more asks again from there.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lookup.h"
#include "operations.h"
#include "render.h"

#define STATUSES 5

/* One of the list, with what it is sorted by. */
typedef struct listed {
    orch_orchestrator *orchestrator;
    const char *text; /* NULL: by `number` */
    int64_t number;
} listed;

typedef struct sorting sorting;

typedef struct listing {
    const char *query;    /* NULL: all */
    int status;           /* an orch_status; -1: each */
    const sorting *order; /* NULL: that of their making */
    bool descending;
    size_t offset;
    size_t limit; /* 0: as many as an answer holds */
    listed *items;
    size_t count;
    size_t statuses[STATUSES]; /* of those that fit the query */
} listing;

static bool is_word(orch_str text, const char *word)
{
    return strlen(word) == text.len && memcmp(word, text.ptr, text.len) == 0;
}

/* ASCII letters in either case; what lies beyond it as it is. */
static bool fits(const orch_orchestrator *orchestrator, const char *query)
{
    return strcasestr(orch_user_shown_name(orchestrator->user), query) ||
           strcasestr(orchestrator->slug, query) || strcasestr(orchestrator->role, query) ||
           strcasestr(orchestrator->discipline, query);
}

/* ---- the order ---- */

/* What needs somebody comes first. */
static int64_t urgency(const orch_orchestrator *orchestrator, const orch_health *health)
{
    static const int64_t ranks[STATUSES] = {[ORCH_STATUS_ERROR] = 0,
                                            [ORCH_STATUS_STOPPING] = 1,
                                            [ORCH_STATUS_INITIALIZING] = 2,
                                            [ORCH_STATUS_RUNNING] = 3,
                                            [ORCH_STATUS_STOPPED] = 4};

    (void)orchestrator;
    return ranks[health->status];
}

#define KEY(name, value)                                                                                     \
    static int64_t name(const orch_orchestrator *orchestrator, const orch_health *health)                    \
    {                                                                                                        \
        (void)orchestrator;                                                                                  \
        (void)health;                                                                                        \
        return (int64_t)(value);                                                                             \
    }

KEY(uptime, health->uptime_ms)
KEY(last_heartbeat, health->last_heartbeat_ms)
KEY(queued, health->queued)
KEY(active, health->conversations_active)
KEY(restarts, health->restarts)
KEY(answered, orchestrator->totals.answered)
KEY(failed, orchestrator->totals.failed)
KEY(tokens, orchestrator->totals.tokens_input + orchestrator->totals.tokens_output)
KEY(tokens_input, orchestrator->totals.tokens_input)
KEY(tokens_output, orchestrator->totals.tokens_output)

static const char *shown_name(const orch_orchestrator *orchestrator)
{
    return orch_user_shown_name(orchestrator->user);
}

static const char *role(const orch_orchestrator *orchestrator)
{
    return orchestrator->role;
}

/* What the input `sort` may be; one of the two. */
struct sorting {
    const char *name;
    const char *(*text)(const orch_orchestrator *orchestrator);
    int64_t (*number)(const orch_orchestrator *orchestrator, const orch_health *health);
};

static const sorting sortings[] = {
    {"name", shown_name, NULL},
    {"role", role, NULL},
    {"status", NULL, urgency},
    {"uptime", NULL, uptime},
    {"queued", NULL, queued},
    {"lastHeartbeat", NULL, last_heartbeat},
    {"active", NULL, active},
    {"restartCount", NULL, restarts},
    {"answered", NULL, answered},
    {"failed", NULL, failed},
    {"tokens", NULL, tokens},
    {"inputTokens", NULL, tokens_input},
    {"outputTokens", NULL, tokens_output},
};

static const sorting *sorting_of(orch_str name)
{
    for (size_t i = 0; i < sizeof(sortings) / sizeof(sortings[0]); i++)
        if (is_word(name, sortings[i].name))
            return &sortings[i];
    return NULL;
}

static int by_key(const void *left, const void *right)
{
    const listed *a = left, *b = right;
    int words = a->text ? strcasecmp(a->text, b->text) : 0;

    if (words)
        return words;
    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    return a->orchestrator->daemon.v < b->orchestrator->daemon.v ? -1 : 1;
}

/* ---- the list ---- */

static int status_of(orch_str name)
{
    for (int i = 0; i < STATUSES; i++)
        if (is_word(name, orch_status_name((orch_status)i)))
            return i;
    return -1;
}

static listing read_listing(const json_t *input)
{
    return (listing){.query = json_string_value(json_object_get(input, "query")),
                     .status = status_of(orch__input_text(input, "status")),
                     .order = sorting_of(orch__input_text(input, "sort")),
                     .descending = orch__input_boolean(input, "descending", false),
                     .offset = (size_t)orch__input_integer(input, "offset", 0),
                     .limit = (size_t)orch__input_integer(input, "limit", 0)};
}

/* Counted by its status, and taken if it has the one that is asked for. */
static void take(listing *list, orch_orchestrator *orchestrator, const orch_health *health)
{
    const sorting *order = list->order;

    list->statuses[health->status]++;
    if (list->status >= 0 && list->status != (int)health->status)
        return;
    list->items[list->count++] =
        (listed){.orchestrator = orchestrator,
                 .text = order && order->text ? order->text(orchestrator) : NULL,
                 .number = order && order->number ? order->number(orchestrator, health) : 0};
}

static void collect(orch__exchange *exchange, listing *list)
{
    orch_orchestrator *const *items;
    size_t count = orch_directory_orchestrators(exchange->server->directory, &items);

    for (size_t i = 0; i < count; i++) {
        orch_health health;

        if (!items[i]->user->removed && orch__lookup_sees(exchange, items[i]->user->organization) &&
            (!list->query || fits(items[i], list->query)) &&
            orch_runtime_health(exchange->server->runtime, items[i], &health) == 0)
            take(list, items[i], &health);
    }
    if (list->order)
        qsort(list->items, list->count, sizeof(list->items[0]), by_key);
}

static void render_page(orch__exchange *exchange, const listing *list, orch__writer *json)
{
    size_t left = list->limit ? list->limit : SIZE_MAX;

    orch__writer_open(json, "daemons", '[');
    for (size_t i = list->offset; i < list->count && left > 0; i++, left--) {
        const listed *item = &list->items[list->descending ? list->count - 1 - i : i];
        orch_daemon_info info;

        if (json->len > ORCH_REPLY_BYTES_MAX)
            break;
        if (orch_runtime_daemon(exchange->server->runtime, item->orchestrator, &info) == 0)
            orch__render_daemon(json, NULL, &info);
    }
    orch__writer_close(json, ']');
}

static void render_counts(const listing *list, orch__writer *json)
{
    orch__writer_integer(json, "total", (int64_t)list->count);
    orch__writer_open(json, "counts", '{');
    for (int i = 0; i < STATUSES; i++)
        orch__writer_integer(json, orch_status_name((orch_status)i), (int64_t)list->statuses[i]);
    orch__writer_close(json, '}');
}

void orch__do_daemon_list(orch__exchange *exchange)
{
    listing list = read_listing(exchange->input);
    orch_orchestrator *const *all;
    size_t count = orch_directory_orchestrators(exchange->server->directory, &all);
    orch__writer *json;

    list.items = malloc((count + 1) * sizeof(list.items[0]));
    if (!list.items) {
        orch__exchange_problem(exchange, &(orch_problem){.error = ORCH_E_NO_MEMORY});
        return;
    }
    collect(exchange, &list);
    json = orch__exchange_begin(exchange, 200);
    orch__writer_open(json, NULL, '{');
    render_page(exchange, &list, json);
    render_counts(&list, json);
    orch__writer_close(json, '}');
    free(list.items);
    orch__exchange_end(exchange);
}
