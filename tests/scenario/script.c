/* Events are written as orch_event_kind_name() names them, followed by words:
 *
 *     d3 t2 t2.5 m7             daemon, turn (slot, and generation where it is not 1), message
 *     channel=3 thread=4 author=5 error=timeout verdict=retry|next-model|final after=1500 at=1000
 *     managed reserved recovered unaddressed
 *     name="Ann Lee" display_name= slug= email= role= keyword= user=100 heartbeat=30000 running=10 models=2
 *     mention_only silent hours=0:540-1020 (weekday:from-to, minutes) zone=0:3600 (from ms:offset s)
 *     content="…" by=d2 hops=1 direct reply_to=d1 mention=d1 member=d1       for the question "route"
 *     auto_restart=0 … (names of orch_core_config)                           for config and configure
 */
#include "script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct words {
    const char *at;
    char word[SCRIPT_TEXT_MAX];
    char *value; /* within word, after '='; NULL: none */
    bool quoted; /* the value was in quotes */
} words;

/* The next word, with its value unquoted; false at the end. */
static bool next_word(words *w)
{
    size_t len = 0;
    bool in_quotes = false;

    while (*w->at == ' ')
        w->at++;
    if (*w->at == '\0')
        return false;
    w->value = NULL;
    for (; *w->at && (in_quotes || *w->at != ' ') && len + 1 < sizeof w->word; w->at++) {
        if (*w->at == '"') {
            in_quotes = !in_quotes;
            continue;
        }
        if (*w->at == '=' && !w->value && len > 0) {
            w->word[len++] = '\0';
            w->value = w->word + len;
            continue;
        }
        w->word[len++] = *w->at;
    }
    w->word[len] = '\0';
    return true;
}

static int64_t number(const char *text)
{
    return strtoll(text, NULL, 10);
}

static int error_named(const char *name)
{
#define ERROR_ROW(id, code, error_name, text)                                                                \
    if (strcmp(name, error_name) == 0)                                                                       \
        return code;
    ORCH_ERRORS(ERROR_ROW)
#undef ERROR_ROW
    return 0;
}

static orch_str keep(script_line *line, const char *text)
{
    char *copy = line->texts[line->texts_count++ % SCRIPT_TEXTS_MAX];

    snprintf(copy, SCRIPT_TEXT_MAX, "%s", text);
    return (orch_str){copy, strlen(copy)};
}

/* ---- configuration ---- */

static bool set_limit(orch_core_config *config, const char *key, int64_t value)
{
    const struct {
        const char *key;
        uint32_t *field;
    } rows[] = {
        {"daemons_max", &config->daemons_max},
        {"turns_max", &config->turns_max},
        {"queue_max", &config->queue_max},
        {"seen_max", &config->seen_max},
        {"conversations_max", &config->conversations_max},
        {"hops_max", &config->hops_max},
        {"restarts_max", &config->restarts_max},
        {"health_check_ms", &config->health_check_ms},
        {"restart_base_ms", &config->restart_base_ms},
        {"restart_cap_ms", &config->restart_cap_ms},
        {"restart_reset_ms", &config->restart_reset_ms},
        {"open_timeout_ms", &config->open_timeout_ms},
        {"stop_grace_ms", &config->stop_grace_ms},
        {"turn_deadline_ms", &config->turn_deadline_ms},
        {"attempt_timeout_ms", &config->attempt_timeout_ms},
        {"attempts_per_model", &config->attempts_per_model},
        {"retry_base_ms", &config->retry_base_ms},
        {"retry_cap_ms", &config->retry_cap_ms},
        {"store_retry_ms", &config->store_retry_ms},
        {"offline_repeat_ms", &config->offline_repeat_ms},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(rows[i].key, key) == 0) {
            *rows[i].field = (uint32_t)value;
            return true;
        }
    }
    return false;
}

static bool set_config(orch_core_config *config, const char *key, const char *value)
{
    if (!value)
        return false;
    if (strcmp(key, "auto_start") == 0)
        config->auto_start = number(value) != 0;
    else if (strcmp(key, "auto_restart") == 0)
        config->auto_restart = number(value) != 0;
    else if (strcmp(key, "seed") == 0)
        config->seed = (uint64_t)number(value);
    else
        return set_limit(config, key, number(value));
    return true;
}

