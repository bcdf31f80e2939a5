/* Reads the inputs of an operation by name. They were checked before it runs (fields.h): what is there has the described type
 * and size. Texts are borrowed from `input`.
 */
#ifndef ORCHD_SERVER_INPUT_H
#define ORCHD_SERVER_INPUT_H

#include <jansson.h>

#include "workspace.h"

/* What an array of an operation has room for; protocol/ says the same. */
#define ORCH__MEMBERS_NAMED_MAX  256
#define ORCH__CHANNELS_NAMED_MAX 64
#define ORCH__USERS_NAMED_MAX    200
#define ORCH__TEXTS_NAMED_MAX    20           /* each is compared with the names of everybody */
#define ORCH__RETURN_MAX         512          /* bytes of a path to come back to */
#define ORCH__CHAT_BYTES_MAX     (512 * 1024) /* of the messages of a chat completion, as compact JSON */

#define ORCH__HISTORY_PAGE_DEFAULT 50 /* protocol/ says the same, as of the next ones */
#define ORCH__SEARCH_PAGE_DEFAULT  20
#define ORCH__BROWSE_PAGE_DEFAULT  100
#define ORCH__BROWSE_PAGE_MAX      500
#define ORCH__EVENTS_PAGE_DEFAULT  50
#define ORCH__USERS_PAGE_DEFAULT   500
#define ORCH__USERS_PAGE_MAX       500
#define ORCH__POINTS_DEFAULT       120

bool orch__input_given(const json_t *input, const char *name);
/* ORCH_STR_NONE when absent; an empty text has a ptr. */
orch_str orch__input_text(const json_t *input, const char *name);
int64_t orch__input_integer(const json_t *input, const char *name, int64_t otherwise);
bool orch__input_boolean(const json_t *input, const char *name, bool otherwise);
/* Returns the number of them. `out_texts` has room for as many as the description allows. */
size_t orch__input_texts(const json_t *input, const char *name, orch_str *out_texts);
/* An object or array as compact JSON. *out_text is owned: free(). NULL when absent. ORCH_E_NO_MEMORY */
ORCH_MUST_USE int orch__input_document(const json_t *input, const char *name, char **out_text,
                                       orch_problem *problem);

/* Fills `problem` and returns `error`. */
int orch__input_problem(orch_problem *problem, int error, const char *field, const char *format, ...)
    ORCH_PRINTF(4, 5);

#endif
