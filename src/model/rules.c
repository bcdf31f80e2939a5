/* The model that needs no network: the charter's `rules`, [{match, reply, actions?}], in order, the first that matches.
 *
 * `match` is words, found as a phrase on word boundaries (orch_phrase_in), or /regex/flags (PCRE2, always UTF-8) with the
 * flags i, m, s and u. A regular expression can be made to run for ever, so that it is bounded three times: steps, memory, and
 * the length of the text that it sees.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <jansson.h>
#include <pcre2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_text.h"
#include "orchd/prompt.h"
#include "providers.h"

#define MATCH_MAX   1024       /* bytes of `match` */
#define REPLY_MAX   16384      /* bytes of `reply` */
#define SUBJECT_MAX 8192       /* bytes of a message that a regular expression sees */
#define STEPS_MAX   20000      /* PCRE2's match limit: about a millisecond */
#define HEAP_MAX_KB 512        /* PCRE2's heap limit */
#define JSON_MAX    (1u << 20) /* bytes of all rules */

typedef struct rule {
    orch_str words; /* where `code` is NULL */
    pcre2_code *code;
    orch_str reply;
    char *actions; /* owned; "" where there are none */
} rule;

struct orch_rules {
    json_t *root; /* words and replies point into it */
    size_t count;
    pcre2_match_context *limits;
    pcre2_match_data *found;
    rule items[];
};

const orch_model_provider orch__rules = {
    .name = "rules",
    .local = true,
    .default_model = "",
    .about = "no language model: the rules of the charter, else what the charter says of itself",
};

/* Where a sentence about what is wrong goes. */
typedef struct complaint {
    char *message;
    size_t size;
    size_t rule; /* from 1 */
} complaint;

static int complain(const complaint *where, const char *format, ...) ORCH_PRINTF(2, 3);

static int complain(const complaint *where, const char *format, ...)
{
    int len = snprintf(where->message, where->size, "rules: rule %zu: ", where->rule);
    va_list arguments;

    va_start(arguments, format);
    if (len > 0 && (size_t)len < where->size)
        vsnprintf(where->message + len, where->size - (size_t)len, format, arguments);
    va_end(arguments);
    return ORCH_E_INVALID;
}

static int out_of_memory(const complaint *where)
{
    snprintf(where->message, where->size, "rules: out of memory");
    return ORCH_E_NO_MEMORY;
}

/* ---- compiling ---- */

/* "/regex/flags": the parts. False: it is words. */
static bool split_regex(orch_str match, orch_str *out_pattern, orch_str *out_flags)
{
    if (match.len < 3 || match.ptr[0] != '/')
        return false;

    const char *last = memrchr(match.ptr + 1, '/', match.len - 1);

    if (!last || last == match.ptr + 1)
        return false;
    *out_pattern = (orch_str){match.ptr + 1, (size_t)(last - match.ptr) - 1};
    *out_flags = (orch_str){last + 1, match.len - (size_t)(last + 1 - match.ptr)};
    return true;
}

static int read_flags(orch_str flags, uint32_t *options, const complaint *where)
{
    for (size_t i = 0; i < flags.len; i++) {
        switch (flags.ptr[i]) {
        case 'i':
            *options |= PCRE2_CASELESS;
            break;
        case 'm':
            *options |= PCRE2_MULTILINE;
            break;
        case 's':
            *options |= PCRE2_DOTALL;
            break;
        case 'u': /* it always is */
            break;
        default:
            return complain(
                where, "the flag \"%c\" of the regular expression is not known; allowed are i, m, s and u",
                flags.ptr[i]);
        }
    }
    return 0;
}

static int compile_regex(rule *item, orch_str pattern, orch_str flags, const complaint *where)
{
    uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C | PCRE2_MATCH_INVALID_UTF;
    int result = read_flags(flags, &options, where);
    PCRE2_SIZE offset;
    int error;

    if (result < 0)
        return result;
    item->code = pcre2_compile((PCRE2_SPTR)pattern.ptr, pattern.len, options, &error, &offset, NULL);
    if (!item->code && error == PCRE2_ERROR_HEAP_FAILED)
        return out_of_memory(where);
    if (!item->code) {
        PCRE2_UCHAR words[128];

        pcre2_get_error_message(error, words, sizeof(words));
        return complain(where, "the regular expression is wrong at character %zu: %s", (size_t)offset + 1,
                        (const char *)words);
    }
    return 0;
}

static int compile_match(rule *item, const json_t *match, const complaint *where)
{
    if (!json_is_string(match) || json_string_length(match) == 0)
        return complain(where, "\"match\" must be words or a /regular expression/");

    orch_str text = {json_string_value(match), json_string_length(match)};
    orch_str pattern;
    orch_str flags;

    if (text.len > MATCH_MAX)
        return complain(where, "\"match\" has %zu bytes; at most %d are allowed", text.len, MATCH_MAX);
    if (split_regex(text, &pattern, &flags))
        return compile_regex(item, pattern, flags, where);
    if (!orch_phrase_in(text, text))
        return complain(where, "\"match\" has no word that could be found in a message");
    item->words = text;
    return 0;
}

