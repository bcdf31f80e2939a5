/* Unicode for the word scanner: UTF-8, character classes, full case folding. */
#ifndef ORCHD_FOLD_H
#define ORCHD_FOLD_H

#include <stddef.h>
#include <stdint.h>

typedef enum orch__char_class {
    ORCH__CHAR_OTHER,   /* punctuation, symbols, emoji, controls */
    ORCH__CHAR_SPACE,   /* separates words */
    ORCH__CHAR_WORD,    /* letters and digits of scripts that are written with spaces */
    ORCH__CHAR_SOLO,    /* letters of scripts without: each is a word of its own */
    ORCH__CHAR_MARK,    /* continues what stands before it: accents, vowel signs, skin tones */
    ORCH__CHAR_IGNORED, /* invisible: joiners, variation selectors, soft hyphens */
} orch__char_class;

/* What no text contains: stands for a byte that is not UTF-8. Its class is OTHER. */
#define ORCH__INVALID_CHAR 0x110000u

#define ORCH__FOLD_MAX       3 /* code points that one folds to */
#define ORCH__FOLD_BYTES_MAX 9

/* The code point at `at` (at < end) and its bytes, 1 to 4; ORCH__INVALID_CHAR takes 1. Overlong forms, surrogates and
 * what is above 0x10FFFF are invalid. */
size_t orch__utf8_decode(const char *at, const char *end, uint32_t *out_code);

orch__char_class orch__char_class_of(uint32_t code);

/* Writes the case-folded form as UTF-8 (at most ORCH__FOLD_BYTES_MAX bytes); returns the bytes. `code` is valid. */
size_t orch__fold(uint32_t code, char *out);

#endif
