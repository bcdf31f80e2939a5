/* A language model with canned answers on a loopback port, in a process of its own, so that nothing of it counts as ours. By the
 * path it speaks OpenAI's or Anthropic's API. The first question is refused (429, to be asked again in 5 ms), the answer to the
 * second is cut in the middle, all further ones get the whole of it.
 */
#ifndef ORCHD_ALLOCATION_CANNED_MODEL_H
#define ORCHD_ALLOCATION_CANNED_MODEL_H

#include <sys/types.h>

/* The pieces fill buffers of parsers in different ways: one is, in its quotes, 16 bytes long. */
#define CANNED_FIRST  "The tide comes in, "
#define CANNED_SECOND "fourteen bytes"
#define CANNED_THIRD  ", and goes out again \xf0\x9f\x8c\x8a."
#define CANNED_ANSWER CANNED_FIRST CANNED_SECOND CANNED_THIRD

typedef struct canned_model {
    pid_t pid;
    int port;
} canned_model;

/* Aborts where it cannot. The process ends with this one. */
void canned_model_start(canned_model *self);
void canned_model_stop(canned_model *self);

#endif
