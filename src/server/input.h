/* Reads the inputs of an operation by name. Whatever does not fit fills a problem that names the field, the value and
 * what is allowed; the function then returns that problem's error.
 */
#ifndef ORCHD_SERVER_INPUT_H
#define ORCHD_SERVER_INPUT_H

#include <jansson.h>

#include "workspace.h"

typedef enum orch__need { ORCH__OPTIONAL, ORCH__REQUIRED } orch__need;

/* Absent and null leave the output untouched. Text is borrowed from `input`; `size_max` in bytes. */
ORCH_MUST_USE int orch__input_text(const json_t *input, const char *name, orch__need need, size_t size_max,
                                   orch_str *out_text, orch_problem *problem);
/* Also a text of decimal digits, as a query string has them. */
ORCH_MUST_USE int orch__input_integer(const json_t *input, const char *name, int64_t min, int64_t max,
                                      int64_t *out_value, orch_problem *problem);
ORCH_MUST_USE int orch__input_boolean(const json_t *input, const char *name, bool *out_value,
                                      orch_problem *problem);
/* An object as compact JSON. *out_text is owned: free(). NULL when absent. */
ORCH_MUST_USE int orch__input_object(const json_t *input, const char *name, size_t size_max, char **out_text,
                                     orch_problem *problem);
/* An array of texts, at most `max`; *out_count of them, borrowed. */
ORCH_MUST_USE int orch__input_texts(const json_t *input, const char *name, size_t max, orch_str *out_texts,
                                    size_t *out_count, orch_problem *problem);

/* Fills `problem` and returns `error`. */
int orch__input_problem(orch_problem *problem, int error, const char *field, const char *format, ...)
    ORCH_PRINTF(4, 5);

#endif
