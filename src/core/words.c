#include "words.h"

#include "fold.h"

#define FIRST_SYMBOL   0x2190 /* arrows, signs and emoji lie above, Western punctuation below */
#define MAIL_LOCAL_MAX 64     /* bytes of a local part, RFC 5321 §4.5.3.1.1 */

/* Classes of ASCII, the same as in the table. */
static const unsigned char ascii_class[128] = {
    ['0' ... '9'] = ORCH__CHAR_WORD,    ['A' ... 'Z'] = ORCH__CHAR_WORD, ['a' ... 'z'] = ORCH__CHAR_WORD,
    ['\t' ... '\r'] = ORCH__CHAR_SPACE, [' '] = ORCH__CHAR_SPACE,
};

typedef struct folded {
    char *ptr;
    size_t capacity;
    size_t len;
} folded;

static inline void put(folded *out, char byte)
{
    if (out->len < out->capacity)
        out->ptr[out->len] = byte;
    out->len++;
}

static void put_code(folded *out, uint32_t code)
{
    char bytes[ORCH__FOLD_BYTES_MAX];
    size_t length = orch__fold(code, bytes);

    for (size_t i = 0; i < length; i++)
        put(out, bytes[i]);
}

#define LETTER(byte) [(byte)] = (byte), [(byte)-32] = (byte)
#define SAME(byte)   [(byte)] = (byte)

/* Letters and digits of ASCII, folded; 0: anything else. */
static const unsigned char ascii_word[256] = {
    LETTER('a'), LETTER('b'), LETTER('c'), LETTER('d'), LETTER('e'), LETTER('f'), LETTER('g'), LETTER('h'),
    LETTER('i'), LETTER('j'), LETTER('k'), LETTER('l'), LETTER('m'), LETTER('n'), LETTER('o'), LETTER('p'),
    LETTER('q'), LETTER('r'), LETTER('s'), LETTER('t'), LETTER('u'), LETTER('v'), LETTER('w'), LETTER('x'),
    LETTER('y'), LETTER('z'), SAME('0'),   SAME('1'),   SAME('2'),   SAME('3'),   SAME('4'),   SAME('5'),
    SAME('6'),   SAME('7'),   SAME('8'),   SAME('9'),
};

#ifndef ORCH_SMALL
/* What may stand behind a run of them without being part of the word or of what the word begins. */
static const bool ascii_ends_word[256] = {
    [' '] = true, ['\n'] = true, [','] = true, ['!'] = true, ['?'] = true, [';'] = true,  [')'] = true,
    ['('] = true, ['"'] = true,  ['*'] = true, ['>'] = true, ['<'] = true, ['\''] = true, ['#'] = true,
};
#endif

/* Folds letters and digits of ASCII from `at` on; returns the end of the run. */
static inline const char *put_ascii_run(const char *at, const char *end, folded *out)
{
    size_t room = out->len < out->capacity ? out->capacity - out->len : 0;
    const char *begin = at, *stop = (size_t)(end - at) < room ? end : at + room;
    char *to = out->ptr + out->len;
    unsigned char byte;

    for (; at < stop && (byte = ascii_word[(unsigned char)*at]) != 0; at++)
        *to++ = (char)byte;
    if (at == stop)
        while (at < end && ascii_word[(unsigned char)*at])
            at++;
    out->len += (size_t)(at - begin);
    return at;
}

/* The class of the character at `at`, its code point and length; OTHER and length 0 at the end. */
static orch__char_class peek(const char *at, const char *end, uint32_t *out_code, size_t *out_length)
{
    *out_length = 0;
    *out_code = 0;
    if (at == end)
        return ORCH__CHAR_OTHER;
    *out_length = orch__utf8_decode(at, end, out_code);
    return *out_code < 128 ? (orch__char_class)ascii_class[*out_code] : orch__char_class_of(*out_code);
}

static orch__char_class class_at(const char *at, const char *end)
{
    uint32_t code;
    size_t length;

    return peek(at, end, &code, &length);
}

static bool is_at_sign(uint32_t code)
{
    return code == '@' || code == 0xFF20 || code == 0xFE6B;
}

/* ---- what is skipped ---------------------------------------------------------------------------- */

static const char *run_end(const char *at, const char *end, char byte)
{
    while (at < end && *at == byte)
        at++;
    return at;
}

static const char *line_end(const char *at, const char *end)
{
    while (at < end && *at != '\n')
        at++;
    return at;
}

