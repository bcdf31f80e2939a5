/* A key or a secret in a file of its own, as service managers and containers hand them over. */
#ifndef ORCHD_KEY_FILE_H
#define ORCHD_KEY_FILE_H

#include "orchd/error.h"
#include "orchd/types.h"

/* Reads a file of text into `out_key`, terminated, without the white space at its end; what is longer than `size` - 1 is cut.
 * ORCH_E_IO with errno, ORCH_E_INVALID: no text. The caller wipes `out_key`. */
ORCH_MUST_USE int orch_key_file_read(const char *path, char *out_key, size_t size);

/* Printable ASCII without spaces, 1 … `max` bytes: what a header can carry. */
bool orch_key_valid(const char *key, size_t max);

#endif
