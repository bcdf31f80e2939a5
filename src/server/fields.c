#include "fields.h"

#include <stdio.h>
#include <string.h>

#include "input.h"
#include "json.h"
#include "text.h"

#define DIGITS_MAX    18                 /* so that it cannot overflow */
#define SHOWN_MAX     64                 /* bytes of a value that an error repeats */
#define WHOLE_MAX     9007199254740991.0 /* up to here every whole number is exact */
#define CHOICES_WORDS 160

/* ---- words ---- */

static const char *kind_of(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return "a text";
    case JSON_INTEGER:
    case JSON_REAL:
        return "a number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "a boolean";
    default:
        return "null";
    }
}

static int refuse_type(const orch__field *field, const char *shown, const json_t *value, const char *needed,
                       orch_problem *problem)
{
    return orch__input_problem(problem, ORCH_E_INVALID, field->name, "%s is %s; %s is needed", shown,
                               kind_of(value), needed);
}

/* "PUBLIC, PRIVATE" */
static const char *list_choices(const orch__field *field, char out_words[CHOICES_WORDS])
{
    size_t len = 0;

    out_words[0] = '\0';
    for (const char *const *choice = field->choices; *choice && len < CHOICES_WORDS; choice++)
        len += (size_t)snprintf(out_words + len, CHOICES_WORDS - len, "%s%s", len ? ", " : "", *choice);
    return out_words;
}

/* ---- one value; `shown` is its name in an error ---- */

/* At most 4 bytes each. */
static size_t count_characters(orch_str text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++)
        count += (text.ptr[i] & 0xc0) != 0x80;
    return count;
}

static int check_text(const orch__field *field, const char *shown, const json_t *value, orch_problem *problem)
{
    orch_str text = {json_string_value(value), json_string_length(value)};

    if (!json_is_string(value))
        return refuse_type(field, shown, value, "a text", problem);
    if ((int64_t)text.len > field->high)
        return orch__input_problem(problem, ORCH_E_INVALID, field->name,
                                   "%s has %zu bytes; at most %lld are allowed", shown, text.len,
                                   (long long)field->high);
    if ((int64_t)text.len < 4 * field->low && (int64_t)count_characters(text) < field->low)
        return orch__input_problem(problem, ORCH_E_INVALID, field->name,
                                   "%s has %zu characters; at least %lld are needed", shown,
                                   count_characters(text), (long long)field->low);
    return 0;
}

static int check_time(const orch__field *field, const json_t *value, orch_problem *problem)
{
    orch_str text = {json_string_value(value), json_string_length(value)};
    int64_t ms;

    if (!json_is_string(value))
        return refuse_type(field, field->name, value, "a time like 2030-01-31T12:00:00Z", problem);
    if ((int64_t)text.len > field->high || !orch__time_parse(text, &ms))
        return orch__input_problem(problem, ORCH_E_INVALID, field->name,
                                   "%s is \"%.*s\"; a time like 2030-01-31T12:00:00Z is needed", field->name,
                                   (int)(text.len < SHOWN_MAX ? text.len : SHOWN_MAX), text.ptr);
    return 0;
}

static int check_choice(const orch__field *field, const char *shown, const json_t *value,
                        orch_problem *problem)
{
    const char *text = json_string_value(value);
    char words[CHOICES_WORDS];

    for (const char *const *choice = field->choices; text && *choice; choice++) {
        if (strcmp(*choice, text) == 0)
            return 0;
    }
    if (text)
        return orch__input_problem(problem, ORCH_E_INVALID, field->name, "%s is \"%.*s\"; %s are allowed",
                                   shown, SHOWN_MAX, text, list_choices(field, words));
    return orch__input_problem(problem, ORCH_E_INVALID, field->name, "%s is %s; %s are allowed", shown,
                               kind_of(value), list_choices(field, words));
}

static int check_integer(const orch__field *field, const json_t *value, orch_problem *problem)
{
    json_int_t number = json_integer_value(value);

    if (!json_is_integer(value))
        return orch__input_problem(problem, ORCH_E_INVALID, field->name,
                                   "%s is %s; a whole number from %lld to %lld is needed", field->name,
                                   json_is_real(value) ? "a broken number" : kind_of(value),
                                   (long long)field->low, (long long)field->high);
    if (number < field->low || number > field->high)
        return orch__input_problem(problem, ORCH_E_INVALID, field->name,
                                   "%s is %lld; from %lld to %lld is allowed", field->name, (long long)number,
                                   (long long)field->low, (long long)field->high);
    return 0;
}

