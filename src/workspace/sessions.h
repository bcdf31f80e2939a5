/* Where and when a session was begun, and when it was last used: beside Neolith's table of sessions. */
#ifndef ORCHD_SESSIONS_H
#define ORCHD_SESSIONS_H

#include "statements.h"

#define ORCH__SESSION_WORDS_MAX 120 /* bytes that are kept of client and address */

/* The sessions of a user that have expired by `now` go: whoever logs in again and again leaves no heap of them. */
void orch__add_session_ends(orch__statements *statements, const orch_id *user_id, const orch__time_text *now);
void orch__add_session_place(orch__statements *statements, const orch_id *session_id,
                             const orch_token_new *token_new, const orch__time_text *now);

/* It is used now; `used_ms` is what the database says of the last time. Written once in some minutes, not waited for. */
void orch__session_used(orch_workspace *workspace, const orch_id *session_id, int64_t used_ms);

#endif
