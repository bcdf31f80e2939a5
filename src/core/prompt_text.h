/* Building blocks of worded texts. All of them append. */
#ifndef ORCHD_PROMPT_TEXT_H
#define ORCHD_PROMPT_TEXT_H

#include "orchd/prompt.h"

void orch__text_add(orch_text *out, orch_str text);
void orch__text_add_number(orch_text *out, uint32_t number);

/* Without white space of ASCII at both ends. */
orch_str orch__text_trimmed(orch_str text);

/* How many entries are not blank. */
size_t orch__text_list_given(const orch_str_list *list);
/* The entries that are not blank; `last` stands between the last two. */
void orch__text_add_list(orch_text *out, const orch_str_list *list, orch_str between, orch_str last);

/* "Ada, Software Architect at Acme", of what is given; "an orchestrator" when nothing is. */
void orch__text_add_identity(orch_text *out, const orch_charter *charter);
/* "#general", with one '#'. */
void orch__text_add_channel(orch_text *out, orch_str channel);

#endif