/* The first byte after indentation and quote marks of the line that begins at `at`. */
static const char *line_text(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '>' || *at == '\t'))
        at++;
    return at;
}

/* A fence opens at `at`: at least three of one kind, and no backtick in what follows backticks. */
static bool fence_opens(const char *at, const char *end)
{
    const char *after;

    if (at == end || (*at != '`' && *at != '~'))
        return false;
    after = run_end(at, end, *at);
    if (after - at < 3)
        return false;
    for (; *at == '`' && after < end && *after != '\n'; after++)
        if (*after == '`')
            return false;
    return true;
}

/* `at` is an opening fence; returns the end of the closing line, or of the text. */
static const char *fence_end(const char *at, const char *end)
{
    char mark = *at;
    size_t length = (size_t)(run_end(at, end, mark) - at);
    const char *line = line_end(at, end);

    while (line < end) {
        const char *text = line_text(line + 1, end);
        const char *after = run_end(text, end, mark);

        line = line_end(text, end);
        if ((size_t)(after - text) < length)
            continue;
        while (after < line && (*after == ' ' || *after == '\t' || *after == '\r'))
            after++;
        if (after == line)
            return line;
    }
    return end;
}

/* The lines at `at` end a paragraph: a blank one or a fence. */
static bool paragraph_ends(const char *at, const char *end)
{
    const char *text = line_text(at, end);

    return text == end || *text == '\n' || *text == '\r' || fence_opens(text, end);
}

/* `at` stands after an opening run of `length` backticks. The end of the run that closes it, or NULL. Runs of three and
 * more may hold anything, as people write them in the middle of a line. */
static const char *code_end(orch__words *words, const char *at, size_t length)
{
    const char *end = words->end;
    const char **unclosed = &words->unclosed[length - 1];

    if (*unclosed && at <= *unclosed)
        return NULL;
    while (at < end) {
        if (*at == '`') {
            const char *after = run_end(at, end, '`');

            if ((size_t)(after - at) == length)
                return after;
            at = after;
        } else if (*at == '\n' && length < 3 && paragraph_ends(at + 1, end)) {
            break;
        } else {
            at++;
        }
    }
    *unclosed = at;
    return NULL;
}

static bool ends_url(uint32_t code)
{
    return code == '<' || code == '>' || code == '"' || code == '`' || code == ORCH__INVALID_CHAR ||
           (code >= 0x3000 && code <= 0x303F) || (code >= 0xFF01 && code <= 0xFF0F) || code == 0xFF1A ||
           code == 0xFF1B || code == 0xFF1F;
}

/* From inside a URL to its end: a space, a bracket that it did not open, Chinese punctuation. */
static const char *url_end(const char *at, const char *end)
{
    size_t open = 0;

    while (at < end) {
        uint32_t code;
        size_t length;
        orch__char_class kind = peek(at, end, &code, &length);

        if (kind == ORCH__CHAR_SPACE || ends_url(code))
            break;
        if (code == '(')
            open++;
        if (code == ')' && open-- == 0)
            break;
        at += length;
    }
    return at;
}

static bool stands_at(const char *at, const char *end, orch_str text)
{
    return (size_t)(end - at) >= text.len && __builtin_memcmp(at, text.ptr, text.len) == 0;
}

static bool path_follows(const char *at, const char *end)
{
    return end - at >= 2 && *at == '/' && class_at(at + 1, end) != ORCH__CHAR_SPACE;
}

/* A word was read up to words->at; is it the beginning of a URL? */
static bool url_begins(const orch__words *words, const folded *word, size_t prefix_len, bool dotted)
{
    const char *at = words->at, *end = words->end;
    orch_str text = {word->ptr + prefix_len,
                     (word->len < word->capacity ? word->len : word->capacity) - prefix_len};

    if (stands_at(at, end, ORCH_STR("://")))
        return true;
    if (dotted && text.len > 4 && __builtin_memcmp(text.ptr, "www.", 4) == 0)
        return true;
    if (at < end && *at == ':') {
        const char *digit = at + 1;

        if (text.len == 6 && __builtin_memcmp(text.ptr, "mailto", 6) == 0)
            return true;
        while (digit < end && digit - at <= 5 && *digit >= '0' && *digit <= '9')
            digit++;
        return digit > at + 1 && path_follows(digit, end);
    }
    return dotted && path_follows(at, end);
}

