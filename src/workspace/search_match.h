/* What somebody looks for, as the text that FTS5 matches (https://www.sqlite.org/fts5.html#full_text_query_syntax). */
#ifndef ORCHD_SEARCH_MATCH_H
#define ORCHD_SEARCH_MATCH_H

#include "workspace.h"

#define ORCH__MATCH_MAX 1024

/* Each word as a quoted string, so that nothing in it is syntax; all of them are wanted, and the last one may be the beginning of a word,
 * unless white space follows it. Words without a letter or digit are left out. ORCH_E_INVALID: nothing is left, or too many words; `problem` says which. */
ORCH_MUST_USE int orch__search_match(orch_str query, char out_match[ORCH__MATCH_MAX], orch_problem *problem);

#endif
