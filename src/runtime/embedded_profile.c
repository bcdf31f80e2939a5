/* An orchestrator, copied from the program: its names, its charter and its rules.
 *
 * The user's orchestratorConfig holds the charter at "charter"; a document without one is an empty charter.
 */
#include <stdlib.h>
#include <string.h>

#include "embedded.h"
#include "json_text.h"
#include "text.h"

static orch_str str(const char *text)
{
    return text ? (orch_str){text, strlen(text)} : ORCH_STR_NONE;
}

/* ---- texts ---- */

/* Every text of the description, as pairs of where it is copied to and from. */
#define TEXTS_COUNT 10

typedef struct text_field {
    const char *name;
    const char *from;
    const char **to;
    bool required;
    size_t max;
} text_field;

static void list_texts(const orch_orchestrator_info *info, orch_orchestrator_info *copy,
                       text_field fields[TEXTS_COUNT])
{
    const orch_user_info *user = &info->user;
    orch_user_info *to = &copy->user;
    const text_field all[TEXTS_COUNT] = {
        {"orchestrator.id", info->id, &copy->id, true, ORCH_NAME_LEN_MAX},
        {"orchestrator.role", info->role, &copy->role, true, ORCH_NAME_LEN_MAX},
        {"orchestrator.discipline", info->discipline, &copy->discipline, false, ORCH_NAME_LEN_MAX},
        {"orchestrator.capabilities_json", info->capabilities_json, &copy->capabilities_json, false,
         ORCH_CHARTER_JSON_MAX},
        {"orchestrator.organization", info->organization, &copy->organization, false, ORCH_NAME_LEN_MAX},
        {"orchestrator.user.id", user->id, &to->id, true, ORCH_NAME_LEN_MAX},
        {"orchestrator.user.name", user->name, &to->name, true, ORCH_NAME_LEN_MAX},
        {"orchestrator.user.email", user->email, &to->email, true, ORCH_NAME_LEN_MAX},
        {"orchestrator.user.display_name", user->display_name, &to->display_name, false, ORCH_NAME_LEN_MAX},
        {"orchestrator.user.config_json", user->config_json, &to->config_json, false, ORCH_CHARTER_JSON_MAX},
    };

    memcpy(fields, all, sizeof all);
}

