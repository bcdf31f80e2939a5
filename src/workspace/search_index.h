/* The index for searches, kept behind the messages: writing one costs nothing, and what was written is indexed in pieces, when somebody
 * searches and in the background after that.
 *
 *     rowids   1 ········ low ══════════ indexed ══════════ high ········ newest
 *                  older pieces ◀──                  ──▶ newer pieces
 *
 *   1. Nobody has searched yet: there is no range, and nothing is indexed.
 *   2. The first search begins the range at the newest message. It grows to newer ones first, then to older ones, so that a search sees the
 *      newest messages whatever has been stored.
 *   3. What is edited or deleted within the range is noted by a trigger, whoever does it, with what the index has of it. Our own edits
 *      and deletions bring the index up to date in their transaction, others' are seen by the next piece.
 *
 * This is SQLite's: FTS5, and the rowid of messages. A database with full-text search of its own needs none of it.
 */
#ifndef ORCHD_SEARCH_INDEX_H
#define ORCHD_SEARCH_INDEX_H

#include "statements.h"

/* Of a migration. */
extern const char *const orch__search_schema[];

/* Adds what brings the index up to date after an edit or a deletion, so that what was deleted is nowhere any more. */
void orch__search_follow(orch__statements *statements);

#endif
