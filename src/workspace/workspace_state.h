/* The workspace from inside: what its files share. */
#ifndef ORCHD_WORKSPACE_STATE_H
#define ORCHD_WORKSPACE_STATE_H

#include "clock.h"
#include "directory_entries.h"
#include "id.h"
#include "text.h"
#include "token_cache.h"
#include "workspace.h"

/* Numbers of turns and cursors are given out here, before the commit. Batches commit in the order of submission, so that
 * what is committed ascends; a batch that fails leaves a gap. */
struct orch_workspace {
    orch_database *database;
    orch_directory *directory;
    orch__ids ids;
    int64_t (*clock)(void *user);
    void *clock_user;
    int64_t turn_last;          /* given out */
    int64_t statistics_last[2]; /* by grain; given out */
    int64_t event_last;         /* of orchd_events; given out */
    int64_t cursor_last;        /* given out */
    int64_t cursor_committed;   /* the newest one that the host knows to be committed */
    int64_t cursor_born;        /* where this life begins; -1: what came then is not kept any more */
    bool feed_is_new;
    orch__token_cache tokens;
    void (*revoked)(const orch_id *token_id, void *user);
    void *revoked_user;
};

static inline int64_t orch__now(const orch_workspace *workspace)
{
    return workspace->clock ? workspace->clock(workspace->clock_user) : orch__clock_now();
}

/* ---- values of statements ---- */

static inline orch_value orch__integer(int64_t number)
{
    return (orch_value){.kind = ORCH_VALUE_INTEGER, .integer = number};
}

static inline orch_value orch__text(orch_str text)
{
    return (orch_value){.kind = ORCH_VALUE_TEXT, .text = text};
}

/* NULL for an empty text. */
static inline orch_value orch__optional(orch_str text)
{
    return (orch_value){.kind = text.len > 0 ? ORCH_VALUE_TEXT : ORCH_VALUE_NULL, .text = text};
}

static inline orch_value orch__id(const orch_id *id)
{
    return orch__text(orch__text_of(id->text));
}

static inline orch_value orch__time(const orch__time_text *time)
{
    return orch__text((orch_str){time->text, ORCH__TIME_LEN});
}

#endif
