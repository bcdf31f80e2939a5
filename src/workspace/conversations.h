/* In which conversations an orchestrator answered lately. */
#ifndef ORCHD_CONVERSATIONS_H
#define ORCHD_CONVERSATIONS_H

#include "workspace.h"

/* Only the newest turns of the workspace are looked at: there is no index by orchestrator, since each one costs at every
 * message. */
#define ORCH_CONVERSATIONS_TURNS 20000
#define ORCH_CONVERSATIONS_MAX   200

typedef struct orch_conversation {
    orch_channel *channel;
    orch_id parent_id; /* of a thread; empty: the channel itself */
    uint64_t answered; /* among those turns */
    int64_t last_answered_ms;
} orch_conversation;

typedef void (*orch_conversations_fn)(const orch_problem *problem, const orch_conversation *items,
                                      size_t count, void *user);
/* The one that was answered last comes first; at most ORCH_CONVERSATIONS_MAX. */
ORCH_MUST_USE int orch_workspace_conversations(orch_workspace *workspace,
                                               const orch_orchestrator *orchestrator,
                                               orch_conversations_fn done, void *user);

#endif
