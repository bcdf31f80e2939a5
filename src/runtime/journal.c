/* What happens to daemons, on its way into the database: collected for a second, the same again counted instead of repeated,
 * stored some at a time. When the database does not keep up, the oldest that wait are lost: never a message for an event.
 */
#include "log.h"
#include "runtime_parts.h"

#include <stdlib.h>
#include <string.h>

#define COLLECT_MS  1000
#define WAITING_MAX 4096

struct orch__journal_entry {
    orch__journal_entry *next;
    orch_orchestrator *orchestrator;
    int64_t at_ms;
    const char *kind; /* static */
    uint32_t times;
    char *details; /* JSON object without its closing bracket; may be empty */
    char message[];
};

static void free_entry(orch__journal_entry *entry)
{
    free(entry->details);
    free(entry);
}

static orch__journal_entry *take(orch__journal *journal)
{
    orch__journal_entry *entry = journal->first;

    journal->first = entry->next;
    if (!journal->first)
        journal->last = NULL;
    journal->count--;
    return entry;
}

/* ---- storing ---- */

typedef struct batch {
    orch_daemon_event events[ORCH_EVENTS_A_BATCH];
    orch__journal_entry *entries[ORCH_EVENTS_A_BATCH];
    char *details[ORCH_EVENTS_A_BATCH];
    size_t count;
} batch;

/* {"code":"timeout","times":3}; NULL: none, or no memory. */
static char *whole_details(const orch__journal_entry *entry)
{
    const char *given = entry->details ? entry->details : "";
    char *text = NULL;
    int len;

    if (!given[0] && entry->times == 1)
        return NULL;
    if (entry->times == 1)
        len = asprintf(&text, "{%s}", given);
    else
        len = asprintf(&text, "{%s%s\"times\":%u}", given, given[0] ? "," : "", entry->times);
    return len < 0 ? NULL : text;
}

static void fill(orch__journal *journal, batch *events)
{
    while (journal->first && events->count < ORCH_EVENTS_A_BATCH) {
        orch__journal_entry *entry = take(journal);
        char *details = whole_details(entry);
        size_t i = events->count++;

        events->entries[i] = entry;
        events->details[i] = details;
        events->events[i] = (orch_daemon_event){.at_ms = entry->at_ms,
                                                .orchestrator = entry->orchestrator,
                                                .kind = {entry->kind, strlen(entry->kind)},
                                                .message = {entry->message, strlen(entry->message)},
                                                .details = {details, details ? strlen(details) : 0}};
    }
}

static void empty(batch *events)
{
    for (size_t i = 0; i < events->count; i++) {
        free(events->details[i]);
        free_entry(events->entries[i]);
    }
    free(events);
}

static void set_timer(orch_runtime *runtime);

static void stored(const orch_problem *problem, void *user)
{
    orch_runtime *runtime = user;
    orch_log_field fields[] = {{"error", problem ? problem->message : NULL}};

    runtime->journal.storing = false;
    if (problem)
        orch_log(ORCH_LOG_WARN, "journal.store", "Events of daemons could not be stored", fields, 1);
    if (runtime->journal.count >= ORCH_EVENTS_A_BATCH || runtime->halted)
        orch__journal_store(runtime);
    else
        set_timer(runtime);
}

void orch__journal_store(orch_runtime *runtime)
{
    orch__journal *journal = &runtime->journal;
    batch *events;

    if (journal->storing || !journal->first)
        return;
    events = calloc(1, sizeof *events);
    if (!events)
        return; /* the timer comes again with the next event */
    fill(journal, events);
    journal->storing = true;
    if (orch_workspace_store_events(runtime->workspace, events->events, events->count, stored, runtime))
        journal->storing = false;
    empty(events);
}

static void time_over(uv_timer_t *timer)
{
    orch__journal_store(timer->data);
}

static void set_timer(orch_runtime *runtime)
{
    uv_timer_t *timer = &runtime->journal.timer;

    if (runtime->journal.first && !runtime->leaving && !uv_is_active((uv_handle_t *)timer))
        uv_timer_start(timer, time_over, COLLECT_MS, 0);
}

/* ---- collecting ---- */

/* The last one of that daemon that waits, if it says the same: a model that is gone fails a thousand turns in the same words. */
static orch__journal_entry *find_again(const orch_runtime *runtime, const orch_orchestrator *orchestrator,
                                       const char *kind, const char *message)
{
    orch__journal_entry *last = NULL;

    for (orch__journal_entry *entry = runtime->journal.first; entry; entry = entry->next)
        if (entry->orchestrator == orchestrator)
            last = entry;
    return last && strcmp(last->kind, kind) == 0 && strcmp(last->message, message) == 0 ? last : NULL;
}

static void append(orch__journal *journal, orch__journal_entry *entry)
{
    if (journal->count == WAITING_MAX)
        free_entry(take(journal));
    if (journal->last)
        journal->last->next = entry;
    else
        journal->first = entry;
    journal->last = entry;
    journal->count++;
}

void orch_runtime_note(orch_runtime *runtime, orch_orchestrator *orchestrator, const char *kind,
                       const char *message, const char *details)
{
    orch__journal *journal = &runtime->journal;
    orch__journal_entry *entry =
        journal->count < ORCH_EVENTS_A_BATCH ? find_again(runtime, orchestrator, kind, message) : NULL;
    size_t len = strnlen(message, ORCH_EVENT_TEXT_MAX);

    if (runtime->leaving || !runtime->workspace)
        return;
    if (entry) {
        entry->times++;
        return;
    }
    while (len > 0 && ((unsigned char)message[len] & 0xc0) == 0x80)
        len--;
    entry = calloc(1, sizeof *entry + len + 1);
    if (!entry)
        return;
    entry->orchestrator = orchestrator;
    entry->at_ms = orch_engine_wall(runtime->engine);
    entry->kind = kind;
    entry->times = 1;
    entry->details = details ? strdup(details) : NULL;
    memcpy(entry->message, message, len);
    append(journal, entry);
    if (journal->count >= ORCH_EVENTS_A_BATCH)
        orch__journal_store(runtime);
    else
        set_timer(runtime);
}

void orch__journal_free(orch_runtime *runtime)
{
    while (runtime->journal.first)
        free_entry(take(&runtime->journal));
}
