/* A server for the moment, on a thread of its own, so that a command can speak HTTP to a directory that nobody serves. */
#ifndef ORCHD_MOMENTARY_H
#define ORCHD_MOMENTARY_H

#include "data_directory.h"

typedef struct orch__momentary orch__momentary;

/* Takes over the lock of `directory`, which must stay alive. NULL: `out_message` says why. */
orch__momentary *orch__momentary_open(orch__data_directory *directory, char *out_message,
                                      size_t message_size);
const char *orch__momentary_address(const orch__momentary *momentary);
/* Ends it and unlocks the directory. */
void orch__momentary_close(orch__momentary *momentary);

#endif