/* words->at is ']' before '(': the end of the link's target in the same line, or NULL. */
static const char *link_end(orch__words *words)
{
    const char *at = words->at + 2;

    if (at < words->unclosed_link)
        return NULL;
    for (; at < words->end && *at != '\n'; at++)
        if (*at == ')')
            return at + 1;
    words->unclosed_link = at;
    return NULL;
}

/* ---- words -------------------------------------------------------------------------------------- */

/* The joiner at words->at that ties a letter to the next one: its length, or 0. */
static size_t joiner_at(const orch__words *words, uint32_t code, size_t length)
{
    const char *after = words->at + length;

    if (code == '_')
        after = run_end(after, words->end, '_');
    else if (code != '.' && code != '-' && code != 0x2010 && code != 0x2011)
        return 0;
    return class_at(after, words->end) == ORCH__CHAR_WORD ? (size_t)(after - words->at) : 0;
}

/* What was seen of a word on the way to its end. */
typedef struct extent {
    bool part; /* end at the first '.' or '-' */
    bool dotted;
    const char *part_end; /* the first '.' or '-' in it, NULL: none */
    size_t part_len;      /* bytes written up to there */
} extent;

/* Letters, digits, marks and joiners. */
static void read_text(orch__words *words, folded *out, extent *seen)
{
    const char *end = words->end;

    while (words->at < end) {
        unsigned char byte = (unsigned char)*words->at;
        uint32_t code = byte;
        size_t length = 1, joiner;
        orch__char_class kind;

        if (byte < 128 && ascii_class[byte] == ORCH__CHAR_WORD) {
            words->at = put_ascii_run(words->at, end, out);
            continue;
        }
        if (byte == ' ')
            return;
        kind = byte < 128 ? (orch__char_class)ascii_class[byte] : peek(words->at, end, &code, &length);
        if (kind == ORCH__CHAR_WORD || kind == ORCH__CHAR_MARK) {
            put_code(out, code);
        } else if (kind == ORCH__CHAR_OTHER && (joiner = joiner_at(words, code, length)) > 0) {
            if (seen->part && code != '_')
                return;
            seen->dotted |= code == '.';
            if (code != '_' && !seen->part_end) {
                seen->part_end = words->at;
                seen->part_len = out->len;
            }
            put_code(out, code);
            for (size_t i = length; i < joiner; i++)
                put(out, '_');
            length = joiner;
        } else if (kind != ORCH__CHAR_IGNORED) {
            break;
        }
        words->at += length;
    }
}

static bool at_domain(const orch__words *words)
{
    return words->at < words->end && *words->at == '@' &&
           class_at(words->at + 1, words->end) == ORCH__CHAR_WORD;
}

/* `ann+bot@acme.com`: reads on from the '+' to the '@' if that is what it is. */
static void read_plus_address(orch__words *words, folded *out)
{
    extent seen = {.part = false};
    orch__words ahead = *words;
    folded longer = *out;

    while (ahead.at < ahead.end && *ahead.at == '+' && ahead.at - words->at < MAIL_LOCAL_MAX) {
        put(&longer, '+');
        ahead.at++;
        read_text(&ahead, &longer, &seen);
    }
    if (!at_domain(&ahead))
        return;
    words->at = ahead.at;
    *out = longer;
}

static orch__word_kind read_word(orch__words *words, folded *out, size_t prefix_len)
{
    /* What the whole is was decided at its beginning. */
    extent seen = {.part = words->at < words->parts_end};
    orch__word_kind kind = ORCH__WORD_TEXT;

    read_text(words, out, &seen);
    if (seen.part || (!seen.part_end && (words->at == words->end || *words->at == ' ')))
        return kind; /* as most words do */
    if (words->at < words->end && *words->at == '+')
        read_plus_address(words, out);
    while (at_domain(words)) {
        put(out, '@');
        words->at++;
        read_text(words, out, &seen);
        kind = ORCH__WORD_MAIL;
    }
    if (kind == ORCH__WORD_MAIL)
        return kind;
    if (!words->plain && url_begins(words, out, prefix_len, seen.dotted)) {
        words->at = url_end(words->at, words->end);
        return ORCH__WORD_BREAK;
    }
    if (words->parts && seen.part_end) {
        words->parts_end = words->at;
        words->at = seen.part_end;
        out->len = seen.part_len;
    }
    return kind;
}

