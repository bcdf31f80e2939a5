#include "turn_rows.h"

#include "json_text.h"

#include <stdio.h>
#include <stdlib.h>

static const char sql_feed[] =
    "INSERT INTO orchd_feed (cursor, kind, channel_id, message_id, details) VALUES ($1, $2, $3, $4, $5)";

/* The orchestrator's id needs no quoting: ids are letters, digits and '-'. */
static const char sql_feed_failure[] =
    "INSERT INTO orchd_feed (cursor, kind, channel_id, message_id, details) "
    "SELECT $1, $2, channel_id, message_id, $3 || vp_id || $4 FROM orchd_turns WHERE id = $5";

#define KIND_BIRTH       0
#define CURSOR_ZERO      0                  /* everything since the database was made, while that is kept */
#define CURSOR_FIRST_MAX ((int64_t)1 << 52) /* JavaScript counts to 2^53 */

void orch__feed_begin(orch_workspace *workspace, int64_t newest)
{
    int64_t now_us = orch__now(workspace) * 1000;

    if (now_us > CURSOR_FIRST_MAX)
        now_us = CURSOR_FIRST_MAX;
    workspace->cursor_last = now_us > newest ? now_us : newest + 1;
    workspace->cursor_committed = workspace->cursor_born = workspace->cursor_last;
    workspace->feed_is_new = newest == 0;
}

static void add_birth(orch__statements *statements, int64_t cursor)
{
    ORCH__ADD(statements, sql_feed, orch__integer(cursor), orch__integer(KIND_BIRTH),
              orch__text(ORCH_STR("")), orch__text(ORCH_STR("")), orch__optional(ORCH_STR_NONE));
}

void orch__feed_add_birth(orch_workspace *workspace, orch__statements *statements)
{
    if (workspace->feed_is_new)
        add_birth(statements, CURSOR_ZERO);
    add_birth(statements, workspace->cursor_born);
}

int64_t orch__feed_add(orch_workspace *workspace, orch__statements *statements, orch_feed_entry_kind kind,
                       const orch_id *channel_id, const orch_id *message_id, orch_str details)
{
    int64_t cursor = ++workspace->cursor_last;

    ORCH__ADD(statements, sql_feed, orch__integer(cursor), orch__integer(kind), orch__id(channel_id),
              orch__id(message_id), orch__optional(details));
    return cursor;
}

int64_t orch__feed_add_failure(orch_workspace *workspace, orch__statements *statements, int64_t turn,
                               const char *code, const char *message)
{
    int64_t cursor = ++workspace->cursor_last;
    char head[80];
    json_t *error = json_pack("{s:s, s:s}", "code", code, "message", message);
    char *words = NULL;
    char *tail = NULL;
    int len = -1;

    if (orch_json_write(error, JSON_COMPACT, &words) == 0)
        len = asprintf(&tail, "\",\"error\":%s}", words);
    snprintf(head, sizeof head, "{\"turnId\":%lld,\"orchestratorId\":\"", (long long)turn);
    if (len < 0)
        statements->error = ORCH_E_NO_MEMORY;
    else
        ORCH__ADD(statements, sql_feed_failure, orch__integer(cursor), orch__integer(ORCH_FEED_TURN_FAILED),
                  orch__text(orch__text_of(head)), orch__text((orch_str){tail, (size_t)len}),
                  orch__integer(turn));
    free(words);
    json_decref(error);
    if (len >= 0)
        free(tail);
    return cursor;
}

void orch__feed_committed(orch_workspace *workspace, int64_t cursor)
{
    if (cursor > workspace->cursor_committed)
        workspace->cursor_committed = cursor;
}