static int check_number(const orch__field *field, const json_t *value, orch_problem *problem)
{
    double number = json_number_value(value);

    if (!json_is_number(value))
        return orch__input_problem(problem, ORCH_E_INVALID, field->name,
                                   "%s is %s; a number from %lld to %lld is needed", field->name,
                                   kind_of(value), (long long)field->low, (long long)field->high);
    if (number < (double)field->low || number > (double)field->high)
        return orch__input_problem(problem, ORCH_E_INVALID, field->name,
                                   "%s is %g; from %lld to %lld is allowed", field->name, number,
                                   (long long)field->low, (long long)field->high);
    return 0;
}

static int check_size(const orch__field *field, const json_t *value, orch_problem *problem)
{
    size_t size = json_dumpb(value, NULL, 0, JSON_COMPACT);

    if ((int64_t)size > field->high)
        return orch__input_problem(problem, ORCH_E_INVALID, field->name,
                                   "%s has %zu bytes as compact JSON; at most %lld are allowed", field->name,
                                   size, (long long)field->high);
    return 0;
}

static int refuse_count(const orch__field *field, const json_t *value, orch_problem *problem)
{
    return orch__input_problem(problem, ORCH_E_INVALID, field->name,
                               "%s has %zu entries; at most %lld are allowed", field->name,
                               json_array_size(value), (long long)field->high);
}

static int check_texts(const orch__field *field, const json_t *value, orch_problem *problem)
{
    char shown[sizeof(problem->field) + 24];

    if (!json_is_array(value))
        return refuse_type(field, field->name, value, "an array of texts", problem);
    if ((int64_t)json_array_size(value) > field->high)
        return refuse_count(field, value, problem);
    for (size_t i = 0; i < json_array_size(value); i++) {
        snprintf(shown, sizeof(shown), "%s[%zu]", field->name, i);
        if (check_text(field->items, shown, json_array_get(value, i), problem))
            return problem->error;
    }
    return 0;
}

static int check_chosen(const orch__field *field, const json_t *value, orch_problem *problem)
{
    return json_is_array(value) ? check_texts(field, value, problem)
                                : check_choice(field, field->name, value, problem);
}

static int check_value(const orch__field *field, const char *shown, const json_t *value,
                       orch_problem *problem);

/* One object of an array. What is wrong is told with the name of the array, so that a form finds its field. */
static int check_entry(const orch__field *field, const char *shown, const json_t *entry,
                       orch_problem *problem)
{
    char inside[2 * sizeof(problem->field)];

    if (!json_is_object(entry))
        return refuse_type(field, shown, entry, "an object", problem);
    for (size_t i = 0; i < field->items_count; i++) {
        const orch__field *item = &field->items[i];
        const json_t *value = json_object_get(entry, item->name);
        bool absent = !value || json_is_null(value);

        if (absent && item->required)
            return orch__input_problem(problem, ORCH_E_INVALID, field->name, "%s has no %s; one is needed",
                                       shown, item->name);
        snprintf(inside, sizeof(inside), "%s.%s", shown, item->name);
        if (!absent && check_value(item, inside, value, problem)) {
            snprintf(problem->field, sizeof(problem->field), "%s", field->name);
            return problem->error;
        }
    }
    return 0;
}

static int check_objects(const orch__field *field, const json_t *value, orch_problem *problem)
{
    char shown[sizeof(problem->field) + 24];

    if (!json_is_array(value))
        return refuse_type(field, field->name, value, "an array of objects", problem);
    if ((int64_t)json_array_size(value) > field->high)
        return refuse_count(field, value, problem);
    for (size_t i = 0; i < json_array_size(value); i++) {
        snprintf(shown, sizeof(shown), "%s[%zu]", field->name, i);
        if (check_entry(field, shown, json_array_get(value, i), problem))
            return problem->error;
    }
    return 0;
}

