/* A checked copy of a workspace's database: what `orchd backup` and `orchd restore` have in common. */
#ifndef ORCHD_DATABASE_COPY_H
#define ORCHD_DATABASE_COPY_H

#include "survey.h"

typedef struct orch__database_copy {
    uint64_t bytes;
    double seconds;
    orch_survey survey;
} orch__database_copy;

/* Copies `from` to `to`, shows the progress, and checks the copy: that it is intact and a workspace that this program knows.
 * On failure `to` is removed and `out_message` is a sentence. */
ORCH_MUST_USE int orch__database_copy_make(orch__database_copy *copy, const char *from, const char *to,
                                           char *out_message, size_t message_size);
/* Renames it, and the new name is on the disk. On failure `from` is removed. */
ORCH_MUST_USE int orch__database_copy_place(const char *from, const char *to, char *out_message,
                                            size_t message_size);

#endif
