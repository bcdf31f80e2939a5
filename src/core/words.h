/* The word scanner: text as a row of words, case-folded, without code and URLs. Mentions, rules and escalation triggers
 * all see text through it, so that "Ann" is the same thing to each of them.
 *
 *     Hi @Ann-Marie, see `ann.c` or mail ann@acme.com!
 *     hi  ann-marie ,see BREAK   or mail ann@acme.com !         TEXT TEXT SIGN TEXT BREAK TEXT TEXT MAIL SIGN
 *         addressed
 *
 * What is one word
 *  - TEXT: letters, digits and marks; a single '.' or '-' and any number of '_' between two of them belong to the word,
 *    because `ann.txt`, `Ann-Marie` and `ann_lee` are not Ann.
 *  - SOLO: one letter of a script that is written without spaces (Chinese, Japanese, Korean, Thai …).
 *  - MAIL: a whole e-mail address. Whatever has the form word@word counts as one.
 *  - SIGN: one character that is neither letter nor space: punctuation, emoji.
 *  - BREAK: what is skipped: fenced code (``` and ~~~, CommonMark 0.31 §4.5), `inline code` (§6.1, runs of up to
 *    8), URLs with a scheme, with www., or a host with a path, link targets, bytes that are not UTF-8.
 *
 * Read with ORCH__WORDS_PARTS, '.' and '-' do not tie: "refund" stands in "refund-policy", though Ann is not Ann-Marie.
 * That is for phrases and keywords; mentions read without.
 *
 * The time is linear in the length of the text, whatever it holds.
 */
#ifndef ORCHD_WORDS_H
#define ORCHD_WORDS_H

#include "orchd/types.h"

#define ORCH__CODE_RUN_MAX 8

typedef enum orch__word_kind {
    ORCH__WORD_TEXT,
    ORCH__WORD_SOLO,
    ORCH__WORD_MAIL,
    ORCH__WORD_SIGN,
    ORCH__WORD_BREAK,
} orch__word_kind;

typedef struct orch__word {
    orch__word_kind kind;
    bool addressed;  /* '@' stands directly before it, and that is not part of a word or an e-mail address */
    bool after_solo; /* a SOLO word stands directly before it */
    size_t prefix_len; /* bytes of what separates it from the word before: " ", "@", " @" or nothing */
    size_t len; /* bytes of prefix and folded word; larger than the capacity: not all of it was written */
} orch__word;

enum {
    ORCH__WORDS_PLAIN = 1, /* a name: nothing in it is code or URL */
    ORCH__WORDS_PARTS = 2, /* see above */
};

typedef struct orch__words {
    const char *begin;
    const char *at;
    const char *end;
    const char *parts_end; /* up to here, words are the parts of one that was read as a whole */
    bool plain;
    bool parts;
    bool spaced;  /* since the last word */
    bool started; /* a word was read */
    bool after_solo;
    const char *unclosed[ORCH__CODE_RUN_MAX]; /* by length - 1: no run of this length closes before here */
    const char *unclosed_link;
} orch__words;

void orch__words_init(orch__words *words, orch_str text, unsigned flags);

/* The next word; its prefix and folded bytes go to `out`, of `capacity` bytes. False at the end. A copy of `words` reads on
 * independently. */
bool orch__words_next(orch__words *words, char *out, size_t capacity, orch__word *out_word);

/* Most words of most texts are short, of ASCII, and no name. This finds the next one if it is at most 8 letters and digits
 * after a space, and nothing else: returns its length, and the folded bytes as a little-endian number. 0: read on with
 * orch__words_next, which may find the same word. */
size_t orch__words_short(const orch__words *words, uint64_t *out_bytes);
/* Moves behind the short word. */
void orch__words_pass(orch__words *words, size_t len);

/* A letter of a script without spaces follows directly. */
bool orch__words_solo_follows(const orch__words *words);

#endif
