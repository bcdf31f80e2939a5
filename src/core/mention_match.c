/* From a message to the daemons that it addresses.
 *
 * The index says for each word who is called so, and how many words a name that begins so may have; only then further
 * words are read. Where names overlap:
 *
 *  1. Only names of the channel's members count, so that a stranger's name never changes who is meant.
 *  2. The longest name wins, and its words belong to it: "@Ann Lee" is not Ann, where both are there.
 *  3. After '@', who has the whole name (or slug, role, …) comes before whose first name it is: "@Ann" is Ann and not
 *     Ann Lee, where both are there. Everybody of equal right is addressed: two Anns, all designers.
 *  4. A letter of a script without spaces may follow a name after '@' ("@小明你好"), but not a bare one: 小明 is not
 *     meant by 小明星.
 *
 * Keywords are independent of names and of each other, each one that stands in the text counts: a second pass, which
 * reads hyphenated words in their parts, and only where there are keywords at all.
 */
#include "mention_index.h"

#include "bytes.h"

#define EVERYBODY ORCH_STR("orchestrator")

typedef struct search {
    orch__mentions *mentions;
    const orch_incoming *incoming;
    uint32_t only;       /* see only() */
    bool only_found;     /* it is addressed */
    bool only_at;        /* an orchestrator wrote it */
    bool members_marked; /* mentions->members holds the members */
    orch__phrase phrase; /* what begins at the present word */
} search;

/* The longest name at a word. */
typedef struct longest {
    orch__found found;
    unsigned kinds; /* that count here */
    uint32_t words; /* 0: none */
    bool everybody; /* "@orchestrator" */
} longest;

/* Nearly always a host asks for one daemon: then a bit does for the sets. */
#ifdef ORCH_SMALL
enum { KNOWS_ONLY = false };
#else
enum { KNOWS_ONLY = true };
#endif

/* The one who could be addressed; 0: there may be several. */
static uint32_t only(const search *s)
{
    return KNOWS_ONLY ? s->only : 0;
}

/* What else the message says changes nothing. */
static bool is_decided(const search *s)
{
    return KNOWS_ONLY && s->only_found;
}

/* ---- members ------------------------------------------------------------------------------------ */

static void mark_members(search *s)
{
    if (s->members_marked || only(s) || s->incoming->everybody)
        return;
    s->members_marked = true;
    for (size_t i = 0; i < s->incoming->members_count; i++)
        if (orch__mentions_known(s->mentions, s->incoming->members[i].v))
            orch__daemon_set_add(&s->mentions->members, s->incoming->members[i].v);
}

static void unmark_members(search *s)
{
    orch__daemon_set *members = &s->mentions->members;

    for (size_t i = 0; s->members_marked && i < s->incoming->members_count; i++) {
        uint32_t daemon = s->incoming->members[i].v;

        if (!orch__mentions_known(s->mentions, daemon))
            continue;
        members->bits[daemon / 64] = 0;
        members->summary[daemon / 4096] = 0;
    }
}

static bool is_member(const search *s, uint32_t daemon)
{
    if (only(s))
        return daemon == only(s);
    return s->incoming->everybody || orch__daemon_set_has(&s->mentions->members, daemon);
}

/* It is a member. */
static void add(search *s, uint32_t daemon)
{
    if (only(s))
        s->only_found = true;
    else
        orch__daemon_set_add(&s->mentions->addressed, daemon);
}

static void address(search *s, uint32_t daemon)
{
    mark_members(s);
    if (orch__mentions_known(s->mentions, daemon) && is_member(s, daemon))
        add(s, daemon);
}

static void address_everybody(search *s)
{
    const orch__mentions *mentions = s->mentions;

    if (s->incoming->everybody)
        for (uint32_t daemon = 1; daemon < mentions->daemons_max; daemon++)
            address(s, daemon);
    else
        for (size_t i = 0; i < s->incoming->members_count; i++)
            address(s, s->incoming->members[i].v);
}

/* ---- who holds a name --------------------------------------------------------------------------- */

static orch__holder holder_at(const orch__found *found, size_t i)
{
    return found->items ? found->items[i] : found->single;
}

static unsigned kinds_of(const orch__found *found, uint32_t daemon)
{
    uint32_t low = 0, high = found->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (orch__holder_daemon(holder_at(found, middle)) < daemon)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == found->count || orch__holder_daemon(holder_at(found, low)) != daemon)
        return 0;
    return orch__holder_kinds(holder_at(found, low));
}

