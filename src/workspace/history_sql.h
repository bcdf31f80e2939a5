/* The questions of a page of history.
 *
 * Each finds the ids of the page by itself, in an index, at most a page of them. CROSS JOIN keeps SQLite from turning a join round, which
 * would go through all that was ever stored; tests/unit/history_test.c looks at the plans.
 */
#ifndef ORCHD_HISTORY_SQL_H
#define ORCHD_HISTORY_SQL_H

/* Of which messages. */
typedef enum orch__history_kind {
    ORCH__HISTORY_ALL,    /* $1: a channel */
    ORCH__HISTORY_ROOTS,  /* $1: a channel; those that are no reply, among $4 of its messages */
    ORCH__HISTORY_THREAD, /* $1: a message; it and its replies. MESSAGES: $4 is their channel */
    ORCH__HISTORY_KINDS,
} orch__history_kind;

/* What of them; $2: the edge, exclusive; $3: how many. */
typedef enum orch__history_part {
    ORCH__HISTORY_MESSAGES,
    ORCH__HISTORY_REPLIES,   /* id, how many, when the last one was written */
    ORCH__HISTORY_REACTIONS, /* id, emoji, user; in order of the id, and of the first use of the emoji */
    ORCH__HISTORY_TURNS,     /* id, turn, orchestrator, state, code, words; in order of the id */
    ORCH__HISTORY_LOOKED,    /* only of ROOTS: the message behind $3 others, if there is one */
    ORCH__HISTORY_PARTS,
} orch__history_part;

/* The second index: 0, older than the edge, the newest first; 1, newer. NULL: there is none. */
extern const char *const orch__history_sql[ORCH__HISTORY_KINDS][2][ORCH__HISTORY_PARTS];

#endif
