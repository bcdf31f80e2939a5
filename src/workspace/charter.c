/* Reading a charter. Every field is optional; what is there must be right.
 *
 * A reader walks the JSON with the path of where it is, so that an error names it: "personality.traits[2]".
 * Reading goes on after an error, so that a form can show all of them; a charter with one is not taken.
 */
#include "charter.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_object.h"
#include "orchd/assert.h"
#include "text.h"

#define JSON_DEPTH_MAX 32
#define RULES_MAX      256

typedef struct charter_reader {
    int error; /* the first one */
    orch_problem *problems;
    size_t problems_max;
    size_t problems_count;
    char *memory; /* room for every text of the charter, moves on as they are taken */
} charter_reader;

typedef struct place {
    const json_t *object; /* may be NULL: nothing is given */
    const char *path;     /* "" at the top */
} place;

/* ---- errors ---- */

static void path_of(const place *at, const char *key, char *out_path, size_t size)
{
    snprintf(out_path, size, "%s%s%s", at->path, at->path[0] ? "." : "", key);
}

static void refuse(charter_reader *reader, int error, const char *path, const char *format, ...)
    ORCH_PRINTF(4, 5);
static void refuse(charter_reader *reader, int error, const char *path, const char *format, ...)
{
    char words[200];
    va_list arguments;

    if (reader->problems_count == reader->problems_max)
        return;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    (void)orch__problem(&reader->problems[reader->problems_count++], error, path, "%s %s", path, words);
    reader->error = reader->problems[0].error;
}

/* The value as it stands, cut, for a sentence. */
static void show(const json_t *value, char *out_text, size_t size)
{
    char *json = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

    snprintf(out_text, size, "%.60s", json ? json : "?");
    free(json);
}

static void refuse_kind(charter_reader *reader, const char *path, const json_t *value, const char *allowed)
{
    char shown[64];

    show(value, shown, sizeof shown);
    refuse(reader, ORCH_E_INVALID, path, "is %s; %s is allowed", shown, allowed);
}

/* ---- values ---- */

/* NULL also for null: a field that is null is not given. */
static const json_t *given(const place *at, const char *key)
{
    const json_t *value = json_object_get(at->object, key);

    return json_is_null(value) ? NULL : value;
}

static place enter(charter_reader *reader, const place *at, const char *key, char *path, size_t path_size)
{
    const json_t *value = given(at, key);

    path_of(at, key, path, path_size);
    if (value && !json_is_object(value)) {
        refuse_kind(reader, path, value, "an object");
        value = NULL;
    }
    return (place){value, path};
}

static orch_str take_text(charter_reader *reader, const char *path, const json_t *value, size_t max)
{
    size_t len = json_string_length(value);
    char *copy = reader->memory;

    if (!json_is_string(value)) {
        refuse_kind(reader, path, value, "a text");
        return ORCH_STR_NONE;
    }
    if (len > max) {
        refuse(reader, ORCH_E_TOO_LARGE, path, "has %zu bytes; at most %zu are allowed", len, max);
        return ORCH_STR_NONE;
    }
    memcpy(copy, json_string_value(value), len + 1);
    reader->memory += len + 1;
    return (orch_str){copy, len};
}

static void read_text(charter_reader *reader, const place *at, const char *key, size_t max,
                      orch_str *out_text)
{
    const json_t *value = given(at, key);
    char path[128];

    if (!value)
        return;
    path_of(at, key, path, sizeof path);
    *out_text = take_text(reader, path, value, max);
}

static void read_list(charter_reader *reader, const place *at, const char *key, orch_str_list *out_list)
{
    const json_t *value = given(at, key);
    char path[128], item_path[160];

    if (!value)
        return;
    path_of(at, key, path, sizeof path);
    if (!json_is_array(value)) {
        refuse_kind(reader, path, value, "a list of texts");
        return;
    }
    if (json_array_size(value) > ORCH_CHARTER_LIST_MAX) {
        refuse(reader, ORCH_E_TOO_LARGE, path, "has %zu entries; at most %d are allowed",
               json_array_size(value), ORCH_CHARTER_LIST_MAX);
        return;
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        snprintf(item_path, sizeof item_path, "%s[%zu]", path, i);
        out_list->items[out_list->count++] =
            take_text(reader, item_path, json_array_get(value, i), ORCH_CHARTER_FIELD_MAX);
    }
}

