#include "talk.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define WORDS       200000
#define LENGTH_MIN  5
#define LENGTH_SPAN 18
#define RARE_EACH   100000

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const char *const frequent[] = {"the",  "and", "of",   "to",   "we",   "in",  "is",   "it",
                                       "that", "for", "on",   "are",  "with", "you", "this", "not",
                                       "have", "be",  "from", "list", "page", "who", "when", "done"};
static const char *const others[] = {
    "Die Bücher stehen im Regal, schöne Grüße",
    "Qui a déjà vérifié les clés du dépôt ?",
    "книги стоят на полке у окна",
    "图书馆的书在三楼的架子上",
    "資料は明日の朝に届きます",
    "הספרים נמצאים על המדף",
    "los niños leyeron mañana y noche",
};

/* splitmix64 */
static uint64_t next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* The word of a rank, made of syllables. */
static int write_word(uint64_t rank, char *out, size_t size)
{
    static const char *const syllables[] = {"ba", "co", "de", "fi",  "gu",  "ha",  "jo", "ke", "li", "mo",
                                            "nu", "pa", "ro", "sen", "tar", "vel", "wi", "xa", "yo", "zer"};
    int len = 0;

    if (rank < COUNT(frequent))
        return snprintf(out, size, "%s", frequent[rank]);
    for (uint64_t left = rank; left > 0; left /= COUNT(syllables))
        len += snprintf(out + len, size - (size_t)len, "%s", syllables[left % COUNT(syllables)]);
    return len;
}

/* The n-th frequent word comes 1/n as often as the first. */
static uint64_t rank_of(uint64_t random)
{
    double share = (double)(random >> 11) / 9007199254740992.0;

    return (uint64_t)exp(share * log(WORDS)) - 1;
}

size_t talk_write(uint64_t number, uint64_t count, talk_place place, char out_text[TALK_SIZE])
{
    uint64_t state = number, words = LENGTH_MIN + next(&state) % LENGTH_SPAN;
    size_t len = 0;

    for (uint64_t i = 0; i < words; i++) {
        len += (size_t)write_word(rank_of(next(&state)), out_text + len, TALK_SIZE / 2 - len);
        out_text[len++] = i + 1 < words ? ' ' : '.';
    }
    if (number == 0 || number == count / 2 || number + 1 == count)
        len += (size_t)snprintf(out_text + len, TALK_SIZE - len, " A quokka!");
    if (number % RARE_EACH == 1)
        len += (size_t)snprintf(out_text + len, TALK_SIZE - len, " By the old lighthouse.");
    if (place == TALK_PRIVATE && next(&state) % 2 == 0)
        len += (size_t)snprintf(out_text + len, TALK_SIZE - len, " It is in the vault.");
    if (next(&state) % 50 == 0)
        len += (size_t)snprintf(out_text + len, TALK_SIZE - len, " %s", others[next(&state) % COUNT(others)]);
    out_text[len] = '\0';
    return len;
}
