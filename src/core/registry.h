/* Which orchestrators are known. */
#ifndef ORCHD_REGISTRY_H
#define ORCHD_REGISTRY_H

#include "state.h"

/* What can be said of a spec without looking at the core. 0, ORCH_E_INVALID or ORCH_E_TOO_LARGE. */
int orch__spec_check(const orch_daemon_spec *spec);

/* Event handlers. */
int orch__registry_on_register(orch_core *core, const orch_event *event);
int orch__registry_on_unregister(orch_core *core, const orch_event *event);
int orch__registry_on_offline_sent(orch_core *core, const orch_event *event);

#endif