/* The kinds by which members hold the name, as far as they are among `wanted`; with `addressing`, those members are
 * addressed. A role of thousands in a small channel is looked up member by member. */
static unsigned visit(search *s, const orch__found *name, unsigned wanted, bool addressing)
{
    const orch_incoming *incoming = s->incoming;
    bool by_member = !incoming->everybody && incoming->members_count < name->count / 16;
    size_t steps = by_member ? incoming->members_count : name->count;
    unsigned found = 0;

    mark_members(s);
    for (size_t i = 0; i < steps; i++) {
        uint32_t daemon = by_member ? incoming->members[i].v : orch__holder_daemon(holder_at(name, i));
        unsigned kinds = by_member ? kinds_of(name, daemon) : orch__holder_kinds(holder_at(name, i));

        kinds &= wanted;
        if (!kinds || !is_member(s, daemon))
            continue;
        found |= kinds;
        if (addressing)
            add(s, daemon);
        else if (found == wanted)
            break;
    }
    return found;
}

/* ---- words -------------------------------------------------------------------------------------- */

/* A name ends here: remembers it when members have it as `wanted`. */
static void consider(search *s, const orch__found *found, unsigned wanted, longest *best)
{
    uint32_t words = s->phrase.words_count;
    unsigned kinds = visit(s, found, wanted, false);

    if (kinds & (ORCH__NAME_EXACT | ORCH__NAME_ROLE))
        kinds &= ~(unsigned)ORCH__NAME_FIRST;
    if (kinds)
        *best = (longest){*found, kinds, words, best->everybody && words == 1};
}

static bool is_everybody(const orch__phrase *phrase)
{
    return phrase->end - phrase->begin == EVERYBODY.len &&
           memcmp(phrase->buffer + phrase->begin, EVERYBODY.ptr, EVERYBODY.len) == 0;
}

/* Goes on from the word in the phrase to the longest name that begins with it. */
static void match_longer(search *s, const orch__words *words, const orch__word *first, unsigned wanted,
                         orch__found *found, longest *best)
{
    bool inside = first->after_solo && first->kind == ORCH__WORD_SOLO;
    orch__words ahead = *words;
    orch__word word = *first;
    uint32_t words_max = found->words_max;

    for (;;) {
        if (found->count) {
            bool bare = !inside && !(word.kind == ORCH__WORD_SOLO && orch__words_solo_follows(&ahead));

            consider(s, found, bare ? wanted : wanted & ~(unsigned)ORCH__NAME_BARE, best);
        }
        if (s->phrase.words_count >= words_max || orch__phrase_grow(&s->phrase, &ahead, &word) != ORCH__GROWN)
            return;
        orch__mentions_find(s->mentions, &s->phrase, found);
    }
}

/* Addresses who is called by the word in the phrase, or by a longer name that begins with it. Returns how many words
 * belong to the name; 0: it is none. */
static uint32_t match_word(search *s, const orch__words *words, const orch__word *first)
{
    unsigned wanted = first->addressed ? ORCH__NAME_AT : ORCH__NAME_BARE | ORCH__NAME_MAIL;
    longest best = {.words = 0};
    orch__found found;

    if (first->addressed && is_everybody(&s->phrase))
        best = (longest){.words = 1, .everybody = true};
    orch__mentions_find(s->mentions, &s->phrase, &found);
    if (found.count || found.words_max)
        match_longer(s, words, first, wanted, &found, &best);
    if (best.everybody)
        address_everybody(s);
    else if (best.words)
        visit(s, &best.found, best.kinds, true);
    return best.words;
}

/* Passes over short words that no name begins with: no key has their hash. */
static void pass_strangers(const search *s, orch__words *words)
{
#ifdef ORCH_SMALL
    (void)s, (void)words;
#else
    uint64_t bytes;
    size_t len;

    while ((len = orch__words_short(words, &bytes)) > 0) {
        uint32_t hash = (uint32_t)orch__hash_tail(0, bytes, len);

        if (!s->only_at && orch__table_first(&s->mentions->table, hash).index)
            return;
        orch__words_pass(words, len);
    }
#endif
}

