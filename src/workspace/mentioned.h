/* Whether a message addresses a person. Orchestrators are addressed by the core's rules; a person is only told of it. */
#ifndef ORCHD_MENTIONED_H
#define ORCHD_MENTIONED_H

#include "directory.h"

/* '@' and the user's name, display name, the first word of either, or the e-mail address' local part, as a whole word. ASCII letters
 * in any case, others as they are. */
bool orch__mentions_person(orch_str content, const orch_user *user);

#define ORCH__MENTION_PATTERNS 3
#define ORCH__PATTERN_MAX      256

/* Patterns for LIKE with '\' as its escape, on the content in lower case: whatever mentions the person fits one of them. */
void orch__mention_patterns(const orch_user *user,
                            char out_patterns[ORCH__MENTION_PATTERNS][ORCH__PATTERN_MAX]);

#endif
