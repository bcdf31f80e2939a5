/* What the manager does for its daemons: restarts, health checks, logins, its own configuration. */
#ifndef ORCHD_MANAGER_H
#define ORCHD_MANAGER_H

#include "state.h"

/* Health checks begin, for a managed daemon, and go on until it is stopped. */
void orch__manager_watch(orch_core *core, orch__daemon *daemon);
void orch__manager_unwatch(orch_core *core, orch__daemon *daemon);
void orch__manager_health_timer(orch_core *core, orch__daemon *daemon);

/* The daemon is in error now: plans a restart, or gives up. */
void orch__manager_failed(orch_core *core, orch__daemon *daemon);
/* The backoff is over. */
void orch__manager_restart(orch_core *core, orch__daemon *daemon);
/* Restarts in a row, as of now: 0 after it has run long enough. */
uint32_t orch__manager_restarts(const orch_core *core, const orch__daemon *daemon, int64_t now_ms);

/* Carries out the stop that ORCH_EV_STOP_ALL asked of this daemon, if any. */
void orch__manager_settle(orch_core *core, orch__daemon *daemon);
/* Further stops of ORCH_EV_STOP_ALL, as many as one step bears. */
void orch__manager_stop_more(orch_core *core);

/* Event handlers. */
int orch__manager_on_login(orch_core *core, const orch_event *event);
int orch__manager_on_stop_all(orch_core *core, const orch_event *event);
int orch__manager_on_configure(orch_core *core, const orch_event *event);

#endif
