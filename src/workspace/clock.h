/* Times as the database keeps them: UTC, "YYYY-MM-DD HH:MM:SS.mmm", which sorts as text and which PostgreSQL reads as a
 * TIMESTAMP(3). */
#ifndef ORCHD_CLOCK_H
#define ORCHD_CLOCK_H

#include "orchd/types.h"

#define ORCH__TIME_LEN 23

typedef struct orch__time_text {
    char text[ORCH__TIME_LEN + 1];
} orch__time_text;

/* Times before 1970 and after 9999 are written as those limits. */
void orch__time_write(int64_t ms, orch__time_text *out_text);

/* Reads it back, also with fewer or no digits behind the point and with a 'T' in the middle. 0 for what is no time. */
int64_t orch__time_read(orch_str text);

/* The real clock, in milliseconds since 1970. */
int64_t orch__clock_now(void);

#endif
