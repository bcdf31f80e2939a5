/* What somebody says: on a terminal in lines of whole words, also while it streams in; elsewhere as it is. */
#ifndef ORCHD_CHAT_TEXT_H
#define ORCHD_CHAT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#define ORCH__CHAT_WORD_MAX 256 /* bytes; what is longer is put out in parts */

typedef struct orch__chat_text {
    unsigned column; /* where the terminal's cursor is */
    unsigned spaces; /* before the next word; none at the end of a line */
    bool indented;   /* something stands on this line */
    size_t len;
    char word[ORCH__CHAT_WORD_MAX]; /* the next piece may go on with it */
} orch__chat_text;

/* `column`: behind the name of who says it. */
void orch__chat_text_begin(orch__chat_text *text, unsigned column);
/* Control characters of a message do not steer the terminal: they are left out. */
void orch__chat_text_put(orch__chat_text *text, const char *piece);
/* Nothing follows: puts out the last word. The line is not ended. */
void orch__chat_text_end(orch__chat_text *text);

#endif
