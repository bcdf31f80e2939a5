/* The index behind mention.h: from a phrase to who is called so.
 *
 *     table: hash ──▶ place ──┬─▶ one name of one daemon                  (most names are of one)
 *                             └─▶ key: daemons that share a name, sorted  (a role, a first name)
 *                                 and what is known of longer names that begin with a word of this hash
 *
 * Invariants
 *  1. Every name of a registered daemon has one entry in `table` under its hash: its own place, or a key that lists it.
 *  2. The text of a key is that of its first holder. A key that lists nobody only marks a first word.
 *  3. For each name of several words one key under the hash of its first word counts it in longer_uses, and its
 *     words_max is not below the name's words. At most one key of a hash has longer_uses > 0.
 */
#ifndef ORCHD_MENTION_INDEX_H
#define ORCHD_MENTION_INDEX_H

#include "mention.h"
#include "names.h"
#include "pool.h"
#include "table.h"

/* A daemon and its kinds of name in one number, so that a list is sorted by daemon. */
typedef uint32_t orch__holder;

static inline uint32_t orch__holder_daemon(orch__holder holder)
{
    return holder >> ORCH__NAME_BITS;
}

static inline unsigned orch__holder_kinds(orch__holder holder)
{
    return holder & ((1u << ORCH__NAME_BITS) - 1);
}

typedef struct orch__key {
    orch__holder *items;
    uint32_t count;
    uint32_t capacity;
    uint32_t hash;
    uint32_t longer_uses : 24; /* names of several words whose first word has this hash */
    uint32_t words_max : 8;    /* the longest of them */
} orch__key;

/* What the table holds: the index of a key, or with the highest bit set a daemon and the number of its name. */
#define ORCH__PLACE_SINGLE   0x80000000u
#define ORCH__PLACE_BITS     5
#define ORCH__MENTION_ID_MAX ((1u << (32 - ORCH__NAME_BITS)) - 1)

/* A set of daemons: bits, and a bit for each word of them that is not 0. */
typedef struct orch__daemon_set {
    uint64_t *bits;
    uint64_t *summary;
} orch__daemon_set;

struct orch__mentions {
    orch__memory *memory;
    orch__table table; /* of places */
    orch__pool keys;
    orch__names **names;  /* by daemon */
    uint32_t daemons_max; /* room in `names` and in the sets, a multiple of 4096 */
    uint32_t keywords; /* names of kind KEYWORD: without any, words inside a longer name are not looked at */
    orch__daemon_set addressed; /* empty between calls, as the next */
    orch__daemon_set members;
};

static inline bool orch__mentions_known(const orch__mentions *mentions, uint32_t daemon)
{
    return daemon < mentions->daemons_max && mentions->names[daemon];
}

static inline void orch__daemon_set_add(orch__daemon_set *set, uint32_t daemon)
{
    set->bits[daemon / 64] |= 1ull << daemon % 64;
    set->summary[daemon / 4096] |= 1ull << daemon / 64 % 64;
}

static inline bool orch__daemon_set_has(const orch__daemon_set *set, uint32_t daemon)
{
    return set->bits[daemon / 64] >> daemon % 64 & 1;
}

typedef struct orch__found {
    const orch__holder *items; /* NULL: `single` is the only one */
    orch__holder single;
    uint32_t count; /* 0: nobody is called so */
    uint32_t
        words_max; /* of the longest name that begins with this word, when the phrase is one; 0: none does */
} orch__found;

void orch__mentions_find(const orch__mentions *mentions, const orch__phrase *phrase, orch__found *out_found);

#endif