/* `words` holds the allowed ones in the order of the enum, which has 0 for "not given". */
static int read_word(charter_reader *reader, const place *at, const char *key, const char *const *words,
                     size_t count)
{
    const json_t *value = given(at, key);
    char path[128], allowed[128] = "";

    if (!value)
        return 0;
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(allowed);

        if (json_is_string(value) && strcmp(json_string_value(value), words[i]) == 0)
            return (int)i + 1;
        snprintf(allowed + len, sizeof allowed - len, "%s%s",
                 i == 0           ? ""
                 : i + 1 == count ? " or "
                                  : ", ",
                 words[i]);
    }
    path_of(at, key, path, sizeof path);
    refuse_kind(reader, path, value, allowed);
    return 0;
}

static bool read_flag(charter_reader *reader, const place *at, const char *key)
{
    const json_t *value = given(at, key);
    char path[128];

    if (value && !json_is_boolean(value)) {
        path_of(at, key, path, sizeof path);
        refuse_kind(reader, path, value, "true or false");
    }
    return json_is_true(value);
}

static uint32_t read_number(charter_reader *reader, const place *at, const char *key, uint32_t min,
                            uint32_t max)
{
    const json_t *value = given(at, key);
    char path[128], shown[64];

    if (!value)
        return 0;
    if (json_is_integer(value) && json_integer_value(value) >= min && json_integer_value(value) <= max)
        return (uint32_t)json_integer_value(value);
    path_of(at, key, path, sizeof path);
    show(value, shown, sizeof shown);
    refuse(reader, ORCH_E_INVALID, path, "is %s; a whole number from %u to %u is allowed", shown, min, max);
    return 0;
}

/* ---- the parts ---- */

static void read_personality(charter_reader *reader, const place *charter, orch_charter *fields)
{
    char path[64];
    place at = enter(reader, charter, "personality", path, sizeof path);

    read_text(reader, &at, "tone", ORCH_CHARTER_FIELD_MAX, &fields->tone);
    read_text(reader, &at, "decisionStyle", ORCH_CHARTER_FIELD_MAX, &fields->decision_style);
    read_text(reader, &at, "background", ORCH_CHARTER_FIELD_MAX, &fields->background);
    read_list(reader, &at, "traits", &fields->traits);
    read_text(reader, &at, "interactionStyle", ORCH_CHARTER_FIELD_MAX, &fields->interaction_style);
}

static void read_communication(charter_reader *reader, const place *charter, orch_charter *fields)
{
    static const char *const lengths[] = {"concise", "moderate", "detailed"};
    static const char *const levels[] = {"basic", "intermediate", "advanced", "expert"};
    static const char *const formalities[] = {"casual", "professional", "formal"};
    char path[64];
    place at = enter(reader, charter, "communication", path, sizeof path);

    fields->response_length = (orch_length)read_word(reader, &at, "responseLength", lengths, 3);
    fields->technical_level = (orch_level)read_word(reader, &at, "technicalLevel", levels, 4);
    fields->formality = (orch_formality)read_word(reader, &at, "formality", formalities, 3);
    read_list(reader, &at, "languages", &fields->languages);
    read_list(reader, &at, "preferredChannels", &fields->preferred_channels);
}

