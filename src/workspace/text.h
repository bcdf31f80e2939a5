/* Checks of text that comes from outside, and the words for what is wrong with it. */
#ifndef ORCHD_TEXT_H
#define ORCHD_TEXT_H

#include "workspace.h"

/* Fills `problem` (may be NULL) and returns `error`. */
int orch__problem(orch_problem *problem, int error, const char *field, const char *format, ...)
    ORCH_PRINTF(4, 5);

/* Well-formed UTF-8 without U+0000 (which PostgreSQL cannot keep). */
bool orch__text_valid(orch_str text);
/* Nothing but white space (Unicode's) and characters of no width. */
bool orch__text_blank(orch_str text);
bool orch__text_equal(orch_str left, orch_str right);
orch_str orch__text_of(const char *terminated); /* NULL gives ORCH_STR_NONE */

/* A name or title on one line: 1 … `max` bytes, valid, not blank, no control characters. */
ORCH_MUST_USE int orch__check_name(orch_problem *problem, const char *field, orch_str name, size_t max);
ORCH_MUST_USE int orch__check_email(orch_problem *problem, orch_str email);

/* ASCII in lower case; what does not fit is cut. */
void orch__text_lower(orch_str text, char *out, size_t size);

#define ORCH__SLUG_MAX 64
/* "Ann Smith!" → "ann-smith"; letters beyond ASCII stay. "x" where nothing is left. */
void orch__slug(orch_str name, char out_slug[ORCH__SLUG_MAX]);
/* "ann-smith", 2 → "ann-smith-2" */
void orch__slug_numbered(const char *slug, unsigned number, char out_slug[ORCH__SLUG_MAX]);

#endif