const char *script_parse_config(const char *text, orch_core_config *config)
{
    words w = {.at = text};

    if (!next_word(&w) || strcmp(w.word, "config") != 0)
        return "a line is a comment, config, an event with its time, or an indented effect";
    while (next_word(&w))
        if (!set_config(config, w.word, w.value))
            return "unknown configuration";
    return NULL;
}

/* ---- the words of a line ---- */

/* d1, t2.5, m7 */
static bool set_handle(script_line *line, const char *word)
{
    const char *digits = word + 1;
    const char *dot = strchr(word, '.');
    uint64_t value = (uint64_t)number(digits);

    if (*digits < '0' || *digits > '9')
        return false;
    switch (*word) {
    case 'd':
        line->event.daemon.v = (uint32_t)value;
        line->event.message.daemon.v = (uint32_t)value;
        line->spec.daemon.v = (uint32_t)value;
        return true;
    case 't':
        line->event.turn.v = (dot ? (uint64_t)number(dot + 1) : 1u) << 32 | value;
        return true;
    case 'm':
        line->event.message.message.v = value;
        return true;
    default:
        return false;
    }
}

static bool set_flag(script_line *line, const char *word)
{
    if (strcmp(word, "managed") == 0)
        line->event.managed = true;
    else if (strcmp(word, "reserved") == 0)
        line->event.message.reserved = true;
    else if (strcmp(word, "recovered") == 0)
        line->event.message.recovered = true;
    else if (strcmp(word, "unaddressed") == 0)
        line->event.message.addressed = false;
    else if (strcmp(word, "mention_only") == 0)
        line->spec.mention_only = true;
    else if (strcmp(word, "silent") == 0)
        line->spec.auto_respond = false;
    else if (strcmp(word, "direct") == 0)
        line->incoming.direct = true;
    else
        return false;
    return true;
}

static bool set_name(script_line *line, const char *key, const char *value)
{
    if (strcmp(key, "name") == 0)
        line->spec.name = keep(line, value);
    else if (strcmp(key, "display_name") == 0)
        line->spec.display_name = keep(line, value);
    else if (strcmp(key, "slug") == 0)
        line->spec.slug = keep(line, value);
    else if (strcmp(key, "email") == 0)
        line->spec.email = keep(line, value);
    else if (strcmp(key, "role") == 0)
        line->spec.role = keep(line, value);
    else if (strcmp(key, "keyword") == 0 && line->spec.keywords_count < ORCH_NAMES_MAX)
        line->keywords[line->spec.keywords_count++] = keep(line, value);
    else if (strcmp(key, "content") == 0)
        line->incoming.content = keep(line, value);
    else
        return false;
    return true;
}

static bool set_hours(script_line *line, const char *key, const char *value)
{
    orch_hours *hours = &line->hours;
    int day, from, to, zone;
    long long since;

    if (strcmp(key, "hours") == 0 && sscanf(value, "%d:%d-%d", &day, &from, &to) == 3 && day >= 0 &&
        day < 7) {
        hours->days[day] = (orch_hours_day){(uint16_t)from, (uint16_t)to};
    } else if (strcmp(key, "zone") == 0 && sscanf(value, "%lld:%d", &since, &zone) == 2 &&
               hours->changes_count < ORCH_ZONE_CHANGES_MAX) {
        hours->changes[hours->changes_count++] = (orch_zone_change){since, zone};
    } else {
        return false;
    }
    hours->limited = true;
    line->spec.hours = hours;
    return true;
}

static bool set_verdict(script_line *line, const char *value)
{
    static const char *const names[] = {"retry", "next-model", "final"};

    for (int i = 0; i < 3; i++) {
        if (strcmp(names[i], value) == 0) {
            line->event.verdict = (orch_verdict)i;
            return true;
        }
    }
    return false;
}

static bool set_number(script_line *line, const char *key, int64_t value)
{
    if (strcmp(key, "channel") == 0)
        line->event.message.channel.v = line->event.channel.v = (uint64_t)value;
    else if (strcmp(key, "thread") == 0)
        line->event.message.thread.v = line->event.thread.v = (uint64_t)value;
    else if (strcmp(key, "author") == 0)
        line->event.message.author.v = line->incoming.author.v = (uint64_t)value;
    else if (strcmp(key, "after") == 0)
        line->event.retry_after_ms = (uint32_t)value;
    else if (strcmp(key, "at") == 0)
        line->event.at_ms = value;
    else if (strcmp(key, "user") == 0)
        line->spec.user.v = (uint64_t)value;
    else if (strcmp(key, "heartbeat") == 0)
        line->spec.heartbeat_ms = (uint32_t)value;
    else if (strcmp(key, "running") == 0)
        line->spec.conversations_running_max = (uint32_t)value;
    else if (strcmp(key, "models") == 0)
        line->spec.models_count = (uint32_t)value;
    else if (strcmp(key, "hops") == 0)
        line->incoming.hops = (uint32_t)value;
    else
        return false;
    return true;
}