static void read_solo(orch__words *words, folded *out)
{
    uint32_t code;
    size_t length;
    orch__char_class kind = peek(words->at, words->end, &code, &length);

    do {
        if (kind != ORCH__CHAR_IGNORED)
            put_code(out, code);
        words->at += length;
        kind = peek(words->at, words->end, &code, &length);
    } while (length && (kind == ORCH__CHAR_MARK || kind == ORCH__CHAR_IGNORED));
}

/* A character that is neither letter nor space; code and link targets are skipped here. */
static orch__word_kind read_sign(orch__words *words, folded *out, uint32_t code, size_t length)
{
    const char *after = NULL;

    if (code == ORCH__INVALID_CHAR) {
        words->at += length;
        return ORCH__WORD_BREAK;
    }
    if (!words->plain && code == '`') {
        const char *opened = run_end(words->at, words->end, '`');

        if (opened - words->at <= ORCH__CODE_RUN_MAX)
            after = code_end(words, opened, (size_t)(opened - words->at));
        if (!after) {
            words->at = opened;
            return ORCH__WORD_BREAK;
        }
    } else if (!words->plain && stands_at(words->at, words->end, ORCH_STR("]("))) {
        after = link_end(words);
    } else if (!words->plain && stands_at(words->at, words->end, ORCH_STR("\\`"))) {
        length = 2;
    }
    if (after) {
        words->at = after;
        return ORCH__WORD_BREAK;
    }
    put_code(out, code);
    words->at += length;
    return ORCH__WORD_SIGN;
}

/* The '@' at words->at addresses what follows: it does when that is a letter or an emoji, unless it ends a name like
 * `foo_@ann`. */
static bool addresses(const orch__words *words, size_t length)
{
    const char *before = words->at;
    uint32_t code;
    orch__char_class next = peek(words->at + length, words->end, &code, &length);

    if (next != ORCH__CHAR_WORD && next != ORCH__CHAR_SOLO &&
        (next != ORCH__CHAR_OTHER || code < FIRST_SYMBOL || code == ORCH__INVALID_CHAR))
        return false;
    while (before > words->begin && before[-1] == '_')
        before--;
    return before == words->at || before == words->begin || (unsigned char)before[-1] >= 128 ||
           ascii_class[(unsigned char)before[-1]] != ORCH__CHAR_WORD;
}

/* A fence at words->at, where a line begins: skips the block. */
static bool skip_fence(orch__words *words)
{
    const char *text = line_text(words->at, words->end);

    if (words->plain || !fence_opens(text, words->end))
        return false;
    words->at = fence_end(text, words->end);
    return true;
}

/* Moves over spaces and invisible characters; skips a fenced block. True when that stands for a BREAK. */
static bool skip_gap(orch__words *words)
{
    while (words->at < words->end) {
        unsigned char byte = (unsigned char)*words->at;
        uint32_t code;
        size_t length = 1;
        orch__char_class kind;

        if ((words->at == words->begin || words->at[-1] == '\n') && skip_fence(words))
            return true;
        kind = byte < 128 ? (orch__char_class)ascii_class[byte] : peek(words->at, words->end, &code, &length);
        if (kind == ORCH__CHAR_SPACE)
            words->spaced = true;
        else if (kind != ORCH__CHAR_IGNORED && kind != ORCH__CHAR_MARK)
            break;
        words->at += length;
    }
    return false;
}

void orch__words_init(orch__words *words, orch_str text, unsigned flags)
{
    if (!text.ptr)
        text = ORCH_STR("");
    *words = (orch__words){
        .begin = text.ptr,
        .at = text.ptr,
        .end = text.ptr + text.len,
        .parts_end = text.ptr,
        .plain = (flags & ORCH__WORDS_PLAIN) != 0,
        .parts = (flags & ORCH__WORDS_PARTS) != 0,
    };
}

/* Quicker ways for the usual text; what they read the others read as well. */
#ifndef ORCH_SMALL
#define EACH_BYTE(value) ((uint64_t)(value)*0x0101010101010101u)

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the first letter is the lowest byte");

/* The high bit of each byte of `bytes`, which are below 128, that is at least `first` and at most `last`. */
static inline uint64_t within(uint64_t bytes, unsigned first, unsigned last)
{
    return (bytes + EACH_BYTE(128 - first)) & ~(bytes + EACH_BYTE(127 - last));
}

