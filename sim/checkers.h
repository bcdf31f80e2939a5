/* What must hold. Each checker has a name; the first failure of a run ends it. */
#ifndef SIM_CHECKERS_H
#define SIM_CHECKERS_H

#include "world.h"

/* Remembers the first failure. */
ORCH_PRINTF(3, 4) void sim_fail(sim_world *world, const char *checker, const char *format, ...);
bool sim_failed(const sim_world *world);

/* ---- record.c ---- */

void sim_record_init(sim_record *record);
void sim_record_fini(sim_record *record);
void sim_record_reset(sim_world *world);
/* A new life of the host, with an empty core. */
void sim_record_life(sim_world *world);
sim_case *sim_case_of(sim_world *world, uint32_t row);
void sim_case_enter(sim_world *world, uint32_t row);
void sim_case_leave(sim_world *world, uint32_t row);
/* The core has ended it and must still know that. */
bool sim_case_remembered(sim_world *world, uint32_t row);
/* The row of the core's turn; 0: none has this id now. */
uint32_t sim_case_by_turn(sim_world *world, uint64_t turn);
bool sim_same_conversation(const sim_world *world, uint32_t row, uint32_t other);
/* Conversations of the daemon in which a turn runs, waits for its retry or is being stored. */
uint32_t sim_active(sim_world *world, uint32_t daemon);
uint32_t sim_queued(sim_world *world, uint32_t daemon);

/* ---- check_step.c: the door to the others ---- */

void sim_check_before(sim_world *world, const orch_event *event);
void sim_check_step(sim_world *world, int32_t result, const orch_effects *effects);

/* ---- check_messages.c: reservations, routing, what the store commits ---- */

void sim_check_reserve(sim_world *world, const orch_effects *effects);
void sim_check_message(sim_world *world, const orch_effects *effects);
void sim_check_route(sim_world *world, const orch_incoming *incoming, const sim_text *text, sim_mask members,
                     sim_mask addressed);
void sim_check_commit(sim_world *world, const sim_op *op);

/* ---- check_turns.c: the life of a turn ---- */

void sim_check_turn_event(sim_world *world, const orch_effects *effects);
void sim_check_turn_effect(sim_world *world, const orch_effect *effect);
/* Turns that went back to the queue without an effect, because their daemon does not run any more. */
void sim_check_turns_requeued(sim_world *world);
void sim_check_turns_settled(sim_world *world);

/* ---- check_daemons.c: the life of a daemon ---- */

void sim_check_daemon_event(sim_world *world);
void sim_check_daemon_effect(sim_world *world, const orch_effect *effect);
void sim_check_daemon_gone(sim_world *world); /* after ORCH_EV_UNREGISTER */
void sim_check_daemons_settled(sim_world *world);
bool sim_view_open(const sim_daemon_view *view, int64_t now_ms); /* within its work hours */

/* ---- check_end.c ---- */

/* Everything that was accepted has ended? */
bool sim_all_ended(sim_world *world);
void sim_check_unfinished(sim_world *world); /* it should have by now */
void sim_check_closed(sim_world *world);     /* all daemons were stopped */

/* ---- soak.c ---- */

/* The last thing that happens to a core: it bypasses the host and the other checkers. */
void sim_check_soak(sim_world *world);

/* ---- replay.c ---- */

void sim_log_event(sim_world *world, const orch_event *event, int64_t now_ms);
void sim_log_effects(sim_world *world, int32_t result, const orch_effects *effects);
/* Before the core is freed: the same events on a new core give the same effects and the same state. */
void sim_check_replay(sim_world *world);

#endif