static void match_names(search *s)
{
    orch__words words;
    orch__word word;
    orch__grown grown;
    uint32_t taken = 0; /* words to come that belong to a name already */

    orch__words_init(&words, s->incoming->content, 0);
    orch__phrase_init(&s->phrase);
    while (!is_decided(s) && (grown = orch__phrase_grow(&s->phrase, &words, &word)) != ORCH__GROWN_END) {
        if (taken == 0 && grown == ORCH__GROWN && (word.addressed || !s->only_at))
            taken = match_word(s, &words, &word);
        taken -= taken > 0;
        if (taken == 0 && !is_decided(s))
            pass_strangers(s, &words);
        orch__phrase_init(&s->phrase);
    }
}

static void match_keywords(search *s)
{
    orch__words words, ahead;
    orch__word word;
    orch__grown grown;
    orch__found found;

    orch__words_init(&words, s->incoming->content, ORCH__WORDS_PARTS);
    orch__phrase_init(&s->phrase);
    while ((grown = orch__phrase_grow(&s->phrase, &words, &word)) != ORCH__GROWN_END) {
        uint32_t words_max = 0;

        ahead = words;
        while (grown == ORCH__GROWN) {
            orch__mentions_find(s->mentions, &s->phrase, &found);
            if (s->phrase.words_count == 1)
                words_max = found.words_max;
            if (found.count)
                visit(s, &found, ORCH__NAME_KEYWORD, true);
            if (s->phrase.words_count >= words_max)
                break;
            grown = orch__phrase_grow(&s->phrase, &ahead, &word);
        }
        pass_strangers(s, &words);
        orch__phrase_init(&s->phrase);
    }
}

/* ---- the answer --------------------------------------------------------------------------------- */

/* The author is never among the addressed. */
static bool is_author(const search *s, uint32_t daemon)
{
    const orch_incoming *incoming = s->incoming;

    return daemon == incoming->author_daemon.v ||
           (incoming->author.v && s->mentions->names[daemon]->user.v == incoming->author.v);
}

static size_t take_only(const search *s, orch_daemon_id *out_daemons, size_t max)
{
    if (!s->only_found || is_author(s, s->only))
        return 0;
    if (max > 0)
        out_daemons[0] = (orch_daemon_id){s->only};
    return 1;
}

/* Empties the set of the addressed into `out_daemons`. */
static size_t take_addressed(search *s, orch_daemon_id *out_daemons, size_t max)
{
    orch__mentions *mentions = s->mentions;
    orch__daemon_set *set = &mentions->addressed;
    size_t count = 0;

    for (uint32_t sum = 0; sum * 4096 < mentions->daemons_max; sum++) {
        for (; set->summary[sum]; set->summary[sum] &= set->summary[sum] - 1) {
            uint32_t place = sum * 64 + (uint32_t)__builtin_ctzll(set->summary[sum]);

            for (; set->bits[place]; set->bits[place] &= set->bits[place] - 1) {
                uint32_t daemon = place * 64 + (uint32_t)__builtin_ctzll(set->bits[place]);

                if (is_author(s, daemon))
                    continue;
                if (count < max)
                    out_daemons[count] = (orch_daemon_id){daemon};
                count++;
            }
        }
    }
    return count;
}

size_t orch__mentions_route(orch__mentions *mentions, const orch_incoming *incoming, uint32_t hops_max,
                            orch_daemon_id *out_daemons, size_t max)
{
    search s;

    s.mentions = mentions;
    s.incoming = incoming;
    s.only = !incoming->everybody && incoming->members_count == 1 ? incoming->members[0].v : 0;
    s.only_found = false;
    s.only_at = incoming->author_daemon.v != 0;
    s.members_marked = false;
    if (s.only_at && incoming->hops >= hops_max)
        return 0;
    if (!incoming->everybody && incoming->members_count == 0)
        return 0;
    if (only(&s) && !orch__mentions_known(mentions, s.only))
        return 0;
    if (!s.only_at) {
        address(&s, incoming->reply_to.v);
        for (size_t i = 0; i < incoming->mentions_count; i++)
            address(&s, incoming->mentions[i].v);
    }
    if (!s.only_at && incoming->direct) {
        address_everybody(&s);
    } else {
        match_names(&s);
        if (mentions->keywords && !s.only_at && !is_decided(&s))
            match_keywords(&s);
    }
    if (only(&s))
        return take_only(&s, out_daemons, max);
    unmark_members(&s);
    return take_addressed(&s, out_daemons, max);
}
