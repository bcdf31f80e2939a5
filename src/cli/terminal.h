/* What a terminal can do. */
#ifndef ORCHD_TERMINAL_H
#define ORCHD_TERMINAL_H

#include "orchd/types.h"

typedef enum orch__style {
    ORCH__STYLE_BOLD,
    ORCH__STYLE_DIM,
    ORCH__STYLE_RED,
    ORCH__STYLE_GREEN,
    ORCH__STYLE_YELLOW,
    ORCH__STYLE_BLUE,
    ORCH__STYLE_MAGENTA,
    ORCH__STYLE_CYAN,
    ORCH__STYLE_PLAIN, /* ends any of them */
} orch__style;

/* Standard output is a terminal. */
bool orch__terminal(void);
/* It is one that shows colours, and NO_COLOR is not set. */
bool orch__terminal_colours(void);
/* The escape sequence, or "" where there are no colours. Static. */
const char *orch__style_text(orch__style style);
/* Columns and rows; 80 and 24 where they are unknown. */
void orch__terminal_size(unsigned *out_columns, unsigned *out_rows);
/* Columns that the text takes (East Asian wide characters two, combining marks none). */
unsigned orch__text_width(orch_str text);
/* The width for printf's "%-*s" with which the text fills `columns`: that one counts bytes. */
int orch__text_pad(const char *text, unsigned columns);
/* Bytes of the longest prefix that fits in `columns`. */
size_t orch__text_fit(orch_str text, unsigned columns);

#endif
