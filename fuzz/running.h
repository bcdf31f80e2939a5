/* One server for all inputs of a target, in a folder of its own, and what every answer of it must be like. What it was told
 * stays told: a finding may need the inputs before it. */
#ifndef ORCHD_FUZZ_RUNNING_H
#define ORCHD_FUZZ_RUNNING_H

#include "inside.h"

/* Made at the first call, removed when the process ends. */
inside *fuzz_running(void);
/* A new session, where the last one was given up. */
void fuzz_log_in(inside *self);
/* Aborts, telling `what`, unless the text is a JSON value. */
void fuzz_check_json(orch_str text, const char *what);
bool fuzz_valid_utf8(orch_str text);

#endif
