#include "names.h"

#include "bytes.h"
#include "table.h"

#define SLACK            8
#define FIRST_WORD_BYTES 5
#define TEXTS_MAX        (ORCH__NAMES_MAX * (ORCH__PHRASE_BYTES_MAX + FIRST_WORD_BYTES))

_Static_assert(TEXTS_MAX < 1 << 15 && ORCH__PHRASE_BYTES_MAX < 1 << 10, "an orch__name holds it");

/* ---- phrases ------------------------------------------------------------------------------------ */

/* Reads up to SLACK - 1 bytes behind the text, without using them. */
static uint64_t hash_bytes(uint64_t state, const char *text, size_t len)
{
    uint64_t word;

    for (; len > 8; text += 8, len -= 8) {
        memcpy(&word, text, 8);
        state = (state ^ word) * ORCH__HASH_FACTOR;
        state ^= state >> 32;
    }
    memcpy(&word, text, 8);
    return orch__hash_tail(state, word & ~0ull >> (64 - 8 * len), len); /* the first bytes, little-endian */
}

orch__grown orch__phrase_grow(orch__phrase *phrase, orch__words *words, orch__word *out_word)
{
    size_t room = sizeof(phrase->buffer) - SLACK - phrase->end;

    if (!orch__words_next(words, phrase->buffer + phrase->end, room, out_word))
        return ORCH__GROWN_END;
    if (out_word->kind == ORCH__WORD_BREAK || out_word->len > room ||
        phrase->words_count == ORCH__PHRASE_WORDS_MAX)
        return ORCH__GROWN_BROKEN;
    if (phrase->words_count == 0) {
        phrase->begin = out_word->prefix_len;
        phrase->state = hash_bytes(0, phrase->buffer + phrase->begin, out_word->len - out_word->prefix_len);
    } else {
        phrase->state = hash_bytes(phrase->state, phrase->buffer + phrase->end, out_word->len);
    }
    phrase->end += out_word->len;
    phrase->words_count++;
    return ORCH__GROWN;
}

/* ---- the names of a specification --------------------------------------------------------------- */

typedef struct builder {
    orch__name items[ORCH__NAMES_MAX];
    uint32_t count;
    char text[TEXTS_MAX];
    size_t text_len;
} builder;

/* Where `text` stands among the texts so far, so that "ann" and "ann lee" share their bytes; else appends it. */
static size_t place_text(builder *names, orch_str text)
{
    size_t offset = 0;

    while (offset + text.len <= names->text_len && memcmp(names->text + offset, text.ptr, text.len) != 0)
        offset++;
    if (offset + text.len > names->text_len) {
        offset = names->text_len;
        memcpy(names->text + offset, text.ptr, text.len);
        names->text_len += text.len;
    }
    return offset;
}

/* A text with what is known of its first word behind it. */
static size_t place_longer_text(builder *names, orch_str text, const orch__first_word *first)
{
    size_t offset = names->text_len;
    char *behind = names->text + offset + text.len;

    memcpy(names->text + offset, text.ptr, text.len);
    memcpy(behind, &first->hash, sizeof(first->hash));
    behind[sizeof(first->hash)] = (char)first->words_count;
    names->text_len += text.len + FIRST_WORD_BYTES;
    return offset;
}

/* Of two names with one hash, which chance brings once in billions, the first one stays. */
static void add_phrase(builder *names, const orch__phrase *phrase, uint32_t first_hash, unsigned kinds)
{
    orch_str text = {phrase->buffer + phrase->begin, phrase->end - phrase->begin};
    orch__first_word first = {first_hash, (uint8_t)phrase->words_count};
    uint32_t hash = orch__phrase_hash(phrase);
    bool longer = phrase->words_count > 1;
    size_t offset;

    for (uint32_t i = 0; i < names->count; i++) {
        orch__name *name = &names->items[i];

        if (name->hash != hash)
            continue;
        if (name->len == text.len && memcmp(names->text + name->offset, text.ptr, text.len) == 0)
            name->kinds |= kinds & ((1u << ORCH__NAME_BITS) - 1);
        return;
    }
    offset = longer ? place_longer_text(names, text, &first) : place_text(names, text);
    names->items[names->count++] = (orch__name){
        .hash = hash,
        .offset = offset & 0x7FFF,
        .longer = longer,
        .len = text.len & 0x3FF,
        .kinds = kinds & ((1u << ORCH__NAME_BITS) - 1),
    };
}

static bool ends_sentence(const orch__phrase *phrase, const orch__word *word)
{
    char sign = phrase->buffer[phrase->end - 1];

    return word->kind == ORCH__WORD_SIGN && word->len - word->prefix_len == 1 &&
           (sign == '.' || sign == ',' || sign == ';' || sign == ':' || sign == '!' || sign == '?');
}

