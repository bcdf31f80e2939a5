/* How an orchestrator can be called: its names as the word scanner sees them, each with what it is good for. */
#ifndef ORCHD_NAMES_H
#define ORCHD_NAMES_H

#include "memory.h"
#include "orchd/core.h"
#include "words.h"

enum {
    ORCH__NAME_EXACT = 1,   /* after '@': name, display name, slug, e-mail address and its local part */
    ORCH__NAME_FIRST = 2,   /* after '@', where nobody has it as EXACT or ROLE: the name's first word */
    ORCH__NAME_ROLE = 4,    /* after '@': the role, also as a slug */
    ORCH__NAME_BARE = 8,    /* without '@': name, display name, role; never of who is mention_only */
    ORCH__NAME_MAIL = 16,   /* without '@': the e-mail address */
    ORCH__NAME_KEYWORD = 32 /* anywhere, read in parts (words.h); never of who is mention_only */
};
#define ORCH__NAME_AT   (ORCH__NAME_EXACT | ORCH__NAME_FIRST | ORCH__NAME_ROLE)
#define ORCH__NAME_BITS 6

#define ORCH__PHRASE_BYTES_MAX                                                                               \
    (ORCH_NAME_LEN_MAX * 3) /* case folding makes a text at most three times as long */
#define ORCH__PHRASE_WORDS_MAX 255
#define ORCH__HASH_FACTOR      0x9E3779B97F4A7C15u /* 2^64 divided by the golden ratio */

/* A row of words as one text with one hash. Grows word by word. */
typedef struct orch__phrase {
    char buffer[ORCH__PHRASE_BYTES_MAX + 16]; /* room for a prefix, and to read whole words of the machine */
    size_t begin;                             /* the text is buffer[begin, end) */
    size_t end;
    uint32_t words_count;
    uint64_t state; /* of the hash */
} orch__phrase;

static inline void orch__phrase_init(orch__phrase *phrase)
{
    phrase->begin = 0;
    phrase->end = 0;
    phrase->words_count = 0;
    phrase->state = 0;
}

typedef enum orch__grown {
    ORCH__GROWN,
    ORCH__GROWN_END,    /* the text ended before a further word */
    ORCH__GROWN_BROKEN, /* a BREAK, or too long for a name: the phrase is of no use any more */
} orch__grown;

/* Reads the next word and appends it. */
orch__grown orch__phrase_grow(orch__phrase *phrase, orch__words *words, orch__word *out_word);

static inline uint32_t orch__phrase_hash(const orch__phrase *phrase)
{
    return (uint32_t)phrase->state;
}

/* The last step of a hash, and for a word of at most 8 bytes the only one, from state 0. `bytes` are the text as a
 * little-endian number. */
static inline uint64_t orch__hash_tail(uint64_t state, uint64_t bytes, size_t len)
{
    state = ((state ^ bytes) + len) * ORCH__HASH_FACTOR;
    return state ^ state >> 32;
}

/* Eight bytes: there are some six of them for each orchestrator. */
typedef struct orch__name {
    uint32_t hash;
    uint16_t offset : 15; /* of the text */
    uint16_t longer : 1;  /* more than one word: behind its text stands an orch__first_word */
    uint16_t len : 10;
    uint16_t kinds : ORCH__NAME_BITS;
} orch__name;

/* Of a name of several words. Not aligned. */
typedef struct orch__first_word {
    uint32_t hash;
    uint8_t words_count; /* of the whole name */
} orch__first_word;

#define ORCH__NAMES_MAX (ORCH_NAMES_MAX + 9)

/* All names of one orchestrator; no two have one text or one hash. One block: the names, then their texts. */
typedef struct orch__names {
    orch_user_id user;
    uint32_t size; /* of the block */
    uint32_t count;
    orch__name items[];
} orch__names;

/* NULL: no memory. */
orch__names *orch__names_new(orch__memory *memory, const orch_daemon_spec *spec);
void orch__names_free(orch__memory *memory, orch__names *names);

static inline orch_str orch__names_text(const orch__names *names, const orch__name *name)
{
    return (orch_str){(const char *)&names->items[names->count] + name->offset, name->len};
}

orch__first_word orch__names_first_word(const orch__names *names, const orch__name *name);

#endif
