/* What an event may hold. */
#ifndef ORCHD_EVENT_H
#define ORCHD_EVENT_H

#include "orchd/core.h"

enum orch__event_field {
    ORCH__FIELD_DAEMON = 1 << 0,
    ORCH__FIELD_TURN = 1 << 1,
    ORCH__FIELD_ERROR = 1 << 2,
    ORCH__FIELD_VERDICT = 1 << 3,
    ORCH__FIELD_MANAGED = 1 << 4,
    ORCH__FIELD_RETRY_AFTER = 1 << 5,
    ORCH__FIELD_PLACE = 1 << 6, /* channel, thread */
    ORCH__FIELD_AT = 1 << 7,
    ORCH__FIELD_MESSAGE = 1 << 8,
    ORCH__FIELD_SPEC = 1 << 9,
    ORCH__FIELD_CONFIGURE = 1 << 10,
};

/* The fields that events of this kind use; a known kind. */
unsigned orch__event_fields(orch_event_kind kind);

/* What can be said of an event without looking at the core. 0, ORCH_E_INVALID or ORCH_E_TOO_LARGE. */
int orch__event_check(const orch_event *event);

#endif
