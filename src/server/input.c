#include "input.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "json_text.h"
#include "orchd/assert.h"

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

bool orch__input_given(const json_t *input, const char *name)
{
    return json_object_get(input, name) != NULL;
}

static orch_str text_of(const json_t *value)
{
    ORCH_ASSERT(json_is_string(value));
    return (orch_str){json_string_value(value), json_string_length(value)};
}

orch_str orch__input_text(const json_t *input, const char *name)
{
    const json_t *value = json_object_get(input, name);

    return value ? text_of(value) : ORCH_STR_NONE;
}

int64_t orch__input_integer(const json_t *input, const char *name, int64_t otherwise)
{
    const json_t *value = json_object_get(input, name);

    ORCH_ASSERT(!value || json_is_integer(value));
    return value ? json_integer_value(value) : otherwise;
}

bool orch__input_boolean(const json_t *input, const char *name, bool otherwise)
{
    const json_t *value = json_object_get(input, name);

    ORCH_ASSERT(!value || json_is_boolean(value));
    return value ? json_is_true(value) : otherwise;
}

size_t orch__input_texts(const json_t *input, const char *name, orch_str *out_texts)
{
    const json_t *value = json_object_get(input, name);
    size_t count = json_array_size(value);

    ORCH_ASSERT(!value || json_is_array(value));
    for (size_t i = 0; i < count; i++)
        out_texts[i] = text_of(json_array_get(value, i));
    return count;
}

int orch__input_document(const json_t *input, const char *name, char **out_text, orch_problem *problem)
{
    const json_t *value = json_object_get(input, name);

    *out_text = NULL;
    if (!value)
        return 0;
    if (orch_json_write(value, JSON_COMPACT, out_text) == 0)
        return 0;
    return orch__input_problem(problem, ORCH_E_NO_MEMORY, "", "out of memory");
}