static int check_value(const orch__field *field, const char *shown, const json_t *value,
                       orch_problem *problem)
{
    switch (field->type) {
    case ORCH__FIELD_TEXT:
        return check_text(field, shown, value, problem);
    case ORCH__FIELD_TIME:
        return check_time(field, value, problem);
    case ORCH__FIELD_CHOICE:
        return check_choice(field, shown, value, problem);
    case ORCH__FIELD_INTEGER:
        return check_integer(field, value, problem);
    case ORCH__FIELD_NUMBER:
        return check_number(field, value, problem);
    case ORCH__FIELD_BOOLEAN:
        return json_is_boolean(value) ? 0 : refuse_type(field, field->name, value, "true or false", problem);
    case ORCH__FIELD_OBJECT:
        return json_is_object(value) ? check_size(field, value, problem)
                                     : refuse_type(field, field->name, value, "an object", problem);
    case ORCH__FIELD_DOCUMENT:
        return json_is_object(value) || json_is_array(value)
                   ? check_size(field, value, problem)
                   : refuse_type(field, field->name, value, "an object or an array", problem);
    case ORCH__FIELD_TEXTS:
        return check_texts(field, value, problem);
    case ORCH__FIELD_CHOSEN:
        return check_chosen(field, value, problem);
    case ORCH__FIELD_OBJECTS:
        return check_objects(field, value, problem);
    }
    return 0;
}

/* ---- all of them ---- */

/* For JSON, 5.0 is a whole number as 5 is; operations know only one of them. */
static int make_whole(json_t *input, const char *name, orch_problem *problem)
{
    const json_t *value = json_object_get(input, name);
    double number = json_real_value(value);

    if (!json_is_real(value) || number < -WHOLE_MAX || number > WHOLE_MAX ||
        (double)(int64_t)number != number)
        return 0;
    if (json_object_set_new(input, name, json_integer((int64_t)number)))
        return orch__input_problem(problem, ORCH_E_NO_MEMORY, "", "out of memory");
    return 0;
}

static int check_absent(const orch__field *field, const json_t *input, orch_problem *problem)
{
    const json_t *instead = field->instead ? json_object_get(input, field->instead) : NULL;

    if (field->required)
        return orch__input_problem(problem, ORCH_E_INVALID, field->name, "%s is missing", field->name);
    if (field->instead && (!instead || json_is_null(instead)))
        return orch__input_problem(problem, ORCH_E_INVALID, field->name, "%s or %s is needed", field->instead,
                                   field->name);
    return 0;
}

int orch__fields_check(const orch__field *fields, size_t count, json_t *input, orch_problem *problem)
{
    for (size_t i = 0; i < count; i++) {
        const orch__field *field = &fields[i];
        const json_t *value = json_object_get(input, field->name);
        int error = 0;

        if (json_is_null(value))
            (void)json_object_del(input, field->name);
        if (!value || json_is_null(value)) {
            error = check_absent(field, input, problem);
        } else {
            if (field->type == ORCH__FIELD_INTEGER)
                error = make_whole(input, field->name, problem);
            if (!error)
                error = check_value(field, field->name, json_object_get(input, field->name), problem);
        }
        if (error)
            return error;
    }
    return 0;
}

/* ---- from text ---- */

static bool decimal(orch_str text, int64_t *out_value)
{
    int64_t value = 0;

    if (text.len == 0 || text.len > DIGITS_MAX)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        value = value * 10 + (text.ptr[i] - '0');
    }
    *out_value = value;
    return true;
}

const orch__field *orch__fields_find(const orch__field *fields, size_t count, orch_str name)
{
    for (size_t i = 0; i < count; i++) {
        if (orch__text_equal(orch__str(fields[i].name), name))
            return &fields[i];
    }
    return NULL;
}

json_t *orch__field_value(const orch__field *field, orch_str text)
{
    int64_t number;

    if (field->type == ORCH__FIELD_INTEGER && decimal(text, &number))
        return json_integer(number);
    if (field->type == ORCH__FIELD_BOOLEAN && orch__text_equal(text, ORCH_STR("true")))
        return json_true();
    if (field->type == ORCH__FIELD_BOOLEAN && orch__text_equal(text, ORCH_STR("false")))
        return json_false();
    return json_stringn(text.ptr, text.len);
}
