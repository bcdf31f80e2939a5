/* The simulated clock: what will happen, ordered by time, then by the order in which it was planned.
 *
 * What belongs to one life of the host carries that life's number and is void in the next one.
 */
#ifndef SIM_AGENDA_H
#define SIM_AGENDA_H

#include <stddef.h>
#include <stdint.h>

typedef enum sim_item_kind {
    /* The network and the people on it; the host may be down. */
    SIM_POST_TRY = 1, /* post: the client sends it */
    SIM_POST_ARRIVES, /* post, try */
    SIM_POST_ANSWER,  /* post, error + (try << 32) */
    SIM_POST_TIMEOUT, /* post, try */
    SIM_DELETE,       /* a person deletes a message */
    SIM_OPERATE,      /* a person starts, stops, logs in, … */
    SIM_FAULT_TOGGLE, /* fault: begins or ends */
    SIM_BOOT,         /* the host starts */
    SIM_SETTLE,       /* no further faults */
    SIM_CLOSING,      /* life: everything has ended and was stopped */
    /* The host's own, void after a crash. */
    SIM_TICK,         /* serial */
    SIM_STRAY_TICK,   /* a tick that nobody needed */
    SIM_MODEL_RESULT, /* row, serial */
    SIM_MODEL_LATE,   /* row, turn: the result of an attempt that was cancelled */
    SIM_MODEL_TWICE,  /* row, turn: the result comes again */
    SIM_REPLY,        /* row, turn: carry out ORCH_FX_TURN_REPLY */
    SIM_STORE_COMMIT, /* the head of the store's line */
    SIM_STORE_DONE,   /* op: its completion reaches the host */
    SIM_END_AGAIN,    /* row: store a failure that the core does not know of */
    SIM_OPENED,       /* daemon, registration */
    SIM_HEARTBEAT,    /* daemon, registration */
    SIM_DAEMON_FAULT, /* daemon: the host sees a fault of it */
    SIM_DUPLICATE,    /* row: the message is delivered again */
    SIM_AGAIN,        /* slot: an event that found no memory */
    SIM_EXIT,         /* an orderly end of the host */
} sim_item_kind;

typedef struct sim_item {
    int64_t at_ms;
    uint64_t order;
    uint64_t b;
    uint32_t life; /* 0: of no life in particular */
    uint32_t a;
    sim_item_kind kind;
} sim_item;

#define SIM_AGENDA_MAX 65536

typedef struct sim_agenda {
    sim_item *heap;
    size_t count;
    uint64_t order;
} sim_agenda;

void sim_agenda_init(sim_agenda *agenda);
void sim_agenda_fini(sim_agenda *agenda);
void sim_agenda_clear(sim_agenda *agenda);
/* Takes out what belongs to this life. */
void sim_agenda_forget(sim_agenda *agenda, uint32_t life);
/* `item->order` is set here. Aborts when the agenda is full: a run that plans so much is a defect of the simulator. */
void sim_agenda_add(sim_agenda *agenda, sim_item item);
/* Takes the next item. The agenda must not be empty. */
sim_item sim_agenda_take(sim_agenda *agenda);

#endif