/* Adds `text` as a name. Signs that would be a sentence's end are cut off: nobody can write "@Yahoo!!". With
 * `first_only`, up to the first space. A text that is not UTF-8 or has no words is no name. */
static void add(builder *names, orch_str text, unsigned kinds, bool first_only)
{
    unsigned parts = kinds == ORCH__NAME_KEYWORD ? ORCH__WORDS_PARTS : 0;
    orch__phrase phrase, kept = {.words_count = 0};
    orch__words words;
    orch__word word;
    orch__grown grown;
    uint32_t first_hash = 0;

    orch__words_init(&words, text, ORCH__WORDS_PLAIN | parts);
    orch__phrase_init(&phrase);
    while ((grown = orch__phrase_grow(&phrase, &words, &word)) == ORCH__GROWN) {
        if (phrase.words_count == 1)
            first_hash = orch__phrase_hash(&phrase);
        else if (first_only && phrase.buffer[phrase.end - word.len] == ' ')
            break;
        if (!ends_sentence(&phrase, &word))
            kept = phrase;
    }
    if (grown != ORCH__GROWN_BROKEN && kept.words_count)
        add_phrase(names, &kept, first_hash, kinds);
}

/* The words of `text` with '-' between them, as people shorten a name: "Dr. Ann Lee" is dr-ann-lee. */
static void add_slug(builder *names, orch_str text, unsigned kinds)
{
    char slug[ORCH__PHRASE_BYTES_MAX + 8];
    size_t len = 0;
    orch__words words;
    orch__word word;

    orch__words_init(&words, text, ORCH__WORDS_PLAIN);
    while (len + 1 < sizeof(slug) &&
           orch__words_next(&words, slug + len + 1, sizeof(slug) - len - 1, &word)) {
        size_t folded_len = word.len - word.prefix_len;

        if (word.kind == ORCH__WORD_SIGN)
            continue;
        if (word.kind == ORCH__WORD_BREAK || word.len > sizeof(slug) - len - 1)
            return;
        slug[len] = '-';
        memmove(slug + len + 1, slug + len + 1 + word.prefix_len, folded_len);
        len += 1 + folded_len;
    }
    if (len > 1)
        add(names, (orch_str){slug + 1, len - 1}, kinds, false);
}

static void add_email(builder *names, orch_str email)
{
    size_t local_len = email.len;

    add(names, email, ORCH__NAME_EXACT | ORCH__NAME_MAIL, false);
    while (local_len > 0 && email.ptr[local_len - 1] != '@')
        local_len--;
    if (local_len > 1)
        add(names, (orch_str){email.ptr, local_len - 1}, ORCH__NAME_EXACT, false);
}

static void build(builder *names, const orch_daemon_spec *spec)
{
    unsigned bare = spec->mention_only ? 0 : ORCH__NAME_BARE;

    names->count = 0;
    names->text_len = 0;
    add_email(names, spec->email);
    add(names, spec->name, ORCH__NAME_EXACT | bare, false);
    add(names, spec->name, ORCH__NAME_FIRST, true);
    add(names, spec->display_name, ORCH__NAME_EXACT | bare, false);
    if (spec->slug.len)
        add(names, spec->slug, ORCH__NAME_EXACT, false);
    else
        add_slug(names, spec->name, ORCH__NAME_EXACT);
    add(names, spec->role, ORCH__NAME_ROLE | bare, false);
    add_slug(names, spec->role, ORCH__NAME_ROLE);
    for (size_t i = 0; i < spec->keywords_count && i < ORCH_NAMES_MAX && !spec->mention_only; i++)
        add(names, spec->keywords[i], ORCH__NAME_KEYWORD, false);
}

orch__names *orch__names_new(orch__memory *memory, const orch_daemon_spec *spec)
{
    builder built;
    orch__names *names;
    size_t size;

    build(&built, spec);
    size = sizeof(*names) + built.count * sizeof(orch__name) + built.text_len;
    names = orch__resize(memory, NULL, 0, size);
    if (!names)
        return NULL;
    names->user = spec->user;
    names->size = (uint32_t)size;
    names->count = built.count;
    memcpy(names->items, built.items, built.count * sizeof(orch__name));
    memcpy(&names->items[built.count], built.text, built.text_len);
    return names;
}

void orch__names_free(orch__memory *memory, orch__names *names)
{
    if (names)
        orch__resize(memory, names, names->size, 0);
}

orch__first_word orch__names_first_word(const orch__names *names, const orch__name *name)
{
    orch_str text = orch__names_text(names, name);
    orch__first_word first;

    memcpy(&first.hash, text.ptr + text.len, sizeof(first.hash));
    first.words_count = (uint8_t)text.ptr[text.len + sizeof(first.hash)];
    return first;
}
