/* What happened to a daemon, kept over restarts: starts, stops, errors, failed turns, logins, changes of its configuration.
 * No text of a message and no secret is in it. Bounded: the newest ones of each daemon, and of all together.
 */
#ifndef ORCHD_DAEMON_EVENTS_H
#define ORCHD_DAEMON_EVENTS_H

#include "workspace.h"

#define ORCH_EVENTS_OF_A_DAEMON_MAX 500
#define ORCH_EVENTS_MAX             100000
#define ORCH_EVENTS_A_BATCH         256
#define ORCH_EVENTS_PAGE_MAX        200
#define ORCH_EVENT_TEXT_MAX         512

typedef struct orch_daemon_event {
    int64_t id; /* ascending; of one to be stored: not read */
    int64_t at_ms;
    orch_orchestrator *orchestrator;
    orch_str kind;    /* "started", … */
    orch_str message; /* for a person */
    orch_str details; /* JSON object; empty: none */
} orch_daemon_event;

/* Stores up to ORCH_EVENTS_A_BATCH. `done` may be NULL. */
typedef void (*orch_events_stored_fn)(const orch_problem *problem, void *user);
ORCH_MUST_USE int orch_workspace_store_events(orch_workspace *workspace, const orch_daemon_event *events,
                                              size_t count, orch_events_stored_fn done, void *user);

typedef struct orch_daemon_events {
    const orch_daemon_event *items; /* newest first */
    size_t count;
    bool more;
} orch_daemon_events;
typedef void (*orch_daemon_events_fn)(const orch_problem *problem, const orch_daemon_events *events,
                                      void *user);
/* Those before the id `before` (0: the newest), at most `limit`, 1 … ORCH_EVENTS_PAGE_MAX. */
ORCH_MUST_USE int orch_workspace_events(orch_workspace *workspace, orch_orchestrator *orchestrator,
                                        int64_t before, uint32_t limit, orch_daemon_events_fn done,
                                        void *user);

#endif
