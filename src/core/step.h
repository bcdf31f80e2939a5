/* Steps for a host in the same library that makes one kind of event all the time: orch_step() without finding out which it is. */
#ifndef ORCHD_STEP_H
#define ORCHD_STEP_H

#include "state.h"

/* ORCH_EV_MESSAGE. */
int orch__step_message(orch_core *core, const orch_event_message *message, int64_t now_ms,
                       orch_effects *out_effects);

/* ORCH_EV_TURN_DONE and ORCH_EV_TURN_STORED in one, for a host to which "told" is "stored": there is no ORCH_FX_TURN_REPLY. Nor are
 * there MESSAGE_SEND and MESSAGE_PROCESSED of this turn: where it returns 0, the host tells them before it carries out the effects. */
int orch__step_answered(orch_core *core, orch_turn_id turn, int64_t now_ms, orch_effects *out_effects);

#endif