static int compile_reply(rule *item, const json_t *reply, const complaint *where)
{
    if (!json_is_string(reply) || json_string_length(reply) == 0)
        return complain(where, "\"reply\" must be a text");
    item->reply = (orch_str){json_string_value(reply), json_string_length(reply)};
    if (item->reply.len > REPLY_MAX)
        return complain(where, "\"reply\" has %zu bytes; at most %d are allowed", item->reply.len, REPLY_MAX);
    return 0;
}

static int compile_actions(rule *item, const json_t *actions, const complaint *where)
{
    if (!actions) {
        item->actions = strdup("");
        return item->actions ? 0 : out_of_memory(where);
    }
    if (!json_is_array(actions))
        return complain(where, "\"actions\" must be an array of {\"type\", \"payload\"}");
    for (size_t i = 0; i < json_array_size(actions); i++) {
        const json_t *type = json_object_get(json_array_get(actions, i), "type");

        if (!json_is_string(type))
            return complain(where, "action %zu must be an object with a \"type\"", i + 1);
    }
    return orch_json_write(actions, JSON_COMPACT, &item->actions) ? out_of_memory(where) : 0;
}

static int compile_rule(rule *item, const json_t *source, const complaint *where)
{
    int result;

    if (!json_is_object(source))
        return complain(where, "it must be an object {\"match\", \"reply\"}");
    result = compile_match(item, json_object_get(source, "match"), where);
    if (result == 0)
        result = compile_reply(item, json_object_get(source, "reply"), where);
    if (result == 0)
        result = compile_actions(item, json_object_get(source, "actions"), where);
    return result;
}

/* The array, or an error and a sentence. */
static int read_array(orch_str json, json_t **out_root, char *message, size_t size)
{
    json_error_t error;
    json_t *root;
    int wrong;

    if (json.len > JSON_MAX) {
        snprintf(message, size, "rules: %zu bytes; at most %u are allowed", json.len, JSON_MAX);
        return ORCH_E_INVALID;
    }
    wrong = orch_json_read(json, JSON_REJECT_DUPLICATES, &root, &error);
    if (wrong == ORCH_E_NO_MEMORY) {
        snprintf(message, size, "rules: out of memory");
        return wrong;
    }
    if (wrong) {
        snprintf(message, size, "rules: no valid JSON: %s", error.text);
        return ORCH_E_INVALID;
    }
    if (!json_is_array(root) || json_array_size(root) > ORCH_RULES_MAX) {
        snprintf(message, size, "rules: must be an array of at most %d rules", ORCH_RULES_MAX);
        json_decref(root);
        return ORCH_E_INVALID;
    }
    *out_root = root;
    return 0;
}

/* Takes `root`. */
static orch_rules *new_rules(json_t *root)
{
    size_t count = json_array_size(root);
    orch_rules *rules = calloc(1, sizeof(*rules) + count * sizeof(rule));

    if (!rules) {
        json_decref(root);
        return NULL;
    }
    rules->root = root;
    rules->limits = pcre2_match_context_create(NULL);
    rules->found = pcre2_match_data_create(1, NULL);
    if (!rules->limits || !rules->found) {
        orch_rules_free(rules);
        return NULL;
    }
    pcre2_set_match_limit(rules->limits, STEPS_MAX);
    pcre2_set_depth_limit(rules->limits, STEPS_MAX);
    pcre2_set_heap_limit(rules->limits, HEAP_MAX_KB);
    return rules;
}

int orch_rules_new(orch_str json, orch_rules **out_rules, char *out_message, size_t message_size)
{
    json_t *root = NULL;
    complaint where = {out_message, message_size, 0};
    orch_rules *rules;
    int result = read_array(json, &root, out_message, message_size);

    if (result)
        return result;
    rules = new_rules(root);
    if (!rules)
        return out_of_memory(&where);
    for (size_t i = 0; i < json_array_size(root) && result == 0; i++) {
        where.rule = i + 1;
        rules->count++;
        result = compile_rule(&rules->items[i], json_array_get(root, i), &where);
    }
    if (result < 0)
        orch_rules_free(rules);
    else
        *out_rules = rules;
    return result;
}

void orch_rules_free(orch_rules *rules)
{
    if (!rules)
        return;
    for (size_t i = 0; i < rules->count; i++) {
        pcre2_code_free(rules->items[i].code);
        free(rules->items[i].actions);
    }
    pcre2_match_context_free(rules->limits);
    pcre2_match_data_free(rules->found);
    json_decref(rules->root);
    free(rules);
}

/* ---- matching ---- */

static bool matches(const orch_rules *rules, const rule *item, orch_str content)
{
    if (!item->code)
        return orch_phrase_in(content, item->words);

    size_t len = content.len < SUBJECT_MAX ? content.len : SUBJECT_MAX;
    PCRE2_SPTR subject = (PCRE2_SPTR)(content.len > 0 ? content.ptr : "");

    return pcre2_match(item->code, subject, len, 0, 0, rules->found, rules->limits) >= 0;
}

bool orch_rules_match(const orch_rules *rules, orch_str content, orch_str *out_reply, orch_str *out_actions)
{
    for (size_t i = 0; i < rules->count; i++) {
        const rule *item = &rules->items[i];

        if (!matches(rules, item, content))
            continue;
        *out_reply = item->reply;
        *out_actions = (orch_str){item->actions, strlen(item->actions)};
        return true;
    }
    return false;
}
