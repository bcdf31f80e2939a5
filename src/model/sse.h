/* Server-sent events, read incrementally: WHATWG HTML Living Standard, "9.2.6 Interpreting an event stream". */
#ifndef ORCHD_SSE_H
#define ORCHD_SSE_H

#include "buffer.h"

#define ORCH__SSE_LINE_MAX  (1024u * 1024)     /* bytes of one line */
#define ORCH__SSE_EVENT_MAX (4u * 1024 * 1024) /* bytes of one event's data */
#define ORCH__SSE_NAME_MAX  64                 /* longer names are cut: no API has one */

typedef struct orch__sse {
    orch__buffer line; /* the line that has not ended yet */
    orch__buffer data; /* of the event that has not ended yet */
    char name[ORCH__SSE_NAME_MAX];
    size_t name_len;
    bool data_given;
    bool after_cr; /* the last byte was a CR: a LF that follows belongs to it */
    bool begun;    /* the first line was seen: no byte order mark any more */
} orch__sse;

/* `name` is empty where the event gave none. Both are borrowed for the call. */
typedef void (*orch__sse_fn)(orch_str name, orch_str data, void *user);

/* A zeroed orch__sse is ready. Any split of the bytes. An event that the stream's end cuts off is not delivered, as the
 * standard says. ORCH_E_TOO_LARGE: a line or an event passed its limit; ORCH_E_NO_MEMORY. Not usable after either. */
ORCH_MUST_USE int orch__sse_feed(orch__sse *sse, const char *bytes, size_t size, orch__sse_fn event,
                                 void *user);
void orch__sse_fini(orch__sse *sse);

#endif
