/* When a connection has waited long enough. One timer for all of them.
 *
 * Each kind of wait has one length, so what began to wait later is due later: a queue for each kind is always in order,
 * and beginning, ending and finding the next one cost a few pointers. The library's own timers are no use for this: on
 * libuv, libwebsockets 4.1 looks at them only after something was received or sent.
 */
#ifndef ORCHD_SERVER_DEADLINE_H
#define ORCHD_SERVER_DEADLINE_H

#include <uv.h>

#include "orchd/types.h"

typedef enum orch__wait {
    ORCH__WAIT_HEAD,  /* for the headers of the first request */
    ORCH__WAIT_IDLE,  /* for those of a further one */
    ORCH__WAIT_BODY,  /* for the rest of a body */
    ORCH__WAIT_READ,  /* until the client has read the answer */
    ORCH__WAIT_QUIET, /* a WebSocket from which nothing comes */
    ORCH__WAIT_PONG,  /* it was asked for a sign of life */
    ORCH__WAIT_PART,  /* for the end of a WebSocket after the close frame */
    ORCH__WAITS_COUNT
} orch__wait;

typedef struct orch__deadline {
    struct orch__deadline *next;
    struct orch__deadline **previous; /* NULL: it does not wait */
    uint64_t due_ms;                  /* of the loop's clock */
    orch__wait wait;
    void (*passed)(struct orch__deadline *deadline);
} orch__deadline;

typedef struct orch__deadline_queue {
    orch__deadline *first;
    orch__deadline **last;
    uint32_t length_ms;
} orch__deadline_queue;

typedef struct orch__deadlines {
    uv_timer_t timer; /* first: its callback casts. The owner closes it, and has its `data` */
    uint64_t timer_ms;
    orch__deadline_queue queues[ORCH__WAITS_COUNT];
} orch__deadlines;

void orch__deadlines_init(orch__deadlines *deadlines, uv_loop_t *loop,
                          const uint32_t lengths_ms[ORCH__WAITS_COUNT]);

/* Ends the present wait, if any, and begins this one. When it has passed, `passed` of the deadline is called from the
 * loop; it may begin and end waits. */
void orch__deadline_begin(orch__deadlines *deadlines, orch__deadline *deadline, orch__wait wait);
void orch__deadline_end(orch__deadlines *deadlines, orch__deadline *deadline);

#endif
