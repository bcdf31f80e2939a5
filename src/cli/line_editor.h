/* One line of input at the bottom of a terminal, while other text appears above it. Knows cursor keys, history, Home and End,
 * Ctrl-A E K U W, and UTF-8. Without a terminal it reads plain lines.
 */
#ifndef ORCHD_LINE_EDITOR_H
#define ORCHD_LINE_EDITOR_H

#include "orchd/types.h"

#define ORCH_LINE_MAX    8192
#define ORCH_HISTORY_MAX 200

typedef struct orch__line_editor orch__line_editor;

/* `line` is called for each finished line, `end` once at the end of input (Ctrl-D, or Ctrl-C). NULL: no memory. */
orch__line_editor *orch__line_editor_new(void (*line)(orch_str text, void *user), void (*end)(void *user),
                                         void *user);
/* Gives the terminal back as it was. */
void orch__line_editor_free(orch__line_editor *editor);

/* What stands before the input. Copied. */
void orch__line_editor_prompt(orch__line_editor *editor, const char *prompt);
/* Bytes from standard input. */
void orch__line_editor_feed(orch__line_editor *editor, const char *bytes, size_t size);
/* Around output: takes the input line away, and puts it back. The output must end at the start of a line. */
void orch__line_editor_hide(orch__line_editor *editor);
void orch__line_editor_show(orch__line_editor *editor);

#endif
