/* Messages on their way in: reservations, and the turn that a message becomes. */
#ifndef ORCHD_MESSAGE_H
#define ORCHD_MESSAGE_H

#include "state.h"

/* Event handlers. */
int orch__message_on_reserve(orch_core *core, const orch_event *event);
int orch__message_on_release(orch_core *core, const orch_event *event);
int orch__message_on_message(orch_core *core, const orch_event *event);
/* The same, without an event around it. */
int orch__message_take(orch_core *core, const orch_event_message *message);

#endif
