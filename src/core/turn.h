/* One answer being produced, from its place in the queue to its end. */
#ifndef ORCHD_TURN_H
#define ORCHD_TURN_H

#include "state.h"

/* Room for one more. ORCH_E_NO_MEMORY. */
ORCH_MUST_USE int orch__turn_reserve(orch_core *core);
/* A reserved one, queued last in the conversation; orch__turn_enqueue() comes next. */
orch__turn *orch__turn_new(orch_core *core, orch__daemon *daemon, uint32_t conversation, uint32_t seen,
                           const orch_event_message *message);
void orch__turn_enqueue(orch_core *core, orch__daemon *daemon, orch__turn *turn);
/* Frees a turn that is the first of its conversation, whatever its state; the message stays seen. */
void orch__turn_free(orch_core *core, orch__turn *turn);

/* Starts queued turns while the daemon runs and has room. */
void orch__turn_dispatch(orch_core *core, orch__daemon *daemon);
/* Running and waiting turns go back to the heads of their queues; running ones are cancelled. */
void orch__turn_withdraw(orch_core *core, orch__daemon *daemon, bool running_too);
/* The timer of a turn ran out. */
void orch__turn_timer(orch_core *core, uint32_t slot);

/* Event handlers. */
int orch__turn_done(orch_core *core, const orch_event *event);
int orch__turn_error(orch_core *core, const orch_event *event);
int orch__turn_stored(orch_core *core, const orch_event *event);
int orch__turn_store_failed(orch_core *core, const orch_event *event);
int orch__turn_discarded(orch_core *core, const orch_event *event);
int orch__turn_abandon(orch_core *core, const orch_event *event);
int orch__turn_stop(orch_core *core, const orch_event *event);

/* ORCH_EV_TURN_DONE and ORCH_EV_TURN_STORED in one, without what they tell of this turn. ORCH_E_NOT_FOUND. */
int orch__turn_done_and_stored(orch_core *core, orch_turn_id id);

#endif
