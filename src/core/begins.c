#include "orchd/begins.h"

#include "fold.h"

/* The folded bytes of a text, one by one. */
typedef struct folded {
    const char *begin;
    const char *at;
    const char *end;
    size_t next;
    size_t count;
    char bytes[ORCH__FOLD_BYTES_MAX];
} folded;

static folded folded_of(orch_str text)
{
    const char *begin = text.ptr ? text.ptr : "";

    return (folded){.begin = begin, .at = begin, .end = begin + text.len};
}

static bool is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* -1 at the end. */
static int next_byte(folded *text)
{
    uint32_t code;

    while (text->next == text->count) {
        if (text->at == text->end)
            return -1;
        size_t size = orch__utf8_decode(text->at, text->end, &code);

        text->bytes[0] = *text->at;
        text->count = code == ORCH__INVALID_CHAR ? 1 : orch__fold(code, text->bytes);
        text->next = 0;
        text->at += size;
    }
    return (unsigned char)text->bytes[text->next++];
}

/* Most names differ in their first letter, and most of those letters are of ASCII. */
static bool differ_at_once(orch_str text, orch_str beginning)
{
    char a = text.ptr[0], b = beginning.ptr[0];

    if ((unsigned char)a >= 0x80 || (unsigned char)b >= 0x80)
        return false;
    return (is_capital(a) ? a + 32 : a) != (is_capital(b) ? b + 32 : b);
}

bool orch_begins(orch_str text, orch_str beginning, size_t *out_len)
{
    if (beginning.len > 0 && (text.len == 0 || differ_at_once(text, beginning)))
        return false;
    folded whole = folded_of(text), part = folded_of(beginning);

    for (int wanted; (wanted = next_byte(&part)) >= 0;)
        if (next_byte(&whole) != wanted)
            return false;
    if (out_len)
        *out_len = (size_t)(whole.at - whole.begin);
    return true;
}
