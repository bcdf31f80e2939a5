/* What an answer's headers say about trying again: x-should-retry, retry-after-ms, retry-after (RFC 9110, 10.2.3:
 * seconds or a date). */
#ifndef ORCHD_RETRY_HINT_H
#define ORCHD_RETRY_HINT_H

#include "orchd/types.h"

/* A server may ask for more; the wait is cut here, so that a turn is not parked for an hour. */
#define ORCH__RETRY_AFTER_MAX_MS 120000u

typedef enum orch__retry_word { ORCH__RETRY_UNSAID, ORCH__RETRY_YES, ORCH__RETRY_NO } orch__retry_word;

typedef struct orch__retry_hint {
    orch__retry_word word;
    uint32_t after_ms;    /* retry-after-ms, or retry-after in seconds; 0: none */
    bool exact;           /* after_ms is from retry-after-ms, which wins */
    int64_t after_date_s; /* retry-after as a date, seconds since 1970; 0: none */
    int64_t date_s;       /* the server's own Date header; 0: none */
} orch__retry_hint;

void orch__retry_hint_header(orch__retry_hint *hint, orch_str name, orch_str value);
/* The pause that is asked for, capped; 0: no hint. A date counts from the server's own Date, else from the clock. */
uint32_t orch__retry_hint_ms(const orch__retry_hint *hint);

/* "Sun, 06 Nov 1994 08:49:37 GMT" (IMF-fixdate) as seconds since 1970; 0 for anything else. */
int64_t orch__http_date(orch_str text);

#endif