static int copy_texts(orch__profile *profile, const orch_orchestrator_info *info)
{
    text_field fields[TEXTS_COUNT];
    int error = 0;

    list_texts(info, &profile->info, fields);
    for (size_t i = 0; i < TEXTS_COUNT && !error; i++) {
        error = orch__check_text(fields[i].name, fields[i].from, fields[i].required, fields[i].max);
        if (error || !fields[i].from)
            continue;
        *fields[i].to = strdup(fields[i].from);
        if (!*fields[i].to)
            error = orch__refuse(ORCH_E_NO_MEMORY, "%s", orch_error_text(ORCH_E_NO_MEMORY));
    }
    profile->info.user.is_orchestrator = info->user.is_orchestrator;
    return error;
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

bool orch__profile_equals(const orch__profile *profile, const orch_orchestrator_info *info)
{
    text_field fields[TEXTS_COUNT];
    orch_orchestrator_info own = profile->info;

    list_texts(info, &own, fields);
    for (size_t i = 0; i < TEXTS_COUNT; i++) {
        if (!same_text(fields[i].from, *fields[i].to))
            return false;
    }
    return info->user.is_orchestrator == own.user.is_orchestrator;
}

/* ---- the charter ---- */

static int read_object(const char *field, const char *text, json_t **out_object)
{
    json_error_t problem;
    json_t *value;
    int error = orch_json_read(str(text), JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &value, &problem);

    if (error == ORCH_E_NO_MEMORY)
        return orch__refuse(error, "%s", orch_error_text(error));
    if (error)
        return orch__refuse(ORCH_E_INVALID, "%s is no JSON: %s (line %d)", field, problem.text, problem.line);
    *out_object = value;
    return 0;
}

/* An array of names, or an object whose members that are true (or not false) count. */
static int read_capabilities(orch__profile *profile)
{
    static const char field[] = "orchestrator.capabilities_json";
    orch_str_list *list = &profile->charter.capabilities;
    json_t *json;
    json_t *value;
    const char *key;
    size_t i;
    int error = read_object(field, profile->info.capabilities_json, &json);

    if (error)
        return error;
    profile->capabilities = json;
    if (!json_is_array(json) && !json_is_object(json))
        return orch__refuse(ORCH_E_INVALID, "%s is neither an array nor an object", field);
    json_array_foreach(json, i, value)
    {
        if (json_is_string(value) && list->count < ORCH_CHARTER_LIST_MAX)
            list->items[list->count++] = (orch_str){json_string_value(value), json_string_length(value)};
    }
    json_object_foreach(json, key, value)
    {
        if (!json_is_false(value) && !json_is_null(value) && list->count < ORCH_CHARTER_LIST_MAX)
            list->items[list->count++] = str(key);
    }
    return 0;
}

static int read_document(orch__profile *profile, const json_t *charter)
{
    orch_problem problem = {0};
    char *text;
    int error = orch_json_write(charter, JSON_COMPACT | JSON_ENCODE_ANY, &text);

    if (error)
        return orch__refuse(error, "%s", orch_error_text(error));
    error = orch_charter_read(str(text), &profile->document, &problem);
    free(text);
    return error ? orch__refuse(error, "orchestrator.user.config_json: charter: %s", problem.message) : 0;
}

static int read_config(orch__profile *profile)
{
    static const char field[] = "orchestrator.user.config_json";
    json_t *config;
    const json_t *charter;
    int error = read_object(field, profile->info.user.config_json, &config);

    if (error)
        return error;
    charter = json_object_get(config, "charter");
    if (!json_is_object(config) && !json_is_null(config))
        error = orch__refuse(ORCH_E_INVALID, "%s is no object", field);
    else if (charter && !json_is_null(charter))
        error = read_document(profile, charter);
    json_decref(config);
    return error;
}

static int read_rules(orch__profile *profile)
{
    char sentence[ORCH__SENTENCE_MAX] = "";
    int error = orch_rules_new(profile->document->rules, &profile->rules, sentence, sizeof sentence);

    return error ? orch__refuse(error, "orchestrator.user.config_json: charter: %s", sentence) : 0;
}

int orch__profile_read_charter(orch__profile *profile)
{
    const orch_orchestrator_info *info = &profile->info;
    int error = info->user.config_json ? read_config(profile) : 0;

    if (!error && profile->document) {
        profile->charter = profile->document->fields;
        if (profile->document->rules.len > 0)
            error = read_rules(profile);
    }
    profile->charter.capabilities.count = 0;
    if (!error && info->capabilities_json)
        error = read_capabilities(profile);
    profile->charter.name = str(info->user.display_name ? info->user.display_name : info->user.name);
    profile->charter.role = str(info->role);
    profile->charter.discipline = str(info->discipline);
    profile->charter.organization = str(info->organization);
    return error;
}

/* ---- life ---- */

int orch__profile_new(const orch_orchestrator_info *info, orch__profile **out_profile)
{
    orch__profile *profile;
    int error;

    if (!info)
        return orch__refuse(ORCH_E_INVALID, "orchestrator is not given");
    profile = calloc(1, sizeof *profile);
    if (!profile)
        return orch__refuse(ORCH_E_NO_MEMORY, "%s", orch_error_text(ORCH_E_NO_MEMORY));
    profile->refs = 1;
    error = copy_texts(profile, info);
    if (error) {
        orch__profile_unref(profile);
        return error;
    }
    profile->id = orch__handle(profile->info.id);
    profile->user.v = orch__handle(profile->info.user.id);
    orch__slug(str(profile->info.user.name), profile->slug);
    *out_profile = profile;
    return 0;
}

orch__profile *orch__profile_ref(orch__profile *profile)
{
    profile->refs++;
    return profile;
}

void orch__profile_unref(orch__profile *profile)
{
    text_field fields[TEXTS_COUNT];

    if (!profile || --profile->refs > 0)
        return;
    list_texts(&profile->info, &profile->info, fields);
    for (size_t i = 0; i < TEXTS_COUNT; i++)
        free((char *)*fields[i].to);
    orch_rules_free(profile->rules);
    if (profile->document)
        orch_charter_free(profile->document);
    json_decref(profile->capabilities);
    free(profile);
}

/* ---- what the program asks ---- */

static orch_lookup_fn lookup_function;
static void *lookup_user;

bool orch_should_run_daemon(const orch_user_info *user)
{
    return user && user->is_orchestrator;
}

void orch_orchestrator_set_lookup(orch_lookup_fn lookup, void *user)
{
    lookup_function = lookup;
    lookup_user = user;
}

const orch_orchestrator_info *orch_orchestrator_get(const char *user_id)
{
    return lookup_function && user_id ? lookup_function(user_id, lookup_user) : NULL;
}
