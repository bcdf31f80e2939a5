#include "history_sql.h"

#include "message_rows.h"

#define TIES_MAX 5000 /* reactions, and turns, of a page */

/* ---- which messages: $1 channel or thread, $2 edge, $3 how many, $4 see below ---- */

#define ALL(beyond, order)                                                                                   \
    "SELECT a.id FROM messages a WHERE a.channel_id = $1 AND a.id " beyond " $2 ORDER BY a.id" order         \
    " LIMIT $3"
/* $4: how many are looked at */
#define ROOTS(beyond, order)                                                                                 \
    "SELECT s.id FROM (SELECT a.id, a.parent_id FROM messages a WHERE a.channel_id = $1 AND a.id " beyond    \
    " $2 ORDER BY a.id" order " LIMIT $4) AS s WHERE s.parent_id IS NULL ORDER BY s.id" order " LIMIT $3"
#define THREAD(beyond, order)                                                                                \
    "SELECT u.id FROM (SELECT id FROM (SELECT t.id FROM messages t WHERE t.parent_id = $1 AND t.id " beyond  \
    " $2 ORDER BY t.id" order " LIMIT $3) AS replies UNION ALL SELECT r.id FROM messages r "                 \
    "WHERE r.id = $1 AND r.id " beyond " $2) AS u ORDER BY u.id" order " LIMIT $3"

/* ---- what of them ---- */

#define MESSAGES(ids, further, order)                                                                        \
    "SELECT " ORCH__MESSAGE_COLUMNS " FROM (" ids ") AS page CROSS JOIN messages m "                         \
    "LEFT JOIN orchd_client_ids c ON c.message_id = m.id WHERE m.id = page.id" further                       \
    " ORDER BY m.id" order
/* A thread may be as long as it likes: it is not counted to its end. */
#define REPLIES(ids)                                                                                         \
    "SELECT page.id, (SELECT count(*) FROM (SELECT 1 FROM messages r WHERE r.parent_id = page.id "           \
    "LIMIT " ORCH__TEXT_OF(                                                                                  \
        ORCH_REPLIES_COUNTED_MAX) ") AS counted), (SELECT r.created_at FROM messages r "                     \
                                  "WHERE r.parent_id = page.id ORDER BY r.id DESC LIMIT 1) FROM (" ids       \
                                  ") AS page"
#define REACTIONS(ids)                                                                                       \
    "SELECT e.message_id, e.emoji, e.user_id, MIN(e.id) OVER (PARTITION BY e.message_id, e.emoji) AS first " \
    "FROM (" ids ") AS page CROSS JOIN reactions e WHERE e.message_id = page.id "                            \
    "ORDER BY e.message_id, first, e.id LIMIT " ORCH__TEXT_OF(TIES_MAX)
#define TURNS(ids)                                                                                           \
    "SELECT t.message_id, t.id, t.vp_id, t.state, t.error_code, t.error_message FROM (" ids ") AS page "     \
    "CROSS JOIN orchd_turns t WHERE t.message_id = page.id AND t.state IN (0, 2) "                           \
    "ORDER BY t.message_id, t.id LIMIT " ORCH__TEXT_OF(TIES_MAX)
/* The last one that was looked at, if there were so many. */
#define LOOKED(beyond, order)                                                                                \
    "SELECT a.id FROM messages a WHERE a.channel_id = $1 AND a.id " beyond " $2 ORDER BY a.id" order         \
    " LIMIT 1 OFFSET $3"

#define ORCH__TEXT_OF(number)   ORCH__TEXT_OF_1(number)
#define ORCH__TEXT_OF_1(number) #number

/* A thread is asked about by its own id, so the page has to be of the channel ($4). */
#define PAGE(ids, further, order)                                                                            \
    {                                                                                                        \
        MESSAGES(ids, further, order), REPLIES(ids), REACTIONS(ids), TURNS(ids)                              \
    }
#define PAGE_OF_ROOTS(ids, beyond, order)                                                                    \
    {                                                                                                        \
        MESSAGES(ids, "", order), REPLIES(ids), REACTIONS(ids), TURNS(ids), LOOKED(beyond, order)            \
    }
#define OF_THIS_CHANNEL " AND m.channel_id = $4"

const char *const orch__history_sql[ORCH__HISTORY_KINDS][2][ORCH__HISTORY_PARTS] = {
    [ORCH__HISTORY_ALL] = {PAGE(ALL("<", " DESC"), "", " DESC"), PAGE(ALL(">", ""), "", "")},
    [ORCH__HISTORY_ROOTS] = {PAGE_OF_ROOTS(ROOTS("<", " DESC"), "<", " DESC"),
                             PAGE_OF_ROOTS(ROOTS(">", ""), ">", "")},
    [ORCH__HISTORY_THREAD] = {PAGE(THREAD("<", " DESC"), OF_THIS_CHANNEL, " DESC"),
                              PAGE(THREAD(">", ""), OF_THIS_CHANNEL, "")},
};
