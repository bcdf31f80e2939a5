/* JSON text to jansson's values and back, also when memory is short.
 *
 * jansson 2.14 does not look whether the buffer of its lexer grew. A byte that found no room is left out: of a text, which then
 * says something else; of its closing quote, after which the lexer reads and writes past its memory; of what ends a number,
 * which ends the program by an assertion. errno tells nothing afterwards, since each number sets it to 0. Its printer leaves out
 * a key of an object for which it had no memory, and there errno is all that tells.
 */
#ifndef ORCHD_JSON_TEXT_H
#define ORCHD_JSON_TEXT_H

#include <jansson.h>

#include "orchd/error.h"
#include "orchd/types.h"

/* `flags` as json_loadb() knows them, without JSON_DISABLE_EOF_CHECK. ORCH_E_INVALID: `out_where`, which may be NULL, tells what
 * is wrong. ORCH_E_NO_MEMORY: the text may be as right as any. */
ORCH_MUST_USE int orch_json_read(orch_str text, size_t flags, json_t **out_value, json_error_t *out_where);

/* Does not take `value`; NULL is ORCH_E_NO_MEMORY, so that what was just made needs no look before. `flags` as json_dumps()
 * knows them. The text is owned: free(). */
ORCH_MUST_USE int orch_json_write(const json_t *value, size_t flags, char **out_text);

#endif
