/* Rows of orchd_turns and orchd_feed, as posting and ending a turn write them. */
#ifndef ORCHD_TURN_ROWS_H
#define ORCHD_TURN_ROWS_H

#include "statements.h"

enum {
    ORCH__TURN_PENDING = 0,
    ORCH__TURN_STATE_ANSWERED = 1,
    ORCH__TURN_STATE_FAILED = 2,
    ORCH__TURN_STATE_SKIPPED = 3,
};

/* A life begins: cursors go on above `newest`, the last one of the lives before, from the time of day in microseconds. So
 * cursors of two databases, or of one before and after it was restored, do not look alike. */
void orch__feed_begin(orch_workspace *workspace, int64_t newest);
/* The entry that marks the beginning; without it a client that saw nothing since must reload after the next start. */
void orch__feed_add_birth(orch_workspace *workspace, orch__statements *statements);
/* Adds a feed entry about a message whose channel is known; returns its cursor. */
int64_t orch__feed_add(orch_workspace *workspace, orch__statements *statements, orch_feed_entry_kind kind,
                       const orch_id *channel_id, const orch_id *message_id, orch_str details);
/* The entry of a failed turn: details {turnId, orchestratorId, error {code, message}} and channel are taken from its row. */
int64_t orch__feed_add_failure(orch_workspace *workspace, orch__statements *statements, int64_t turn,
                               const char *code, const char *message);
/* What was committed: the newest cursor moves on. */
void orch__feed_committed(orch_workspace *workspace, int64_t cursor);

#endif
