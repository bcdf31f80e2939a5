#include "event.h"

#include "config.h"
#include "registry.h"

unsigned orch__event_fields(orch_event_kind kind)
{
    static const uint16_t fields[ORCH_EV_COUNT] = {
        [ORCH_EV_TICK] = 0,
        [ORCH_EV_CONFIGURE] = ORCH__FIELD_CONFIGURE,
        [ORCH_EV_REGISTER] = ORCH__FIELD_SPEC,
        [ORCH_EV_UNREGISTER] = ORCH__FIELD_DAEMON,
        [ORCH_EV_LOGIN] = ORCH__FIELD_DAEMON,
        [ORCH_EV_LOGOUT] = ORCH__FIELD_DAEMON,
        [ORCH_EV_START] = ORCH__FIELD_DAEMON | ORCH__FIELD_MANAGED,
        [ORCH_EV_STOP] = ORCH__FIELD_DAEMON,
        [ORCH_EV_RESTART] = ORCH__FIELD_DAEMON | ORCH__FIELD_MANAGED,
        [ORCH_EV_STOP_ALL] = 0,
        [ORCH_EV_OPENED] = ORCH__FIELD_DAEMON,
        [ORCH_EV_OPEN_FAILED] = ORCH__FIELD_DAEMON | ORCH__FIELD_ERROR,
        [ORCH_EV_FAILED] = ORCH__FIELD_DAEMON | ORCH__FIELD_ERROR,
        [ORCH_EV_HEARTBEAT] = ORCH__FIELD_DAEMON,
        [ORCH_EV_RESERVE] = ORCH__FIELD_DAEMON,
        [ORCH_EV_RELEASE] = ORCH__FIELD_DAEMON,
        [ORCH_EV_MESSAGE] = ORCH__FIELD_MESSAGE,
        [ORCH_EV_TURN_DONE] = ORCH__FIELD_TURN,
        [ORCH_EV_TURN_ERROR] =
            ORCH__FIELD_TURN | ORCH__FIELD_ERROR | ORCH__FIELD_VERDICT | ORCH__FIELD_RETRY_AFTER,
        [ORCH_EV_TURN_STORED] = ORCH__FIELD_TURN,
        [ORCH_EV_TURN_STORE_FAILED] = ORCH__FIELD_TURN | ORCH__FIELD_ERROR,
        [ORCH_EV_TURN_DISCARDED] = ORCH__FIELD_TURN,
        [ORCH_EV_TURN_ABANDON] = ORCH__FIELD_DAEMON | ORCH__FIELD_TURN | ORCH__FIELD_MESSAGE,
        [ORCH_EV_OFFLINE_SENT] = ORCH__FIELD_DAEMON | ORCH__FIELD_PLACE | ORCH__FIELD_AT,
        [ORCH_EV_TURN_STOP] = ORCH__FIELD_DAEMON | ORCH__FIELD_TURN | ORCH__FIELD_MESSAGE,
    };

    return fields[kind];
}

int orch__event_check(const orch_event *event)
{
    unsigned fields;

    if ((int)event->kind < ORCH_EV_TICK || (int)event->kind >= ORCH_EV_COUNT)
        return ORCH_E_INVALID;
    fields = orch__event_fields(event->kind);
    if (fields & ORCH__FIELD_SPEC)
        return orch__spec_check(event->spec);
    if (fields & ORCH__FIELD_CONFIGURE)
        return event->configure && orch__config_manager_valid(event->configure) ? 0 : ORCH_E_INVALID;
    if ((fields & ORCH__FIELD_ERROR) && event->error >= 0)
        return ORCH_E_INVALID;
    if ((fields & ORCH__FIELD_VERDICT) &&
        ((int)event->verdict < ORCH_VERDICT_RETRY || (int)event->verdict > ORCH_VERDICT_FINAL))
        return ORCH_E_INVALID;
    if (event->kind == ORCH_EV_MESSAGE && event->message.message.v == 0)
        return ORCH_E_INVALID;
    return 0;
}
