/* Keeps the index of names: who joins a key, who leaves it. mention_match.c reads it. */
#include "mention_index.h"

#include "assertion.h"
#include "bytes.h"

_Static_assert(ORCH__NAMES_MAX <= 1 << ORCH__PLACE_BITS, "a place holds the number of a name");
_Static_assert(ORCH__MENTION_ID_MAX < 1u << (31 - ORCH__PLACE_BITS), "a place holds a daemon");

static orch__key *key_at(const orch__mentions *mentions, uint32_t index)
{
    return orch__pool_at(&mentions->keys, index);
}

static uint32_t single_place(uint32_t daemon, uint32_t number)
{
    return ORCH__PLACE_SINGLE | daemon << ORCH__PLACE_BITS | number;
}

static uint32_t place_daemon(uint32_t place)
{
    return (place & ~ORCH__PLACE_SINGLE) >> ORCH__PLACE_BITS;
}

static orch__holder holder_of(uint32_t daemon, const orch__name *name)
{
    return daemon << ORCH__NAME_BITS | name->kinds;
}

/* ---- finding ------------------------------------------------------------------------------------ */

static uint32_t hash_of_place(const void *owner, uint32_t place)
{
    const orch__mentions *mentions = owner;

    if (place & ORCH__PLACE_SINGLE)
        return mentions->names[place_daemon(place)]->items[place & ((1u << ORCH__PLACE_BITS) - 1)].hash;
    return key_at(mentions, place)->hash;
}

/* The places of a hash: the table tells those that may be. */
static orch__probe skip_others(const orch__mentions *mentions, orch__probe probe)
{
    while (probe.index && hash_of_place(mentions, probe.index) != probe.hash)
        probe = orch__table_next(&mentions->table, probe);
    return probe;
}

static orch__probe first_place(const orch__mentions *mentions, uint32_t hash)
{
    return skip_others(mentions, orch__table_first(&mentions->table, hash));
}

static orch__probe next_place(const orch__mentions *mentions, orch__probe probe)
{
    return skip_others(mentions, orch__table_next(&mentions->table, probe));
}

/* The name that gives a place its text (invariant 2); NULL: a key that lists nobody. */
static const orch__name *name_at(const orch__mentions *mentions, uint32_t place, uint32_t hash,
                                 const orch__names **out_names)
{
    const orch__key *key;
    const orch__name *name;

    if (place & ORCH__PLACE_SINGLE) {
        *out_names = mentions->names[place_daemon(place)];
        return &(*out_names)->items[place & ((1u << ORCH__PLACE_BITS) - 1)];
    }
    key = key_at(mentions, place);
    if (key->count == 0)
        return NULL;
    *out_names = mentions->names[orch__holder_daemon(key->items[0])];
    for (name = (*out_names)->items; name->hash != hash; name++)
        ORCH_ASSERT(name < (*out_names)->items + (*out_names)->count);
    return name;
}

static bool place_is(const orch__mentions *mentions, uint32_t place, uint32_t hash, orch_str text)
{
    const orch__names *names;
    const orch__name *name = name_at(mentions, place, hash, &names);

    return name && name->len == text.len &&
           memcmp(orch__names_text(names, name).ptr, text.ptr, text.len) == 0;
}

/* The place of a text; 0: none. */
static uint32_t find_place(const orch__mentions *mentions, uint32_t hash, orch_str text)
{

    for (orch__probe p = first_place(mentions, hash); p.index; p = next_place(mentions, p))
        if (place_is(mentions, p.index, hash, text))
            return p.index;
    return 0;
}

void orch__mentions_find(const orch__mentions *mentions, const orch__phrase *phrase, orch__found *out_found)
{
    orch_str text = {phrase->buffer + phrase->begin, phrase->end - phrase->begin};
    uint32_t hash = orch__phrase_hash(phrase);

    *out_found = (orch__found){.count = 0};
    for (orch__probe p = first_place(mentions, hash); p.index; p = next_place(mentions, p)) {
        const orch__names *names;
        const orch__key *key;

        if (p.index & ORCH__PLACE_SINGLE) {
            if (out_found->count || !place_is(mentions, p.index, hash, text))
                continue;
            out_found->single = holder_of(place_daemon(p.index), name_at(mentions, p.index, hash, &names));
            out_found->count = 1;
            continue;
        }
        key = key_at(mentions, p.index);
        if (key->longer_uses)
            out_found->words_max = key->words_max;
        if (!out_found->count && place_is(mentions, p.index, hash, text)) {
            out_found->items = key->items;
            out_found->count = key->count;
        }
    }
}

/* ---- keys --------------------------------------------------------------------------------------- */

static uint32_t new_key(orch__mentions *mentions, uint32_t hash)
{
    uint32_t index = orch__pool_take(&mentions->keys);

    *key_at(mentions, index) = (orch__key){.hash = hash};
    orch__table_insert(&mentions->table, hash, index);
    return index;
}

