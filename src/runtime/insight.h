/* What the control room asks of the runtime beside how daemons are: figures over time, what happened, conversations. */
#ifndef ORCHD_INSIGHT_H
#define ORCHD_INSIGHT_H

#include "conversations.h"
#include "daemon_events.h"
#include "runtime.h"
#include "statistics.h"

/* ---- figures over time: what is stored, and the minute under way ---- */

/* `points` as many as were asked for; NULL with a problem. Borrowed. */
typedef void (*orch_runtime_points_fn)(const orch_problem *problem, const orch_points_asked *asked,
                                       const orch_sums *points, void *user);
ORCH_MUST_USE int orch_runtime_points(orch_runtime *runtime, const orch_points_asked *asked,
                                      orch_runtime_points_fn done, void *user);

/* ---- what happened to a daemon (read by orch_workspace_events) ---- */

/* `kind` is static; `message` is for a person; `details`: the fields of a JSON object, or NULL. Stored within a second; not
 * waited for. No text of a message and no secret may be in it. */
void orch_runtime_note(orch_runtime *runtime, orch_orchestrator *orchestrator, const char *kind,
                       const char *message, const char *details);

/* ---- conversations ---- */

#define ORCH_LIVE_CONVERSATIONS_MAX 400

typedef struct orch_live_conversation {
    orch_channel *channel;
    orch_id parent_id; /* of a thread; empty: the channel itself */
    uint32_t running;
    uint32_t queued;
    uint64_t answered; /* lately: conversations.h */
    int64_t last_answered_ms;
} orch_live_conversation;

typedef void (*orch_live_conversations_fn)(const orch_problem *problem, const orch_live_conversation *items,
                                           size_t count, void *user);
/* Those with work first, then those that were answered last. */
ORCH_MUST_USE int orch_runtime_conversations(orch_runtime *runtime, orch_orchestrator *orchestrator,
                                             orch_live_conversations_fn done, void *user);

#endif
