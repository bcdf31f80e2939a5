/* The index against a matcher that knows no index: it compares every name of every orchestrator with every place of the
 * message. Casts change all the time, so that keys are shared, left and made anew.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mention.h"
#include "words.h"

#define DAEMONS   24
#define WORDS_MAX 64
#define BYTES_MAX 64

static void *resize(void *user, void *block, size_t size_old, size_t size_new)
{
    (void)user;
    (void)size_old;
    if (size_new)
        return realloc(block, size_new);
    free(block);
    return NULL;
}

static uint32_t seed;

static uint32_t below(uint32_t limit)
{
    seed = seed * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)seed * limit >> 32);
}

static orch_str str(const char *text)
{
    return (orch_str){text, strlen(text)};
}

/* ---- the slow matcher --------------------------------------------------------------------------- */

typedef struct word {
    orch__word_kind kind;
    bool addressed;
    bool after_solo;
    bool before_solo;
    char prefix[4];
    char folded[BYTES_MAX];
} word;

typedef struct text {
    word words[WORDS_MAX];
    size_t count;
} text;

static text read_text(orch_str source, unsigned flags)
{
    text out = {.count = 0};
    orch__words words;
    orch__word found;
    char buffer[BYTES_MAX];

    orch__words_init(&words, source, flags);
    while (orch__words_next(&words, buffer, sizeof buffer, &found)) {
        word *added = &out.words[out.count++];

        assert_true(out.count <= WORDS_MAX && found.len < sizeof buffer);
        *added =
            (word){found.kind, found.addressed, found.after_solo, orch__words_solo_follows(&words), "", ""};
        memcpy(added->prefix, buffer, found.prefix_len);
        memcpy(added->folded, buffer + found.prefix_len, found.len - found.prefix_len);
    }
    return out;
}

/* A name as the matcher wants it: without signs at a sentence's end. */
static text name_of(orch_str source, unsigned flags)
{
    text name = read_text(source, ORCH__WORDS_PLAIN | flags);

    while (name.count && name.words[name.count - 1].kind == ORCH__WORD_SIGN &&
           strchr(".,;:!?", name.words[name.count - 1].folded[0]))
        name.count--;
    return name;
}

static bool stands_at(const text *message, size_t at, const text *name)
{
    if (name->count == 0 || at + name->count > message->count)
        return false;
    for (size_t i = 0; i < name->count; i++) {
        const word *a = &message->words[at + i], *b = &name->words[i];

        if (a->kind == ORCH__WORD_BREAK || strcmp(a->folded, b->folded) != 0 ||
            (i > 0 && strcmp(a->prefix, b->prefix) != 0))
            return false;
    }
    return true;
}

enum { EXACT = 1, FIRST = 2, ROLE = 4, BARE = 8, MAIL = 16 };

typedef struct person {
    bool known;
    orch_daemon_spec spec;
    orch_str keywords[2];
} person;

typedef struct found {
    size_t words;
    unsigned kinds;
} found;

static void try_name(const text *message, size_t at, orch_str source, unsigned kinds, unsigned wanted,
                     found *best, size_t words_only)
{
    text name = name_of(source, 0);
    const word *first = &message->words[at];
    const word *last;

    if (source.len == 0 || !stands_at(message, at, &name))
        return;
    last = &message->words[at + name.count - 1];
    if ((first->after_solo && first->kind == ORCH__WORD_SOLO) ||
        (last->before_solo && last->kind == ORCH__WORD_SOLO))
        kinds &= ~(unsigned)BARE;
    kinds &= wanted;
    if (!kinds || (words_only && name.count != words_only))
        return;
    if (name.count > best->words)
        *best = (found){name.count, kinds};
    else if (name.count == best->words)
        best->kinds |= kinds;
}

static orch_str slug_of(orch_str source, char *out)
{
    text name = read_text(source, ORCH__WORDS_PLAIN);

    out[0] = '\0';
    for (size_t i = 0; i < name.count; i++) {
        if (name.words[i].kind == ORCH__WORD_SIGN)
            continue;
        if (out[0])
            strcat(out, "-");
        strcat(out, name.words[i].folded);
    }
    return str(out);
}