/* A key that lists nobody and marks nothing goes. */
static void drop_if_empty(orch__mentions *mentions, uint32_t hash, uint32_t index)
{
    orch__key *key = key_at(mentions, index);

    if (key->count || key->longer_uses)
        return;
    orch__resize(mentions->memory, key->items, key->capacity * sizeof(*key->items), 0);
    orch__table_remove(&mentions->table, hash, index);
    orch__pool_give(&mentions->keys, index);
}

/* Invariant 3: the key that marks first words of this hash, made if need be. */
static uint32_t marking_key(orch__mentions *mentions, uint32_t hash)
{
    uint32_t any = 0;

    for (orch__probe p = first_place(mentions, hash); p.index; p = next_place(mentions, p)) {
        if (p.index & ORCH__PLACE_SINGLE)
            continue;
        any = p.index;
        if (key_at(mentions, any)->longer_uses)
            return any;
    }
    return any ? any : new_key(mentions, hash);
}

static void mark_first_word(orch__mentions *mentions, orch__first_word first)
{
    orch__key *key = key_at(mentions, marking_key(mentions, first.hash));

    key->longer_uses = (key->longer_uses + 1) & 0xFFFFFF;
    if (key->words_max < first.words_count)
        key->words_max = first.words_count;
}

static void unmark_first_word(orch__mentions *mentions, orch__first_word first)
{
    uint32_t index = marking_key(mentions, first.hash);
    orch__key *key = key_at(mentions, index);

    ORCH_ASSERT(key->longer_uses > 0);
    key->longer_uses = (key->longer_uses - 1) & 0xFFFFFF;
    if (key->longer_uses == 0)
        key->words_max = 0;
    drop_if_empty(mentions, first.hash, index);
}

