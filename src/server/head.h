/* Looks at the beginning of a connection without reading it: is there a whole head of a request, or why can there be none?
 */
#ifndef ORCHD_SERVER_HEAD_H
#define ORCHD_SERVER_HEAD_H

#include "orchd/types.h"

#define ORCH_HEADERS_MAX       8192 /* bytes of a request's head */
#define ORCH_HEADERS_COUNT_MAX 100
#define ORCH_TARGET_MAX        4096 /* path and query */

typedef enum orch__head_verdict {
    ORCH__HEAD_INCOMPLETE,
    ORCH__HEAD_WHOLE,
    ORCH__HEAD_NOT_HTTP,    /* no "METHOD TARGET HTTP/1.x" */
    ORCH__HEAD_TARGET_LONG, /* more than ORCH_TARGET_MAX */
    ORCH__HEAD_LONG,        /* more than ORCH_HEADERS_MAX or ORCH_HEADERS_COUNT_MAX */
} orch__head_verdict;

orch__head_verdict orch__head_judge(orch_str bytes);

#endif
