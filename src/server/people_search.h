/* Names, as people look for them while they type. */
#ifndef ORCHD_SERVER_PEOPLE_SEARCH_H
#define ORCHD_SERVER_PEOPLE_SEARCH_H

#include "directory.h"

#define ORCH__NO_MATCH 3

/* How well: 0 where the shown name begins with `query`, 1 where a word of a name does, 2 where the slug or the e-mail address does;
 * ORCH__NO_MATCH. An empty one fits everybody. */
unsigned orch__people_match(const orch_user *user, orch_str query);

/* The bytes of the longest name of theirs that `text` begins with, as a whole word: a name or its first word, the slug, the local part of
 * the e-mail address. 0: none. */
size_t orch__people_named(const orch_user *user, orch_str text);

#endif
