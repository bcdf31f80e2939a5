/* What the inputs of an operation may be, and the check that they are.
 *
 * The tables are made of protocol/openapi.yaml and protocol/jsonrpc.yaml. Every input is checked before its operation runs, so
 * that an operation never looks at a field that it must not trust; what a table cannot say (is there such a channel, may this
 * user) is the operation's own business. What is not in the table is not looked at.
 */
#ifndef ORCHD_SERVER_FIELDS_H
#define ORCHD_SERVER_FIELDS_H

#include <jansson.h>

#include "workspace.h"

typedef enum orch__field_type {
    ORCH__FIELD_TEXT,
    ORCH__FIELD_TIME,   /* a text that orch__time_parse reads */
    ORCH__FIELD_CHOICE, /* one of `choices` */
    ORCH__FIELD_INTEGER,
    ORCH__FIELD_NUMBER,
    ORCH__FIELD_BOOLEAN,
    ORCH__FIELD_OBJECT,
    ORCH__FIELD_DOCUMENT, /* an object or an array */
    ORCH__FIELD_TEXTS,    /* an array; each is like `items` */
    ORCH__FIELD_CHOSEN,   /* one of `choices`, or an array as above */
    ORCH__FIELD_OBJECTS,  /* an array; each is an object with the fields `items` */
} orch__field_type;

typedef struct orch__field orch__field;

struct orch__field {
    const char *name;
    orch__field_type type;
    bool required;
    const char *instead; /* NULL, or another field: one of the two is needed */
    int64_t low;         /* text: characters; integer, number: the value */
    int64_t high;        /* text, object, document: bytes; integer, number: the value; texts: entries */
    const orch__field *items;
    const char *const *choices; /* ends with NULL */
    size_t items_count;         /* of objects: their fields */
};

/* Checks `input` (an object) and takes out of it the fields that are null, which are the same as absent ones.
 * ORCH_E_INVALID: `problem` names the field, its value or type, and what is allowed. */
ORCH_MUST_USE int orch__fields_check(const orch__field *fields, size_t count, json_t *input,
                                     orch_problem *problem);

/* NULL: there is no such field. */
const orch__field *orch__fields_find(const orch__field *fields, size_t count, orch_str name);

/* The value of a text from a path or a query: a number where the field is one and the text has nothing but digits, and
 * true or false where it is one of them. NULL: it is not valid UTF-8, or no memory. */
json_t *orch__field_value(const orch__field *field, orch_str text);

#endif