/* The longest name of one person at a place; only those of `words_only` words unless that is 0. */
static found names_at(const text *message, size_t at, const person *one, size_t words_only)
{
    const orch_daemon_spec *spec = &one->spec;
    unsigned wanted = message->words[at].addressed ? EXACT | FIRST | ROLE : BARE | MAIL;
    unsigned bare = spec->mention_only ? 0 : BARE;
    char slug[2 * BYTES_MAX];
    orch_str first = spec->name, local = spec->email;
    found best = {0, 0};

    first.len = 0;
    while (first.len < spec->name.len && spec->name.ptr[first.len] != ' ')
        first.len++;
    while (local.len && local.ptr[local.len - 1] != '@')
        local.len--;
    local.len -= local.len > 0;
    try_name(message, at, spec->name, EXACT | bare, wanted, &best, words_only);
    try_name(message, at, first, FIRST, wanted, &best, words_only);
    try_name(message, at, spec->display_name, EXACT | bare, wanted, &best, words_only);
    try_name(message, at, spec->slug.len ? spec->slug : slug_of(spec->name, slug), EXACT, wanted, &best,
             words_only);
    try_name(message, at, spec->email, EXACT | MAIL, wanted, &best, words_only);
    try_name(message, at, local, EXACT, wanted, &best, words_only);
    try_name(message, at, spec->role, ROLE | bare, wanted, &best, words_only);
    try_name(message, at, slug_of(spec->role, slug), ROLE, wanted, &best, words_only);
    return best;
}

static bool is_member(const orch_incoming *incoming, uint32_t daemon)
{
    bool member = incoming->everybody;

    for (size_t i = 0; i < incoming->members_count; i++)
        member |= incoming->members[i].v == daemon;
    return member;
}

/* How many words the name at this place takes; marks who is addressed. */
static size_t address_at(const text *message, size_t at, const person *cast, const orch_incoming *incoming,
                         bool *out)
{
    bool everybody = message->words[at].addressed && strcmp(message->words[at].folded, "orchestrator") == 0;
    size_t longest = everybody;
    unsigned kinds = 0;

    for (uint32_t d = 1; d <= DAEMONS; d++)
        if (cast[d].known && is_member(incoming, d)) {
            found one = names_at(message, at, &cast[d], 0);

            longest = one.words > longest ? one.words : longest;
        }
    for (uint32_t d = 1; longest && d <= DAEMONS; d++)
        if (cast[d].known && is_member(incoming, d))
            kinds |= names_at(message, at, &cast[d], longest).kinds;
    for (uint32_t d = 1; longest && d <= DAEMONS; d++) {
        unsigned own;

        if (!cast[d].known || !is_member(incoming, d))
            continue;
        own = names_at(message, at, &cast[d], longest).kinds;
        if (kinds & (EXACT | ROLE))
            own &= ~(unsigned)FIRST;
        out[d] |= own || (everybody && longest == 1);
    }
    return longest;
}

static void address_slowly(const person *cast, const orch_incoming *incoming, bool *out)
{
    text message = read_text(incoming->content, 0), parts = read_text(incoming->content, ORCH__WORDS_PARTS);
    bool only_at = incoming->author_daemon.v != 0;

    for (size_t at = 0; at < message.count;) {
        size_t taken = 0;

        if (message.words[at].kind != ORCH__WORD_BREAK && (!only_at || message.words[at].addressed))
            taken = address_at(&message, at, cast, incoming, out);
        at += taken ? taken : 1;
    }
    for (uint32_t d = 1; d <= DAEMONS; d++) {
        if (!cast[d].known || !is_member(incoming, d) || only_at || cast[d].spec.mention_only)
            continue;
        for (size_t k = 0; k < cast[d].spec.keywords_count; k++) {
            text keyword = name_of(cast[d].keywords[k], ORCH__WORDS_PARTS);

            for (size_t at = 0; at < parts.count; at++)
                out[d] |= stands_at(&parts, at, &keyword);
        }
    }
    for (uint32_t d = 1; d <= DAEMONS; d++)
        if (d == incoming->author_daemon.v || (cast[d].known && cast[d].spec.user.v == incoming->author.v))
            out[d] = false;
}

/* ---- random casts and messages ------------------------------------------------------------------ */

static const char *const names[] = {
    "Ann",    "Ann Lee",    "Ann Lee Kim", "Lee",    "Lee Ann",          "Bob",     "Jo-Ann", "小明",
    "小明星", "Änne",       "Straße",      "O'Neil", "Orchestrator Bob", "Dr. Lee", "",       "ann.lee",
    "🚀 Bob",  "Ann (Sales)"};
