/* Runs scenarios: plays the events of a .trace file against the core, words what it does and compares that with the file.
 * Every step is followed by orch_core_validate(). At the end the recorded events are replayed on a second core, which must
 * word the same.
 *
 *     scenario FILE...            compare
 *     scenario --write FILE...    write what the core does into the file; read the difference before you keep it
 *     scenario --log FILE...      write FILE's events as a log, and what the core did, for other builds of the core to repeat:
 *                                 NAME.log (encoded) and NAME.words in this folder
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script.h"

#define LINE_MAX_BYTES 1024
#define SEED           1
#define TICKS_MAX      100000 /* of one run: more means that the deadline never moves on */

typedef struct text {
    char *ptr;
    size_t len;
    size_t capacity;
} text;

typedef struct host {
    orch_core *core;
    orch_core_config config;  /* as it is now */
    orch_core_config created; /* as the core was made */
    text trace;               /* what happened, in the words of the file */
    text log;                 /* encoded events */
    text words;               /* effects alone, for the replay */
    int64_t run_at_ms;        /* >= 0: within a run, at this time */
    char problem[256];
} host;

/* ---- text ---- */

static void *heap(void *user, void *block, size_t size_old, size_t size_new)
{
    (void)user;
    (void)size_old;
    if (size_new == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, size_new);
}

static void append(text *t, const void *bytes, size_t len)
{
    if (t->len + len + 1 > t->capacity) {
        t->capacity = (t->len + len + 1) * 2;
        t->ptr = realloc(t->ptr, t->capacity);
        if (!t->ptr)
            abort();
    }
    memcpy(t->ptr + t->len, bytes, len);
    t->len += len;
    t->ptr[t->len] = '\0';
}

ORCH_PRINTF(2, 3)
static void appendf(text *t, const char *format, ...)
{
    char line[LINE_MAX_BYTES];
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    append(t, line, (size_t)len < sizeof line ? (size_t)len : sizeof line - 1);
}

static bool read_file(const char *path, text *out)
{
    char block[4096];
    size_t got;
    FILE *file = fopen(path, "rb");

    if (!file)
        return false;
    append(out, "", 0);
    while ((got = fread(block, 1, sizeof block, file)) > 0)
        append(out, block, got);
    fclose(file);
    return true;
}

static bool write_file(const char *path, const text *content)
{
    FILE *file = fopen(path, "wb");
    bool written;

    if (!file)
        return false;
    written = fwrite(content->ptr, 1, content->len, file) == content->len;
    return fclose(file) == 0 && written;
}

/* ---- steps ---- */

static void note_effects(text *out, orch_effects effects, int64_t run_at_ms)
{
    char line[LINE_MAX_BYTES];

    for (size_t i = 0; i < effects.count; i++) {
        orch_effect_describe(&effects.items[i], line, sizeof line);
        if (run_at_ms >= 0)
            appendf(out, "    %lld: %s\n", (long long)run_at_ms, line);
        else
            appendf(out, "    %s\n", line);
    }
}

/* False for an event that the core refuses unseen: the log does not hold it. */
static bool record(host *h, const orch_event *event, int64_t now_ms)
{
    uint8_t bytes[8192];
    size_t len = orch_event_encode(event, now_ms, bytes, sizeof bytes);

    append(&h->log, bytes, len);
    return len > 0;
}

static int step(host *h, const orch_event *event, int64_t now_ms)
{
    const char *broken = NULL;
    orch_effects effects;
    bool recorded = record(h, event, now_ms);
    int status;

    status = orch_step(h->core, event, now_ms, &effects);
    if (recorded)
        appendf(&h->words, "%d\n", status);
    note_effects(&h->trace, effects, h->run_at_ms);
    note_effects(&h->words, effects, now_ms);
    if (orch_core_validate(h->core, &broken) != 0 && !h->problem[0])
        snprintf(h->problem, sizeof h->problem, "broken after %s: %s", orch_event_kind_name(event->kind),
                 broken);
    return status;
}