static bool set_daemon(script_line *line, const char *key, const char *value)
{
    orch_daemon_id id = {(uint32_t)number(value + 1)};

    if (strcmp(key, "by") == 0)
        line->incoming.author_daemon = id;
    else if (strcmp(key, "reply_to") == 0)
        line->incoming.reply_to = id;
    else if (strcmp(key, "mention") == 0 && line->incoming.mentions_count < SCRIPT_MENTIONS_MAX)
        line->mentions[line->incoming.mentions_count++] = id;
    else if (strcmp(key, "member") == 0 && line->incoming.members_count < SCRIPT_MENTIONS_MAX)
        line->members[line->incoming.members_count++] = id;
    else
        return false;
    return true;
}

static bool set_word(script_line *line, const words *w)
{
    if (!w->value)
        return set_handle(line, w->word) || set_flag(line, w->word);
    if (strcmp(w->word, "error") == 0)
        return (line->event.error = error_named(w->value)) != 0;
    if (strcmp(w->word, "verdict") == 0)
        return set_verdict(line, w->value);
    if (line->event.kind == ORCH_EV_CONFIGURE)
        return set_config(&line->configure, w->word, w->value);
    return set_name(line, w->word, w->value) || set_hours(line, w->word, w->value) ||
           set_daemon(line, w->word, w->value) || set_number(line, w->word, number(w->value));
}

/* ---- a line ---- */

static bool set_kind(script_line *line, const char *word)
{
    static const struct {
        const char *word;
        script_kind kind;
    } questions[] = {{"run", SCRIPT_RUN}, {"health", SCRIPT_HEALTH}, {"route", SCRIPT_ROUTE}};

    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        if (strcmp(questions[i].word, word) == 0) {
            line->kind = questions[i].kind;
            return true;
        }
    }
    for (int kind = ORCH_EV_TICK; kind < ORCH_EV_COUNT; kind++) {
        if (strcmp(orch_event_kind_name((orch_event_kind)kind), word) == 0) {
            line->kind = SCRIPT_EVENT;
            line->event.kind = (orch_event_kind)kind;
            return true;
        }
    }
    return false;
}

static void set_defaults(script_line *line, const orch_core_config *configured)
{
    memset(line, 0, sizeof *line);
    line->configure = *configured;
    line->spec = (orch_daemon_spec){
        .auto_respond = true, .heartbeat_ms = 30000, .conversations_running_max = 10, .models_count = 1};
    line->spec.keywords = line->keywords;
    line->event.message.addressed = true;
    line->event.message.channel.v = line->event.channel.v = 1;
    line->event.message.author.v = line->incoming.author.v = 900;
}

/* The union of an event holds one thing; the words filled in all of them apart. */
static void finish(script_line *line)
{
    if (line->spec.user.v == 0)
        line->spec.user.v = 100 + line->spec.daemon.v;
    if (line->event.kind == ORCH_EV_REGISTER)
        line->event.spec = &line->spec;
    if (line->event.kind == ORCH_EV_CONFIGURE)
        line->event.configure = &line->configure;
    line->incoming.mentions = line->mentions;
    line->incoming.members = line->members;
    line->incoming.everybody = line->incoming.members_count == 0;
}

const char *script_parse_line(const char *text, const orch_core_config *configured, script_line *out_line)
{
    words w = {.at = text};
    char *end;

    set_defaults(out_line, configured);
    out_line->now_ms = strtoll(text + 1, &end, 10);
    if (*end != ']')
        return "an event begins with its time, as [1000]";
    w.at = end + 1;
    if (!next_word(&w) || !set_kind(out_line, w.word))
        return "unknown event";
    while (next_word(&w)) {
        if (strcmp(w.word, "=") == 0) {
            if (!next_word(&w) || (out_line->expected = error_named(w.word)) == 0)
                return "after = stands the name of an error";
        } else if (!set_word(out_line, &w)) {
            return "unknown word";
        }
    }
    finish(out_line);
    return NULL;
}