static const char *const roles[] = {"Designer", "Lead Designer", "QA", "Ann", "设计师", "", "Kim"};
static const char *const emails[] = {"ann@x.y", "ann.lee@x.y", "bob@x.y", "lee+1@x.y", "", "qa@x.y"};
static const char *const slugs[] = {"ann-lee", "ann", "bob-2", "", "", ""};
static const char *const keywords[] = {"refund", "lee kim", "sign-up", "小", "🚀", "ann", "designer ann"};
static const char *const pieces[] = {
    "Ann",     "ANN",       "lee",    "Lee",          "kim",      "bob",     "Jo-Ann", "小明",   "星",
    "Änne",    "STRASSE",   "O’Neil", "orchestrator", "designer", "lead",    "QA",     "设计师", "ann@x.y",
    "ann.lee", "lee+1@x.y", "refund", "sign-up",      "🚀",        "ann-lee", "dr",     "sales",  "planning",
    "(",       ")",         "`",      "```",          "\n",       "http://"};
static const char *const gaps[] = {" ", " ",  " ",  " @", " @", " @", "",
                                   "@", ", ", "  ", "-",  "\n", ". ", "+"};

#define PICK(list) (list[below((uint32_t)(sizeof(list) / sizeof(list)[0]))])

static void invent(person *one, uint32_t daemon)
{
    *one = (person){.known = true,
                    .spec = {.daemon = {daemon},
                             .user = {100 + daemon},
                             .name = str(PICK(names)),
                             .display_name = str(below(3) ? "" : PICK(names)),
                             .slug = str(PICK(slugs)),
                             .email = str(PICK(emails)),
                             .role = str(PICK(roles)),
                             .mention_only = below(5) == 0},
                    .keywords = {str(PICK(keywords)), str(PICK(keywords))}};
    one->spec.keywords_count = below(4) ? 0 : 1 + below(2);
}

static void change(orch__mentions *mentions, person *cast)
{
    uint32_t daemon = 1 + below(DAEMONS);

    if (below(3) == 0) {
        cast[daemon].known = false;
        orch__mentions_remove(mentions, (orch_daemon_id){daemon});
        return;
    }
    invent(&cast[daemon], daemon);
    cast[daemon].spec.keywords = cast[daemon].keywords;
    assert_int_equal(orch__mentions_set(mentions, &cast[daemon].spec), 0);
}

static void compare(orch__mentions *mentions, const person *cast, uint32_t first_seed)
{
    char content[512] = "";
    orch_daemon_id members[DAEMONS + 2], out[DAEMONS + 1];
    orch_incoming incoming = {.author = {below(2) ? 1 : 100 + below(DAEMONS)}};
    bool expected[DAEMONS + 1] = {false};
    size_t count, position = 0;

    for (uint32_t i = 1 + below(9); i > 0; i--) {
        strcat(content, PICK(gaps));
        strcat(content, PICK(pieces));
    }
    incoming.content = str(content);
    incoming.author_daemon.v = below(3) ? 0 : 1 + below(DAEMONS);
    incoming.everybody = below(2);
    if (!incoming.everybody) {
        incoming.members = members;
        incoming.members_count = below(DAEMONS + 2);
        for (size_t i = 0; i < incoming.members_count; i++)
            members[i].v = 1 + below(DAEMONS + 2);
    }
    address_slowly(cast, &incoming, expected);
    count = orch__mentions_route(mentions, &incoming, 4, out, DAEMONS + 1);
    for (uint32_t d = 1; d <= DAEMONS; d++) {
        bool is = position < count && out[position].v == d;

        if (is != expected[d])
            fail_msg("seed %u: |%s| addresses %u (%.*s, %.*s): %d, should be %d", first_seed, content, d,
                     (int)cast[d].spec.name.len, cast[d].spec.name.ptr, (int)cast[d].spec.role.len,
                     cast[d].spec.role.ptr, is, expected[d]);
        position += is;
    }
    assert_int_equal(position, count);
}

static void test_against_slow_matcher(void **state)
{
    orch__memory memory = {{resize, NULL}, 0};

    (void)state;
    for (uint32_t first_seed = 1; first_seed <= 60; first_seed++) {
        static person cast[DAEMONS + 1];
        orch__mentions *mentions = orch__mentions_new(&memory);

        memset(cast, 0, sizeof cast);
        seed = first_seed;
        for (int round = 0; round < 60; round++) {
            change(mentions, cast);
            compare(mentions, cast, first_seed);
        }
        orch__mentions_free(mentions);
        assert_int_equal(memory.bytes, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_against_slow_matcher)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