static void run_until(host *h, int64_t until_ms)
{
    orch_event tick = {.kind = ORCH_EV_TICK};
    int64_t now_ms = -1, next_ms;

    for (int i = 0; (next_ms = orch_next_deadline(h->core)) <= until_ms; i++) {
        now_ms = next_ms > now_ms ? next_ms : now_ms;
        h->run_at_ms = now_ms;
        (void)step(h, &tick, now_ms);
        if (i == TICKS_MAX) {
            snprintf(h->problem, sizeof h->problem, "the deadline stays at %lld", (long long)next_ms);
            break;
        }
    }
    h->run_at_ms = -1;
    (void)step(h, &tick, until_ms);
}

static void tell_health(host *h, const script_line *line)
{
    orch_health health;
    int status = orch_core_health(h->core, line->event.daemon, line->now_ms, &health);

    if (status != 0) {
        appendf(&h->trace, "    %s\n", orch_error_name(status));
        return;
    }
    appendf(&h->trace,
            "    %s started=%lld uptime=%lld beat=%lld active=%u queued=%u answered=%llu restarts=%u%s\n",
            orch_status_name(health.status), (long long)health.started_ms, (long long)health.uptime_ms,
            (long long)health.last_heartbeat_ms, health.conversations_active, health.queued,
            (unsigned long long)health.answered, health.restarts, health.managed ? " managed" : "");
}

static void tell_route(host *h, const script_line *line)
{
    orch_daemon_id daemons[16];
    size_t count = orch_route(h->core, &line->incoming, daemons, 16);

    appendf(&h->trace, "    to");
    for (size_t i = 0; i < count && i < 16; i++)
        appendf(&h->trace, " d%u", daemons[i].v);
    appendf(&h->trace, count ? "\n" : " nobody\n");
}

static void play_event(host *h, const script_line *line)
{
    int status = step(h, &line->event, line->now_ms);

    if (status != line->expected && !h->problem[0])
        snprintf(h->problem, sizeof h->problem, "%s at %lld gives %s, not %s",
                 orch_event_kind_name(line->event.kind), (long long)line->now_ms, orch_error_name(status),
                 orch_error_name(line->expected));
    if (status == 0 && line->event.kind == ORCH_EV_CONFIGURE)
        h->config = line->configure;
}

static const char *play_line(host *h, const char *written)
{
    static script_line line;
    const char *wrong = script_parse_line(written, &h->config, &line);

    if (wrong)
        return wrong;
    switch (line.kind) {
    case SCRIPT_EVENT:
        play_event(h, &line);
        break;
    case SCRIPT_RUN:
        run_until(h, line.now_ms);
        break;
    case SCRIPT_HEALTH:
        tell_health(h, &line);
        break;
    case SCRIPT_ROUTE:
        tell_route(h, &line);
        break;
    }
    return NULL;
}

static const char *play_one(host *h, const char *written)
{
    if (written[0] == ' ')
        return NULL; /* an expected effect: what really happens is written in its place */
    appendf(&h->trace, "%s\n", written);
    if (written[0] == '\0' || written[0] == '#')
        return NULL;
    if (written[0] != '[')
        return h->core ? "config comes before the first event" : script_parse_config(written, &h->config);
    if (!h->core) {
        h->created = h->config;
        if (orch_core_new(&h->created, &h->core) != 0)
            return "this configuration is not allowed";
    }
    return play_line(h, written);
}

/* ---- the whole ---- */

/* The recorded events on a fresh core: false when it does anything else. */
static bool replay(const host *h)
{
    static orch_event_storage storage;
    orch_core *core;
    text words = {0};
    size_t pos = 0;
    bool same;

    if (orch_core_new(&h->created, &core) != 0)
        return false;
    append(&words, "", 0);
    while (pos < h->log.len) {
        orch_event event;
        orch_effects effects;
        int64_t now_ms;
        int64_t read =
            orch_event_decode((const uint8_t *)h->log.ptr + pos, h->log.len - pos, &storage, &event, &now_ms);

        if (read <= 0)
            break;
        pos += (size_t)read;
        appendf(&words, "%d\n", orch_step(core, &event, now_ms, &effects));
        note_effects(&words, effects, now_ms);
    }
    same = pos == h->log.len && words.len == h->words.len && memcmp(words.ptr, h->words.ptr, words.len) == 0;
    free(words.ptr);
    orch_core_free(core);
    return same;
}

