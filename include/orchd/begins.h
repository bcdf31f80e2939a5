/* Whether a text begins with another one, whatever the case of the letters: for names that are looked for while they are typed. */
#ifndef ORCHD_BEGINS_H
#define ORCHD_BEGINS_H

#include "orchd/types.h"

/* By Unicode's full case folding, so that "straße" begins with "STRASS". What is not UTF-8 is equal to itself. On true
 * *out_len, if given, is how many bytes of `text` are that beginning. */
bool orch_begins(orch_str text, orch_str beginning, size_t *out_len);

#endif