static void read_escalation(charter_reader *reader, const place *operational, orch_charter *fields)
{
    char path[64];
    place at = enter(reader, operational, "escalation", path, sizeof path);

    fields->escalation_enabled = read_flag(reader, &at, "enabled");
    read_list(reader, &at, "escalateTo", &fields->escalate_to);
    read_list(reader, &at, "triggers", &fields->escalation_triggers);
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* "HH:MM", for an end also "24:00". */
static uint16_t read_minute(charter_reader *reader, const place *day, const char *key, bool end)
{
    const json_t *value = json_object_get(day->object, key);
    const char *text = json_string_value(value);
    char path[128];

    if (text && strlen(text) == 5 && is_digit(text[0]) && is_digit(text[1]) && text[2] == ':' &&
        is_digit(text[3]) && is_digit(text[4])) {
        int hour = (text[0] - '0') * 10 + text[1] - '0';
        int minute = (text[3] - '0') * 10 + text[4] - '0';

        if (minute < 60 && (hour < 24 || (end && hour == 24 && minute == 0)))
            return (uint16_t)(hour * 60 + minute);
    }
    path_of(day, key, path, sizeof path);
    if (!value)
        refuse(reader, ORCH_E_INVALID, path, "is missing; a time from 00:00 to %s is needed",
               end ? "24:00" : "23:59");
    else
        refuse_kind(reader, path, value, end ? "a time from 00:00 to 24:00" : "a time from 00:00 to 23:59");
    return 0;
}

/* Days that are not given are closed. */
static void read_schedule(charter_reader *reader, const place *work_hours, orch_charter_document *document)
{
    char path[96], day_path[128];
    place at = enter(reader, work_hours, "schedule", path, sizeof path);
    const char *key;
    json_t *value;

    document->hours.limited = at.object != NULL;
    json_object_foreach((json_t *)at.object, key, value)
    {
        bool known = key[0] >= '0' && key[0] <= '6' && key[1] == '\0';

        path_of(&at, key, day_path, sizeof day_path);
        if (!known)
            refuse(reader, ORCH_E_INVALID, day_path, "is no day; 0 (Sunday) to 6 (Saturday) are allowed");
        else if (!json_is_object(value) && !json_is_null(value))
            refuse_kind(reader, day_path, value, "{start, end} or null");
        else if (json_is_object(value))
            document->hours.days[key[0] - '0'] =
                (orch_hours_day){read_minute(reader, &(place){value, day_path}, "start", false),
                                 read_minute(reader, &(place){value, day_path}, "end", true)};
    }
}

/* The shape of an IANA name: it becomes part of a path, so nothing that climbs. */
static bool timezone_fits(orch_str name)
{
    if (name.len == 0 || name.ptr[0] == '/')
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char byte = name.ptr[i];
        bool fits = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || is_digit(byte) ||
                    byte == '/' || byte == '_' || byte == '-' || byte == '+';

        if (!fits)
            return false;
    }
    return true;
}

static void read_work_hours(charter_reader *reader, const place *operational, orch_charter_document *document)
{
    char path[64], zone_path[80];
    place at = enter(reader, operational, "workHours", path, sizeof path);
    const json_t *zone = given(&at, "timezone");
    orch_str name = ORCH_STR_NONE;

    path_of(&at, "timezone", zone_path, sizeof zone_path);
    if (zone)
        name = take_text(reader, zone_path, zone, sizeof document->timezone - 1);
    if (name.ptr && !timezone_fits(name))
        refuse_kind(reader, zone_path, zone, "the name of a time zone like Europe/Berlin");
    snprintf(document->timezone, sizeof document->timezone, "%s", name.len > 0 ? name.ptr : "UTC");
    read_schedule(reader, &at, document);
    if (read_flag(reader, &at, "always24x7"))
        document->hours.limited = false;
    document->hours_given = document->hours.limited;
}

static void read_operational(charter_reader *reader, const place *charter, orch_charter_document *document)
{
    char path[64];
    place at = enter(reader, charter, "operational", path, sizeof path);

    read_work_hours(reader, &at, document);
    document->fields.target_response_s = read_number(reader, &at, "targetResponseTimeSeconds", 1, 86400);
    document->conversations_running_max = read_number(reader, &at, "maxConcurrentConversations", 1, 100000);
    read_text(reader, &at, "offlineMessage", ORCH_CHARTER_FIELD_MAX, &document->fields.offline_message);
    read_escalation(reader, &at, &document->fields);
}

static void check_rule(charter_reader *reader, const json_t *rule, size_t index)
{
    char path[64];
    place at = {rule, path};
    const json_t *match = json_object_get(rule, "match");
    const json_t *actions = given(&at, "actions");
    char field[80];

    snprintf(path, sizeof path, "rules[%zu]", index);
    if (!json_is_object(rule)) {
        refuse_kind(reader, path, rule, "an object {match, reply, actions?}");
        return;
    }
    path_of(&at, "match", field, sizeof field);
    if (json_string_length(match) == 0)
        refuse(reader, ORCH_E_INVALID, field, "must be words or a /regex/");
    path_of(&at, "reply", field, sizeof field);
    if (!json_is_string(json_object_get(rule, "reply")))
        refuse(reader, ORCH_E_INVALID, field, "must be a text");
    path_of(&at, "actions", field, sizeof field);
    if (actions && !json_is_array(actions))
        refuse_kind(reader, field, actions, "a list of actions");
}