static void play(host *h, const char *script)
{
    int number = 0;

    while (*script) {
        char line[LINE_MAX_BYTES];
        size_t len = strcspn(script, "\n");
        const char *wrong;

        snprintf(line, sizeof line, "%.*s", (int)len, script);
        script += len + (script[len] == '\n');
        number++;
        wrong = play_one(h, line);
        if (wrong && !h->problem[0])
            snprintf(h->problem, sizeof h->problem, "line %d: %s", number, wrong);
    }
}

static void show_difference(const char *expected, const char *actual)
{
    int line = 1;

    while (*expected && *expected == *actual) {
        line += *expected == '\n';
        expected++;
        actual++;
    }
    while (line > 1 && expected[-1] != '\n') {
        expected--;
        actual--;
    }
    fprintf(stderr, "  line %d\n  expected: %.*s\n  happened: %.*s\n", line, (int)strcspn(expected, "\n"),
            expected, (int)strcspn(actual, "\n"), actual);
}

static bool write_named(const char *path, const char *ending, const text *content)
{
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    char file[256];

    snprintf(file, sizeof file, "%.*s%s", (int)strcspn(name, "."), name, ending);
    return write_file(file, content);
}

typedef enum purpose_kind { COMPARE, WRITE, LOG } purpose_kind;

static bool run_file(const char *path, purpose_kind purpose)
{
    host h = {.run_at_ms = -1};
    text script = {0};
    bool passed;

    if (!read_file(path, &script)) {
        fprintf(stderr, "%s: cannot be read\n", path);
        return false;
    }
    orch_core_config_init(&h.config);
    h.config.allocator.resize = heap;
    h.config.seed = SEED;
    append(&h.words, "", 0);
    append(&h.log, "", 0);
    append(&h.trace, "", 0);
    play(&h, script.ptr);
    if (!h.problem[0] && h.core && !replay(&h))
        snprintf(h.problem, sizeof h.problem, "the replay of its events differs");
    passed = !h.problem[0] && strcmp(script.ptr, h.trace.ptr) == 0;
    if (h.problem[0])
        fprintf(stderr, "%s: %s\n", path, h.problem);
    else if (purpose == WRITE)
        passed = write_file(path, &h.trace);
    else if (purpose == LOG)
        passed = passed && write_named(path, ".log", &h.log) && write_named(path, ".words", &h.words);
    else if (!passed) {
        fprintf(stderr, "%s: another trace\n", path);
        show_difference(script.ptr, h.trace.ptr);
    }
    orch_core_free(h.core);
    free(h.trace.ptr);
    free(h.words.ptr);
    free(h.log.ptr);
    free(script.ptr);
    return passed;
}

int main(int argc, char **argv)
{
    purpose_kind purpose = argc < 2                          ? COMPARE
                           : strcmp(argv[1], "--write") == 0 ? WRITE
                           : strcmp(argv[1], "--log") == 0   ? LOG
                                                             : COMPARE;
    int first = purpose == COMPARE ? 1 : 2;
    int failed = 0;

    if (argc <= first) {
        fprintf(stderr, "usage: %s [--write | --log] FILE.trace...\n", argv[0]);
        return 2;
    }
    for (int i = first; i < argc; i++) {
        if (!run_file(argv[i], purpose)) {
            fprintf(stderr, "  repeat: %s %s\n", argv[0], argv[i]);
            failed++;
        }
    }
    printf("%d passed, %d failed\n", argc - first - failed, failed);
    return failed ? 1 : 0;
}
