/* How a chat looks on a terminal: names in colours, replies as they stream, the input line below.
 *
 * One reply streams at a time; another one that begins meanwhile is shown whole when it is complete.
 */
#ifndef ORCHD_CHAT_VIEW_H
#define ORCHD_CHAT_VIEW_H

#include <jansson.h>

#include "line_editor.h"

typedef struct orch__chat_view orch__chat_view;

/* `editor` may be NULL (no input line). NULL: no memory. */
orch__chat_view *orch__chat_view_new(orch__line_editor *editor, const char *own_user_id);
void orch__chat_view_free(orch__chat_view *view);
void orch__chat_view_editor(orch__chat_view *view, orch__line_editor *editor);

/* Who an id is: names of users and orchestrators, as they become known. */
void orch__chat_view_name(orch__chat_view *view, const char *id, const char *name);
/* NULL when it is not known. */
const char *orch__chat_view_find(const orch__chat_view *view, const char *id);

/* A whole message, of the history or new. */
void orch__chat_view_message(orch__chat_view *view, json_t *message);
void orch__chat_view_turn_started(orch__chat_view *view, json_t *params);
void orch__chat_view_delta(orch__chat_view *view, json_t *params);
void orch__chat_view_turn_failed(orch__chat_view *view, json_t *params);
/* A line of the program's own. */
void orch__chat_view_note(orch__chat_view *view, const char *format, ...) ORCH_PRINTF(2, 3);

#endif