size_t orch__words_short(const orch__words *words, uint64_t *out_bytes)
{
    const char *at = words->at + 1;
    uint64_t bytes, low, lower, word_bits;
    size_t len;

    if (words->end - words->at < 10 || *words->at != ' ')
        return 0;
    __builtin_memcpy(&bytes, at, 8);
    low = bytes & EACH_BYTE(0x7F);
    lower = low | EACH_BYTE(0x20); /* digits have this bit */
    word_bits = (within(lower, 'a', 'z') | within(low, '0', '9')) & ~bytes & EACH_BYTE(0x80);
    len = word_bits == EACH_BYTE(0x80) ? 8 : (size_t)__builtin_ctzll(~word_bits & EACH_BYTE(0x80)) / 8;
    if (len == 0 || !ascii_ends_word[(unsigned char)at[len]])
        return 0;
    *out_bytes = lower & ~0ull >> (64 - 8 * len);
    return len;
}

void orch__words_pass(orch__words *words, size_t len)
{
    words->at += 1 + len;
    words->started = true;
    words->spaced = false;
    words->after_solo = false;
}

/* Of what is read at once, the end. */
static inline bool have_read(orch__words *words, const char *at, const folded *text, orch__word *out_word)
{
    out_word->after_solo = words->after_solo && out_word->prefix_len == 0;
    out_word->len = text->len;
    words->at = at;
    words->started = true;
    words->spaced = false;
    words->after_solo = false;
    return true;
}

/* Reads what most words are: letters of ASCII between spaces or the usual signs, also after '@', and those signs. False: nothing
 * was read. Where a line begins there may be a fence, unless a letter or '@' stands there. */
static inline bool read_simple_word(orch__words *words, char *out, size_t capacity, orch__word *out_word)
{
    const char *at = words->at, *end = words->end;
    folded text = {out, capacity, 0};
    bool in_line = at != words->begin && at[-1] != '\n';
    bool spaced = words->spaced, addressed;

    if (at < words->parts_end)
        return false;
    if (in_line && at < end && *at == ' ') {
        spaced = true;
        at++;
    }
    addressed = at < end && *at == '@' && !(in_line && at[-1] == '_');
    if (at + addressed == end)
        return false;
    if (spaced && words->started)
        put(&text, ' ');
    if (addressed) {
        put(&text, '@');
        at++;
    }
    *out_word = (orch__word){.kind = ORCH__WORD_TEXT, .addressed = addressed, .prefix_len = text.len};
    if (!ascii_word[(unsigned char)*at]) {
        if (addressed || !in_line || !ascii_ends_word[(unsigned char)*at] ||
            ascii_class[(unsigned char)*at] == ORCH__CHAR_SPACE)
            return false;
        out_word->kind = ORCH__WORD_SIGN;
        put(&text, *at);
        return have_read(words, at + 1, &text, out_word);
    }
    at = put_ascii_run(at, end, &text);
    if (at < end && !ascii_ends_word[(unsigned char)*at])
        return false;
    return have_read(words, at, &text, out_word);
}
#endif

bool orch__words_next(orch__words *words, char *out, size_t capacity, orch__word *out_word)
{
    folded text = {out, capacity, 0};
    orch__char_class kind;
    uint32_t code;
    size_t length;

#ifndef ORCH_SMALL
    if (read_simple_word(words, out, capacity, out_word))
        return true;
#endif
    *out_word = (orch__word){.kind = ORCH__WORD_BREAK};
    if (!skip_gap(words)) {
        if (words->at == words->end)
            return false;
        if (words->spaced && words->started)
            put(&text, ' ');
        kind = peek(words->at, words->end, &code, &length);
        if (is_at_sign(code) && addresses(words, length)) {
            out_word->addressed = true;
            put(&text, '@');
            words->at += length;
            kind = peek(words->at, words->end, &code, &length);
        }
        out_word->prefix_len = text.len;
        out_word->after_solo = words->after_solo && text.len == 0;
        if (kind == ORCH__CHAR_WORD) {
            out_word->kind = read_word(words, &text, text.len);
        } else if (kind == ORCH__CHAR_SOLO) {
            read_solo(words, &text);
            out_word->kind = ORCH__WORD_SOLO;
        } else {
            out_word->kind = read_sign(words, &text, code, length);
        }
    }
    out_word->len = text.len;
    words->started = true;
    words->spaced = false;
    words->after_solo = out_word->kind == ORCH__WORD_SOLO;
    return true;
}

bool orch__words_solo_follows(const orch__words *words)
{
    return class_at(words->at, words->end) == ORCH__CHAR_SOLO;
}