/* The first holder that is not below `daemon`. */
static uint32_t position_in(const orch__key *key, uint32_t daemon)
{
    uint32_t low = 0, high = key->count;

    if (high && orch__holder_daemon(key->items[high - 1]) < daemon)
        return high;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (orch__holder_daemon(key->items[middle]) < daemon)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void list_holder(orch__key *key, orch__holder holder)
{
    uint32_t position = position_in(key, orch__holder_daemon(holder));

    ORCH_ASSERT(key->count < key->capacity);
    memmove(key->items + position + 1, key->items + position, (key->count - position) * sizeof(*key->items));
    key->items[position] = holder;
    key->count++;
}

static int reserve_holder(orch__mentions *mentions, orch__key *key)
{
    uint32_t capacity = key->capacity + key->capacity / 2 + 2;
    orch__holder *items;

    if (key->count < key->capacity)
        return 0;
    items =
        orch__resize(mentions->memory, key->items, key->capacity * sizeof(*items), capacity * sizeof(*items));
    if (!items)
        return ORCH_E_NO_MEMORY;
    key->items = items;
    key->capacity = capacity;
    return 0;
}

/* Makes the place of a single name a key, so that a second daemon can join. The reserved memory is there. */
static int share_place(orch__mentions *mentions, uint32_t place, uint32_t hash)
{
    const orch__names *names;
    orch__holder holder = holder_of(place_daemon(place), name_at(mentions, place, hash, &names));
    uint32_t index;

    index = new_key(mentions, hash);
    if (reserve_holder(mentions, key_at(mentions, index)) < 0) {
        drop_if_empty(mentions, hash, index);
        return ORCH_E_NO_MEMORY;
    }
    orch__table_remove(&mentions->table, hash, place);
    list_holder(key_at(mentions, index), holder);
    return 0;
}

/* ---- joining and leaving ------------------------------------------------------------------------ */

static void join_name(orch__mentions *mentions, orch__names *names, uint32_t number, uint32_t daemon)
{
    const orch__name *name = &names->items[number];
    uint32_t place = find_place(mentions, name->hash, orch__names_text(names, name));

    if (place == 0)
        orch__table_insert(&mentions->table, name->hash, single_place(daemon, number));
    else
        list_holder(key_at(mentions, place), holder_of(daemon, name));
    if (name->longer)
        mark_first_word(mentions, orch__names_first_word(names, name));
    mentions->keywords += (name->kinds & ORCH__NAME_KEYWORD) != 0;
}

static void leave_name(orch__mentions *mentions, orch__names *names, uint32_t number, uint32_t daemon)
{
    const orch__name *name = &names->items[number];
    uint32_t place = find_place(mentions, name->hash, orch__names_text(names, name));

    if (place & ORCH__PLACE_SINGLE) {
        orch__table_remove(&mentions->table, name->hash, place);
    } else {
        orch__key *key = key_at(mentions, place);
        uint32_t position = position_in(key, daemon);

        ORCH_ASSERT(position < key->count && orch__holder_daemon(key->items[position]) == daemon);
        key->count--;
        memmove(key->items + position, key->items + position + 1,
                (key->count - position) * sizeof(*key->items));
        drop_if_empty(mentions, name->hash, place);
    }
    if (name->longer)
        unmark_first_word(mentions, orch__names_first_word(names, name));
    mentions->keywords -= (name->kinds & ORCH__NAME_KEYWORD) != 0;
}

/* ---- daemons ------------------------------------------------------------------------------------ */

/* Words of bits and of summary for `room` daemons. */
static size_t set_words(uint32_t room)
{
    return room / 64 + (room / 64 + 63) / 64;
}

static size_t block_size(uint32_t room)
{
    return room * sizeof(void *) + 2 * set_words(room) * sizeof(uint64_t);
}

/* Points a set into the block and fills it with what `old` holds. */
static uint64_t *place_set(orch__daemon_set *set, uint64_t *at, uint32_t room, uint32_t room_old)
{
    orch__daemon_set old = *set;

    set->bits = at;
    set->summary = at + room / 64;
    if (room_old) {
        memcpy(set->bits, old.bits, room_old / 64 * sizeof(*at));
        memcpy(set->summary, old.summary, (set_words(room_old) - room_old / 64) * sizeof(*at));
    }
    return at + set_words(room);
}

/* Room for `daemon`: the names by daemon and the two sets, in one block that begins with the sets. */
static int reserve_daemon(orch__mentions *mentions, uint32_t daemon)
{
    uint32_t old = mentions->daemons_max, room = old + old / 2;
    void *block_old = mentions->addressed.bits;
    uint64_t *at;

    if (daemon < old)
        return 0;
    if (room <= daemon)
        room = daemon + 1;
    room = (room + 63) / 64 * 64;
    at = orch__resize(mentions->memory, NULL, 0, block_size(room));
    if (!at)
        return ORCH_E_NO_MEMORY;
    memset(at, 0, block_size(room));
    at = place_set(&mentions->addressed, at, room, old);
    at = place_set(&mentions->members, at, room, old);
    if (old)
        memcpy(at, mentions->names, old * sizeof(void *));
    mentions->names = (orch__names **)(void *)at;
    mentions->daemons_max = room;
    orch__resize(mentions->memory, block_old, block_size(old), 0);
    return 0;
}

/* All memory that joining may need: a key for each name and one for its first word. */
static int reserve_names(orch__mentions *mentions, const orch__names *names, uint32_t daemon)
{
    if (orch__pool_reserve(&mentions->keys, 2 * names->count) < 0 ||
        orch__table_reserve(&mentions->table, 2 * names->count) < 0)
        return ORCH_E_NO_MEMORY;
    for (uint32_t i = 0; i < names->count; i++) {
        const orch__name *name = &names->items[i];
        orch_str text = orch__names_text(names, name);
        uint32_t place = find_place(mentions, name->hash, text);

        if (place & ORCH__PLACE_SINGLE) {
            if (place_daemon(place) == daemon)
                continue;
            if (share_place(mentions, place, name->hash) < 0)
                return ORCH_E_NO_MEMORY;
            place = find_place(mentions, name->hash, text);
        }
        if (place && reserve_holder(mentions, key_at(mentions, place)) < 0)
            return ORCH_E_NO_MEMORY;
    }
    return 0;
}

static void leave(orch__mentions *mentions, uint32_t daemon)
{
    orch__names *names = mentions->names[daemon];

    for (uint32_t i = 0; i < names->count; i++)
        leave_name(mentions, names, i, daemon);
    mentions->names[daemon] = NULL;
    orch__names_free(mentions->memory, names);
}

orch__mentions *orch__mentions_new(orch__memory *memory)
{
    orch__mentions *mentions = orch__resize(memory, NULL, 0, sizeof(*mentions));

    if (!mentions)
        return NULL;
    *mentions = (orch__mentions){.memory = memory};
    orch__table_init(&mentions->table, memory, hash_of_place, mentions);
    orch__pool_init(&mentions->keys, memory, sizeof(orch__key));
    return mentions;
}

void orch__mentions_free(orch__mentions *mentions)
{
    orch__memory *memory;

    if (!mentions)
        return;
    memory = mentions->memory;
    for (uint32_t daemon = mentions->daemons_max; daemon-- > 0;) /* from the ends of the lists */
        if (mentions->names[daemon])
            leave(mentions, daemon);
    orch__resize(memory, mentions->addressed.bits, block_size(mentions->daemons_max), 0);
    orch__table_fini(&mentions->table);
    orch__pool_fini(&mentions->keys);
    orch__resize(memory, mentions, sizeof(*mentions), 0);
}

int orch__mentions_set(orch__mentions *mentions, const orch_daemon_spec *spec)
{
    uint32_t daemon = spec->daemon.v;
    orch__names *names;

    ORCH_ASSERT(daemon > 0 && daemon <= ORCH__MENTION_ID_MAX);
    names = orch__names_new(mentions->memory, spec);
    if (!names)
        return ORCH_E_NO_MEMORY;
    if (reserve_daemon(mentions, daemon) < 0 || reserve_names(mentions, names, daemon) < 0) {
        orch__names_free(mentions->memory, names);
        return ORCH_E_NO_MEMORY;
    }
    if (mentions->names[daemon])
        leave(mentions, daemon);
    mentions->names[daemon] = names;
    for (uint32_t i = 0; i < names->count; i++)
        join_name(mentions, names, i, daemon);
    return 0;
}

void orch__mentions_remove(orch__mentions *mentions, orch_daemon_id daemon)
{
    if (orch__mentions_known(mentions, daemon.v))
        leave(mentions, daemon.v);
}
