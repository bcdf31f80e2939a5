#include "input.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int orch__input_problem(orch_problem *problem, int error, const char *field, const char *format, ...)
{
    va_list arguments;

    problem->error = error;
    snprintf(problem->field, sizeof(problem->field), "%s", field);
    va_start(arguments, format);
    vsnprintf(problem->message, sizeof(problem->message), format, arguments);
    va_end(arguments);
    return error;
}

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

static const json_t *find(const json_t *input, const char *name)
{
    const json_t *value = json_object_get(input, name);

    return json_is_null(value) ? NULL : value;
}

int orch__input_text(const json_t *input, const char *name, orch__need need, size_t size_max,
                     orch_str *out_text, orch_problem *problem)
{
    const json_t *value = find(input, name);

    if (!value) {
        if (need == ORCH__REQUIRED)
            return orch__input_problem(problem, ORCH_E_INVALID, name, "%s is missing", name);
        return 0;
    }
    if (!json_is_string(value))
        return orch__input_problem(problem, ORCH_E_INVALID, name, "%s is %s; a text is needed", name,
                                   kind_of(value));
    if (json_string_length(value) > size_max)
        return orch__input_problem(problem, ORCH_E_INVALID, name, "%s has %zu bytes; %zu are allowed", name,
                                   json_string_length(value), size_max);
    *out_text = (orch_str){json_string_value(value), json_string_length(value)};
    return 0;
}

/* At most 18 digits, so that it cannot overflow. */
static bool decimal(const char *text, int64_t *out_value)
{
    size_t len = strlen(text);
    int64_t value = 0;

    if (len == 0 || len > 18)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        value = value * 10 + (text[i] - '0');
    }
    *out_value = value;
    return true;
}

int orch__input_integer(const json_t *input, const char *name, int64_t min, int64_t max, int64_t *out_value,
                        orch_problem *problem)
{
    const json_t *value = find(input, name);
    int64_t number;

    if (!value)
        return 0;
    if (json_is_integer(value))
        number = json_integer_value(value);
    else if (!json_is_string(value) || !decimal(json_string_value(value), &number))
        return orch__input_problem(problem, ORCH_E_INVALID, name,
                                   "%s must be a whole number from %lld to %lld", name, (long long)min,
                                   (long long)max);
    if (number < min || number > max)
        return orch__input_problem(problem, ORCH_E_INVALID, name, "%s is %lld; from %lld to %lld is allowed",
                                   name, (long long)number, (long long)min, (long long)max);
    *out_value = number;
    return 0;
}

int orch__input_boolean(const json_t *input, const char *name, bool *out_value, orch_problem *problem)
{
    const json_t *value = find(input, name);

    if (!value)
        return 0;
    if (!json_is_boolean(value))
        return orch__input_problem(problem, ORCH_E_INVALID, name, "%s is %s; true or false is needed", name,
                                   kind_of(value));
    *out_value = json_is_true(value);
    return 0;
}

int orch__input_object(const json_t *input, const char *name, size_t size_max, char **out_text,
                       orch_problem *problem)
{
    const json_t *value = find(input, name);
    char *text;

    *out_text = NULL;
    if (!value)
        return 0;
    if (!json_is_object(value))
        return orch__input_problem(problem, ORCH_E_INVALID, name, "%s is %s; an object is needed", name,
                                   kind_of(value));
    text = json_dumps(value, JSON_COMPACT);
    if (!text)
        return orch__input_problem(problem, ORCH_E_NO_MEMORY, name, "out of memory");
    if (strlen(text) > size_max) {
        free(text);
        return orch__input_problem(problem, ORCH_E_INVALID, name, "%s is larger than %zu bytes", name,
                                   size_max);
    }
    *out_text = text;
    return 0;
}

int orch__input_texts(const json_t *input, const char *name, size_t max, orch_str *out_texts,
                      size_t *out_count, orch_problem *problem)
{
    const json_t *value = find(input, name), *item;
    size_t index;

    *out_count = 0;
    if (!value)
        return 0;
    if (!json_is_array(value))
        return orch__input_problem(problem, ORCH_E_INVALID, name, "%s is %s; an array of texts is needed",
                                   name, kind_of(value));
    if (json_array_size(value) > max)
        return orch__input_problem(problem, ORCH_E_INVALID, name, "%s has %zu entries; %zu are allowed", name,
                                   json_array_size(value), max);
    json_array_foreach(value, index, item)
    {
        if (!json_is_string(item))
            return orch__input_problem(problem, ORCH_E_INVALID, name, "%s[%zu] is %s; a text is needed", name,
                                       index, kind_of(item));
        out_texts[index] = (orch_str){json_string_value(item), json_string_length(item)};
    }
    *out_count = json_array_size(value);
    return 0;
}
