/* A phrase in a text: both as words, compared as Knuth, Morris and Pratt do (SIAM J. Comput. 6, 1977), so that the time is
 * linear whatever the texts hold.
 */
#include "names.h"
#include "orchd/prompt.h"

#include "bytes.h"

/* The phrase's words, folded, without what separates them; an '@' before a word is left out as well. */
typedef struct sought {
    char text[ORCH__PHRASE_BYTES_MAX];
    uint16_t ends[ORCH__PHRASE_WORDS_MAX];
    /* After words 0 … i fit: how many fit if the next one does not. */
    uint8_t borders[ORCH__PHRASE_WORDS_MAX];
    uint32_t count;
} sought;

static orch_str word_at(const sought *phrase, uint32_t i)
{
    size_t begin = i ? phrase->ends[i - 1] : 0;

    return (orch_str){phrase->text + begin, phrase->ends[i] - begin};
}

static bool fits(const sought *phrase, uint32_t i, orch_str word)
{
    orch_str wanted = word_at(phrase, i);

    return wanted.len == word.len && memcmp(wanted.ptr, word.ptr, word.len) == 0;
}

static void find_borders(sought *phrase)
{
    uint32_t border = 0;

    phrase->borders[0] = 0;
    for (uint32_t i = 1; i < phrase->count; i++) {
        while (border && !fits(phrase, border, word_at(phrase, i)))
            border = phrase->borders[border - 1];
        border += fits(phrase, border, word_at(phrase, i));
        phrase->borders[i] = (uint8_t)border;
    }
}

static bool is_sentence_end(orch_str word)
{
    return word.len == 1 && (word.ptr[0] == '.' || word.ptr[0] == ',' || word.ptr[0] == ';' ||
                             word.ptr[0] == ':' || word.ptr[0] == '!' || word.ptr[0] == '?');
}

/* False: no words, not UTF-8, or longer than a phrase may be. */
static bool read_phrase(sought *out, orch_str text)
{
    orch__words words;
    orch__word word;
    size_t len = 0;

    out->count = 0;
    orch__words_init(&words, text, ORCH__WORDS_PLAIN | ORCH__WORDS_PARTS);
    while (orch__words_next(&words, out->text + len, sizeof out->text - len, &word)) {
        if (word.kind == ORCH__WORD_BREAK || word.len > sizeof out->text - len ||
            out->count == ORCH__PHRASE_WORDS_MAX)
            return false;
        memmove(out->text + len, out->text + len + word.prefix_len, word.len - word.prefix_len);
        len += word.len - word.prefix_len;
        out->ends[out->count++] = (uint16_t)len;
    }
    while (out->count > 1 && is_sentence_end(word_at(out, out->count - 1)))
        out->count--;
    if (out->count)
        find_borders(out);
    return out->count > 0;
}

bool orch_phrase_in(orch_str content, orch_str phrase)
{
    char text[ORCH__PHRASE_BYTES_MAX];
    sought wanted;
    orch__words words;
    orch__word word;
    uint32_t fitting = 0;

    if (!read_phrase(&wanted, phrase))
        return false;
    orch__words_init(&words, content, ORCH__WORDS_PARTS);
    while (orch__words_next(&words, text, sizeof text, &word)) {
        orch_str folded = {text + word.prefix_len, word.len - word.prefix_len};

        if (word.kind == ORCH__WORD_BREAK || word.len > sizeof text) {
            fitting = 0;
            continue;
        }
        while (fitting && !fits(&wanted, fitting, folded))
            fitting = wanted.borders[fitting - 1];
        fitting += fits(&wanted, fitting, folded);
        if (fitting == wanted.count)
            return true;
    }
    return false;
}
