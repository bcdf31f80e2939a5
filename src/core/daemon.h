/* A daemon's life, as core.h draws it. */
#ifndef ORCHD_DAEMON_H
#define ORCHD_DAEMON_H

#include "state.h"

/* From stopped or in error: opens. `restarting`: it is the manager that does it, after an error. */
void orch__daemon_open(orch_core *core, orch__daemon *daemon, bool restarting);
/* Any status. */
void orch__daemon_stop(orch_core *core, orch__daemon *daemon);
/* A start that somebody asked for. ORCH_E_ALREADY_RUNNING. */
int orch__daemon_start(orch_core *core, orch__daemon *daemon, bool managed);
/* While initializing or running: puts it in error. While stopping: the stop ends at once. Else nothing. */
void orch__daemon_fail(orch_core *core, orch__daemon *daemon, int32_t error);
/* A stop may be over now. */
void orch__daemon_turn_ended(orch_core *core, orch__daemon *daemon);
/* An update of its registration may have changed the interval. */
void orch__daemon_rearm_heartbeat(orch_core *core, orch__daemon *daemon);

void orch__daemon_phase_timer(orch_core *core, orch__daemon *daemon);
void orch__daemon_heartbeat_timer(orch_core *core, orch__daemon *daemon);

/* Event handlers: `daemon` is registered and has no stop outstanding. */
int orch__daemon_on_start(orch_core *core, orch__daemon *daemon, const orch_event *event);
int orch__daemon_on_stop(orch_core *core, orch__daemon *daemon, const orch_event *event);
int orch__daemon_on_restart(orch_core *core, orch__daemon *daemon, const orch_event *event);
int orch__daemon_on_opened(orch_core *core, orch__daemon *daemon, const orch_event *event);
int orch__daemon_on_open_failed(orch_core *core, orch__daemon *daemon, const orch_event *event);
int orch__daemon_on_failed(orch_core *core, orch__daemon *daemon, const orch_event *event);
int orch__daemon_on_heartbeat(orch_core *core, orch__daemon *daemon, const orch_event *event);

#endif