/* Whether each rule compiles is told by the one who compiles them. */
static void read_rules(charter_reader *reader, const place *charter, orch_charter_document *document)
{
    const json_t *rules = given(charter, "rules");

    if (!rules)
        return;
    if (!json_is_array(rules)) {
        refuse_kind(reader, "rules", rules, "a list of {match, reply, actions?}");
        return;
    }
    if (json_array_size(rules) > RULES_MAX)
        refuse(reader, ORCH_E_TOO_LARGE, "rules", "has %zu entries; at most %d are allowed",
               json_array_size(rules), RULES_MAX);
    for (size_t i = 0; i < json_array_size(rules) && i < RULES_MAX; i++)
        check_rule(reader, json_array_get(rules, i), i);
    size_t len = json_dumpb(rules, NULL, 0, JSON_COMPACT);

    /* Without memory the printer tells another length. */
    if (len == 0 || json_dumpb(rules, reader->memory, len, JSON_COMPACT) != len) {
        refuse(reader, ORCH_E_NO_MEMORY, "rules", "found no memory");
        return;
    }
    reader->memory[len] = '\0';
    document->rules = (orch_str){reader->memory, len};
    reader->memory += len + 1;
}

static void read_fields(charter_reader *reader, const json_t *root, orch_charter_document *document)
{
    place charter = {root, ""};

    read_text(reader, &charter, "systemPrompt", ORCH_CHARTER_TEXT_MAX, &document->fields.system_prompt);
    read_personality(reader, &charter, &document->fields);
    read_list(reader, &charter, "expertise", &document->fields.expertise);
    read_communication(reader, &charter, &document->fields);
    read_operational(reader, &charter, document);
    read_rules(reader, &charter, document);
}

/* ---- the whole ---- */

static void refuse_for_memory(charter_reader *reader)
{
    reader->error = orch__problem(&reader->problems[0], ORCH_E_NO_MEMORY, "charter", "out of memory");
    reader->problems_count = 1;
}

static json_t *load(orch_str json, orch_problem *problem)
{
    if (json.len > ORCH_CHARTER_JSON_MAX) {
        (void)orch__problem(problem, ORCH_E_TOO_LARGE, "charter",
                            "the charter has %zu bytes; at most %d are allowed", json.len,
                            ORCH_CHARTER_JSON_MAX);
        return NULL;
    }
    if (json.len > 0)
        return orch__json_object_read(json, JSON_DEPTH_MAX, "charter", problem);
    json_t *empty = json_object();

    if (!empty)
        (void)orch__problem(problem, ORCH_E_NO_MEMORY, "charter", "out of memory");
    return empty;
}

/* `reader` has room for at least one problem. */
static int read_whole(charter_reader *reader, orch_str json, orch_charter_document **out_document)
{
    json_t *root = load(json, &reader->problems[0]);

    if (!root) {
        reader->problems_count = 1;
        return reader->problems[0].error;
    }
    size_t size = json_dumpb(root, NULL, 0, JSON_COMPACT);
    orch_charter_document *document = calloc(1, sizeof *document);
    char *canonical = malloc(size + 1);
    /* Texts and their ends are never longer than in JSON, and the rules stand in it once: */
    char *memory = malloc(2 * size + 2);

    reader->memory = memory;
    /* The printer needs memory as well, and tells nothing but a length of 0. */
    if (!document || !canonical || !memory || size == 0 ||
        json_dumpb(root, canonical, size, JSON_COMPACT) != size) {
        refuse_for_memory(reader);
    } else {
        canonical[size] = '\0';
        read_fields(reader, root, document);
    }
    json_decref(root);
    if (reader->error) {
        free(document);
        free(canonical);
        free(memory);
        return reader->error;
    }
    document->json = canonical;
    document->memory = memory;
    *out_document = document;
    return 0;
}

int orch_charter_read(orch_str json, orch_charter_document **out_document, orch_problem *problem)
{
    orch_problem unread = {0};
    charter_reader reader = {.problems = problem ? problem : &unread, .problems_max = 1};

    return read_whole(&reader, json, out_document);
}

size_t orch_charter_problems(orch_str json, orch_problem *out_problems, size_t max)
{
    charter_reader reader = {.problems = out_problems, .problems_max = max};
    orch_charter_document *document = NULL;

    if (read_whole(&reader, json, &document) == 0)
        orch_charter_free(document);
    return reader.problems_count;
}

void orch_charter_free(orch_charter_document *document)
{
    if (!document)
        return;
    free(document->memory);
    free(document->json);
    free(document);
}
