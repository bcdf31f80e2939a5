/* Who is addressed: tables of messages, the index under change, failing memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mention.h"

/* ---- memory that can fail ----------------------------------------------------------------------- */

static size_t allocations_left = SIZE_MAX;

static void *resize(void *user, void *block, size_t size_old, size_t size_new)
{
    (void)user;
    (void)size_old;
    if (size_new == 0) {
        free(block);
        return NULL;
    }
    if (allocations_left == 0)
        return NULL;
    allocations_left--;
    return realloc(block, size_new);
}

static orch__memory memory = {{resize, NULL}, 0};

/* ---- a cast ------------------------------------------------------------------------------------- */

static orch_str str(const char *text)
{
    return (orch_str){text, text ? strlen(text) : 0};
}

static orch_daemon_spec person(uint32_t daemon, const char *name, const char *role, const char *email)
{
    return (orch_daemon_spec){.daemon = {daemon},
                              .user = {1000 + daemon},
                              .name = str(name),
                              .role = str(role),
                              .email = str(email)};
}

static orch__mentions *cast_of(const orch_daemon_spec *specs, size_t count)
{
    orch__mentions *mentions = orch__mentions_new(&memory);

    assert_non_null(mentions);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(orch__mentions_set(mentions, &specs[i]), 0);
    return mentions;
}

static void describe(const orch_daemon_id *daemons, size_t count, char *out, size_t size)
{
    size_t len = 0;

    out[0] = '\0';
    for (size_t i = 0; i < count; i++)
        len += (size_t)snprintf(out + len, size - len, i ? " %u" : "%u", daemons[i].v);
}

static bool routes(orch__mentions *mentions, const orch_incoming *incoming, const char *expected)
{
    orch_daemon_id daemons[64];
    char found[512];
    size_t count = orch__mentions_route(mentions, incoming, 4, daemons, 64);

    assert_true(count <= 64);
    describe(daemons, count, found, sizeof found);
    if (strcmp(found, expected) == 0)
        return true;
    fprintf(stderr, "content  |%.*s|\nexpected |%s|\nfound    |%s|\n", (int)incoming->content.len,
            incoming->content.ptr, expected, found);
    return false;
}

typedef struct row {
    const char *content;
    const char *expected;
} row;

static void check(orch__mentions *mentions, const row *rows, size_t count)
{
    size_t wrong = 0;

    for (size_t i = 0; i < count; i++) {
        orch_incoming incoming = {.author = {1}, .everybody = true, .content = str(rows[i].content)};

        wrong += !routes(mentions, &incoming, rows[i].expected);
    }
    assert_int_equal(wrong, 0);
}

#define CHECK(mentions, rows) check(mentions, rows, sizeof(rows) / sizeof(rows)[0])

/* ---- tables ------------------------------------------------------------------------------------- */

/* One orchestrator, 1: each way to call it. */
static void test_every_way(void **state)
{
    static const orch_str keywords[] = {{"pull request", 12}, {"🚨", 4}, {"C++", 3}, {"@oncall", 7}};
    orch_daemon_spec spec = person(1, "Ada Lovelace", "Software Architect", "ada.l@acme.com");
    static const row rows[] = {
        {"@Ada Lovelace hello", "1"},
        {"hello @ada", "1"},
        {"@Countess of Lovelace, please", "1"},
        {"@ada-lovelace-2?", "1"},
        {"@ada.l", "1"},
        {"@ada.l@acme.com", "1"},
        {"write to ADA.L@ACME.COM", "1"},
        {"@Software Architect", "1"},
        {"@software-architect", "1"},
        {"@orchestrator", "1"},
        {"Hello @orchestrator", "1"},
        {"@Orchestrator: hi", "1"},
        {"what does Ada Lovelace think?", "1"},
        {"Countess\tof\n Lovelace?", "1"},
        {"our software architect knows", "1"},
        {"review my Pull Request", "1"},
        {"review my pull-request", ""},
        {"🚨 all down", "1"},
        {"all down🚨now", "1"},
        {"who knows C++?", "1"},
        {"who knows C?", ""},
        {"who is oncall", "1"},
        {"@oncall", "1"},
        {"ada", ""},
        {"Ada said so", ""},
        {"Lovelace", ""},
        {"@Lovelace", ""},
        {"ada-lovelace-2", ""},
        {"ada.l", ""},
        {"@adam", ""},
        {"@ada2", ""},
        {"@ada-lovelace", ""},
        {"@ada-lovelace-22", ""},
        {"software architecture", ""},
        {"software, architect", ""},
        {"ada.l@acme.com.au", ""},
        {"x.ada.l@acme.com", ""},
        {"xada.l@acme.com", ""},
        {"orchestrator", ""},
        {"@orchestrators", ""},
        {"orchestrate", ""},
        {"", ""},
        {"@", ""},
        {"nothing here", ""},
    };
    orch__mentions *mentions;

    (void)state;
    spec.display_name = str("Countess of Lovelace");
    spec.slug = str("ada-lovelace-2");
    spec.keywords = keywords;
    spec.keywords_count = 4;
    mentions = cast_of(&spec, 1);
    CHECK(mentions, rows);
    orch__mentions_free(mentions);
}

static void test_word_boundaries(void **state)
{
    orch_daemon_spec spec = person(1, "Ann", "QA", "ann@acme.com");
    static const row rows[] = {
        {"planning", ""},
        {"annex", ""},
        {"Joann", ""},
        {"Ann", "1"},
        {"ANN!", "1"},
        {"Ann's desk", "1"},
        {"Ann’s desk", "1"},
        {"(Ann)", "1"},
        {"\"Ann\"", "1"},
        {"*Ann* _Ann_ **Ann**", "1"},
        {"Ann—please", "1"},
        {"Ann/Bob", "1"},
        {"Ann...", "1"},
        {"Ann-Marie", ""},
        {"Mary-Ann", ""},
        {"ann.txt", ""},
        {"foo.ann", ""},
        {"ann_lee", ""},
        {"ann2", ""},
        {"@Ann's", "1"},
        {"@Ann,", "1"},
        {"(@ann)", "1"},
        {"@ann.", "1"},
        {"@ann:", "1"},
        {"@ann@", "1"},
        {"hi,@ann", "1"},
        {"@@ann", "1"},
        {"_@ann_", "1"},
        {"**@ann**", "1"},
        {"<@ann>", "1"},
        {"@ann/@bob", "1"},
        {"@ann+1", "1"},
        {"@ann-marie", ""},
        {"@ann.lee", ""},
        {"@ann_lee", ""},
        {"@annie", ""},
        {"foo@ann", ""},
        {"foo@ann.com", ""},
        {"@foo@ann", ""},
        {"ann@foo", ""},
        {"ann@acme.com", "1"},
        {"mail <ann@acme.com>.", "1"},
        {"ann@acme.community", ""},
        {"joann@acme.com", ""},
        {"👍Ann👍", "1"},
        {"👍@ann❤️", "1"},
        {"Ann\xEF\xB8\x8F", "1"},
        {"@an\xE2\x80\x8Dn", "1"},
        {"qa", "1"},
        {"Q&A", ""},
        {"@qa please", "1"},
    };
    orch__mentions *mentions = cast_of(&spec, 1);

    (void)state;
    CHECK(mentions, rows);
    orch__mentions_free(mentions);
}

static void test_code_and_urls(void **state)
{
    orch_daemon_spec spec = person(1, "Ann", "QA", "ann@acme.com");
    static const row rows[] = {
        {"`@ann`", ""},
        {"``@ann ` Ann``", ""},
        {"`@ann", "1"},
        {"`a` @ann `b`", "1"},
        {"```\n@ann\n```", ""},
        {"```\n@ann\n```\n@ann", "1"},
        {"```\n@ann", ""},
        {"~~~\nAnn\n~~~", ""},
        {"look: ```@ann``` ok", ""},
        {"look: ```\n@ann\n``` ok @ann", "1"},
        {"> ```\n> @ann\n> ```", ""},
        {"https://acme.com/@ann", ""},
        {"https://acme.com/Ann", ""},
        {"http://ann", ""},
        {"www.acme.com/ann", ""},
        {"acme.com/@ann", ""},
        {"mailto:ann@acme.com", ""},
        {"[x](https://acme.com/ann)", ""},
        {"[@ann](https://acme.com)", "1"},
        {"(https://acme.com) @ann", "1"},
        {"https://acme.com, Ann", "1"},
    };
    orch__mentions *mentions = cast_of(&spec, 1);

    (void)state;
    CHECK(mentions, rows);
    orch__mentions_free(mentions);
}

static void test_unicode(void **state)
{
    orch_daemon_spec specs[] = {
        person(1, "Änne Straße", "Прораб", ""),
        person(2, "İbrahim", "", ""),
        person(3, "小明", "设计师", ""),
        person(4, "민수", "", ""),
        person(5, "René", "", ""),
        person(6, "Ἀχιλλεύς", "", ""),
        person(7, "さくら", "", ""),
    };
    static const orch_str keywords[] = {{"发票", 6}};
    static const row rows[] = {
        {"@änne", "1"},
        {"@ÄNNE", "1"},
        {"@ÄNNE STRASSE", "1"},
        {"änne strasse", "1"},
        {"@anne", ""},
        {"спроси у ПРОРАБА", ""},
        {"где прораб?", "1"},
        {"@ПРОРАБ", "1"},
        {"@İBRAHIM", "2"},
        {"@i̇brahim", "2"},
        {"@ibrahim",
         ""}, /* the dotted capital is not the plain one: full folding, without the Turkic rules */
        {"@IBRAHIM", ""},
        {"@小明", "3"},
        {"@小明你好", "3"},
        {"你好@小明", "3"},
        {"你好＠小明，在吗", "3"},
        {"小明，在吗", "3"},
        {"我喜欢小明星", ""},
        {"小明星", ""},
        {"大小明", ""},
        {"hi 小明 hi", "3"},
        {"@设计师看看", "3"},
        {"看发票问题", "3"},
        {"@민수님", "4"},
        {"민수가", ""},
        {"민수", "4"},
        {"@René", "5"},
        {"@RENÉ", "5"},
        {"@rene", ""},
        {"@Rene\xCC\x81\xCC\x82", ""},
        {"@ἀχιλλεύσ", "6"},
        {"@ἈΧΙΛΛΕΎΣ", "6"},
        {"@さくらさん", "7"},
        {"さくらさん", ""},
        {"@小\xFF明", ""},
        {"\xFF@小明\xFF", "3"},
        {"@Ren\xC3", ""},
    };
    orch__mentions *mentions;

    (void)state;
    specs[2].keywords = keywords;
    specs[2].keywords_count = 1;
    mentions = cast_of(specs, 7);
    CHECK(mentions, rows);
    orch__mentions_free(mentions);
}

static void test_overlapping_names(void **state)
{
    static const orch_str keywords[] = {{"lee", 3}, {"sign-up", 7}};
    orch_daemon_spec specs[] = {
        person(1, "Ann", "Designer", "ann@acme.com"),
        person(2, "Ann Lee", "Lead Designer", "ann.lee@acme.com"),
        person(3, "Ann Lee Kim", "Designer", "kim@acme.com"),
        person(4, "Bob Orchestrator", "Tester", "bob@acme.com"),
        person(5, "Bob Burger", "Tester", "bb@acme.com"),
    };
    static const row rows[] = {
        {"@Ann", "1"},
        {"@Ann Lee", "2 5"},
        {"@Ann Lee Kim", "3 5"},
        {"@Ann Lee, Kim", "2 5"},
        {"@Ann Leek", "1"},
        {"@Ann Lee @Ann", "1 2 5"},
        {"Ann Lee", "2 5"},
        {"Ann and Ann Lee", "1 2 5"},
        {"@ann.lee", "2 5"},
        {"@ann-lee-kim", "3 5"},
        {"@designer", "1 3"},
        {"the lead designer", "2"},
        {"@lead designer", "2"},
        {"lead, designer", "1 3"},
        {"@Bob", "4"}, /* its own e-mail's local part; for the other one it is a first name only */
        {"@bb", "5"},
        {"@testers", ""},
        {"@tester", "4 5"},
        {"@orchestrator bob", "1 2 3 4 5"},
        {"the sign-up page", "5"},
        {"the sign up page", ""},
    };
    orch__mentions *mentions;

    (void)state;
    specs[4].keywords = keywords;
    specs[4].keywords_count = 2;
    mentions = cast_of(specs, 5);
    CHECK(mentions, rows);
    orch__mentions_free(mentions);
}

/* Odd names are found as they are written. */
static void test_odd_names(void **state)
{
    const orch_daemon_spec specs[] = {
        person(1, "O'Neil", "C# & .NET", ""),
        person(2, "Dr. Ann-Marie Lee", "R&D", ""),
        person(3, "R2-D2", "", ""),
        person(4, "Yahoo!", "", "a+b@c.de"),
        person(5, "Ann (Sales)", "", "\"odd one\"@x.y"),
        person(6, "!!!", "", "@"),
        person(7, "Bad\xFFname", "", ""),
        person(8, "  Eve \n Adams ", "", ""),
        person(9, "@Zoe", "", ""),
        person(10, "🚀 Bot", "", ""),
    };
    static const row rows[] = {
        {"@O'Neil", "1"},
        {"@O’Neil's", "1"},
        {"@O", ""},
        {"the C# & .NET one", "1"},
        {"@Dr. Ann-Marie Lee", "2"},
        {"@dr", "2"},
        {"@dr-ann-marie-lee", "2"},
        {"ask R&D", "2"},
        {"R & D", ""},
        {"@r2-d2", "3"},
        {"@r2", ""},
        {"@yahoo", "4"},
        {"Yahoo! is", "4"},
        {"a+b@c.de", "4"},
        {"@a+b", "4"},
        {"@Ann (Sales)", "5"},
        {"@ann", "5"},
        {"@ann-sales", "5"},
        {"\"odd one\"@x.y", "5"},
        {"!!!", ""},
        {"Bad\xFFname", ""},
        {"@eve adams", "8"},
        {"@eve", "8"},
        {"@zoe", "9"},
        {"zoe", "9"},
        {"@🚀 Bot", "10"},
        {"@🚀", "10"},
        {"🚀 bot!", "10"},
        {"🚀 bottom", ""},
    };
    orch__mentions *mentions = cast_of(specs, 10);

    (void)state;
    CHECK(mentions, rows);
    orch__mentions_free(mentions);
}

static void test_mention_only(void **state)
{
    static const orch_str keywords[] = {{"help", 4}};
    orch_daemon_spec spec = person(1, "Ann", "QA", "ann@acme.com");
    static const row rows[] = {
        {"Ann", ""},
        {"QA", ""},
        {"help", ""},
        {"@ann", "1"},
        {"@qa", "1"},
        {"ann@acme.com", "1"},
        {"@orchestrator", "1"},
    };
    orch__mentions *mentions;

    (void)state;
    spec.mention_only = true;
    spec.keywords = keywords;
    spec.keywords_count = 1;
    mentions = cast_of(&spec, 1);
    CHECK(mentions, rows);
    orch__mentions_free(mentions);
}

/* ---- beside the content ------------------------------------------------------------------------- */

static void test_reply_mentions_direct(void **state)
{
    const orch_daemon_spec specs[] = {person(1, "Ann", "", ""), person(2, "Bob", "", ""),
                                      person(3, "Eve", "", "")};
    static const orch_daemon_id mentioned[] = {{3}, {1}, {3}, {9}, {0}, {UINT32_MAX}};
    static const orch_daemon_id members[] = {{3}, {2}, {3}, {77}};
    orch__mentions *mentions = cast_of(specs, 3);
    orch_incoming incoming = {.author = {1}, .everybody = true, .content = str("hi @bob")};

    (void)state;
    incoming.reply_to.v = 1;
    assert_true(routes(mentions, &incoming, "1 2"));
    incoming.reply_to.v = 99;
    assert_true(routes(mentions, &incoming, "2"));
    incoming.mentions = mentioned;
    incoming.mentions_count = 6;
    assert_true(routes(mentions, &incoming, "1 2 3"));
    incoming.members = members;
    incoming.members_count = 4;
    assert_true(routes(mentions, &incoming, "1 2 3"));
    incoming.everybody = false;
    assert_true(routes(mentions, &incoming, "2 3"));
    incoming.content = str("hi");
    assert_true(routes(mentions, &incoming, "3"));
    incoming.mentions_count = 0;
    incoming.direct = true;
    assert_true(routes(mentions, &incoming, "2 3"));
    incoming.content = str("@ann");
    assert_true(routes(mentions, &incoming, "2 3"));
    incoming.members_count = 0; /* nobody is there */
    assert_true(routes(mentions, &incoming, ""));
    incoming.members = NULL;
    assert_true(routes(mentions, &incoming, ""));
    orch__mentions_free(mentions);
}

static void test_members_decide(void **state)
{
    const orch_daemon_spec specs[] = {person(1, "Ann", "", ""), person(2, "Ann Lee", "", ""),
                                      person(3, "Ann Kim", "", "")};
    static const orch_daemon_id members[] = {{2}, {3}};
    static const orch_daemon_id alone[] = {{3}};
    orch__mentions *mentions = cast_of(specs, 3);
    orch_incoming incoming = {.author = {1}, .content = str("@Ann"), .members = members, .members_count = 2};

    (void)state;
    assert_true(routes(mentions, &incoming, "2 3"));
    incoming.content = str("@Ann Lee");
    assert_true(routes(mentions, &incoming, "2"));
    incoming.members = alone;
    incoming.members_count = 1;
    assert_true(routes(mentions, &incoming, "3"));
    incoming.content = str("@orchestrator");
    assert_true(routes(mentions, &incoming, "3"));
    orch__mentions_free(mentions);
}

static void test_never_to_itself(void **state)
{
    const orch_daemon_spec specs[] = {person(1, "Ann", "QA", ""), person(2, "Bob", "QA", "bob@acme.com")};
    static const orch_daemon_id both[] = {{1}, {2}};
    orch__mentions *mentions = cast_of(specs, 2);
    orch_incoming incoming = {.author = {1001},
                              .author_daemon = {1},
                              .reply_to = {1},
                              .mentions = both,
                              .mentions_count = 2,
                              .members = both,
                              .members_count = 2,
                              .direct = true};

    (void)state;
    incoming.content = str("Ann, Bob, QA: bob@acme.com");
    assert_true(routes(mentions, &incoming, ""));
    incoming.content = str("@Ann @Bob");
    assert_true(routes(mentions, &incoming, "2"));
    incoming.content = str("@bob@acme.com");
    assert_true(routes(mentions, &incoming, "2"));
    incoming.content = str("@qa @orchestrator");
    assert_true(routes(mentions, &incoming, "2"));
    incoming.hops = 3;
    assert_true(routes(mentions, &incoming, "2"));
    incoming.hops = 4; /* the chain ends */
    assert_true(routes(mentions, &incoming, ""));
    incoming.author_daemon.v = 0; /* known by its user only: still not to itself */
    incoming.hops = 0;
    assert_true(routes(mentions, &incoming, "2"));
    incoming.author.v = 1;
    assert_true(routes(mentions, &incoming, "1 2"));
    orch__mentions_free(mentions);
}

/* ---- size --------------------------------------------------------------------------------------- */

static void test_small_room(void **state)
{
    orch__mentions *mentions = orch__mentions_new(&memory);
    orch_incoming incoming = {.author = {1}, .everybody = true, .content = str("@designer")};
    orch_daemon_id two[2] = {{0}, {0}};

    (void)state;
    for (uint32_t i = 300; i > 0; i--) {
        char name[32];
        orch_daemon_spec spec = person(i, "", "Designer", "");

        snprintf(name, sizeof name, "Agent %u", i);
        spec.name = str(name);
        assert_int_equal(orch__mentions_set(mentions, &spec), 0);
    }
    assert_int_equal(orch__mentions_route(mentions, &incoming, 4, two, 2), 300);
    assert_int_equal(two[0].v, 1);
    assert_int_equal(two[1].v, 2);
    assert_int_equal(orch__mentions_route(mentions, &incoming, 4, NULL, 0), 300);
    incoming.content = str("@agent 77");
    assert_int_equal(orch__mentions_route(mentions, &incoming, 4, two, 2), 1);
    assert_int_equal(two[0].v, 77);
    orch__mentions_free(mentions);
}

static void test_long_content(void **state)
{
    enum { SIZE = 1 << 20 };
    orch_daemon_spec spec = person(1, "Ann", "QA", "");
    orch__mentions *mentions = cast_of(&spec, 1);
    char *text = malloc(SIZE);
    orch_incoming incoming = {.author = {1}, .everybody = true, .content = {text, SIZE}};

    (void)state;
    memset(text, 'x', SIZE);
    assert_true(orch__mentions_route(mentions, &incoming, 4, NULL, 0) == 0);
    memcpy(text + SIZE - 5, " @ann", 5);
    assert_true(orch__mentions_route(mentions, &incoming, 4, NULL, 0) == 1);
    for (size_t i = 0; i + 4 < SIZE; i++)
        text[i] = " ann"[i % 4];
    assert_true(orch__mentions_route(mentions, &incoming, 4, NULL, 0) == 1);
    free(text);
    orch__mentions_free(mentions);
}

static void test_longest_names(void **state)
{
    char name[ORCH_NAME_LEN_MAX], content[ORCH_NAME_LEN_MAX + 2] = "@";
    orch_daemon_spec spec = person(1, NULL, "", "");
    static const char *const pieces[] = {"ΐ", "a ", "x", "小", "a-"};

    (void)state;
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        size_t len = strlen(pieces[i]), size = ORCH_NAME_LEN_MAX / len * len;
        orch_incoming incoming = {.author = {1}, .everybody = true, .content = {content, size + 1}};
        orch__mentions *mentions;

        for (size_t at = 0; at < size; at++)
            content[at + 1] = name[at] = pieces[i][at % len];
        spec.name = spec.display_name = spec.role = (orch_str){name, size};
        mentions = cast_of(&spec, 1);
        assert_int_equal(orch__mentions_route(mentions, &incoming, 4, NULL, 0), 1);
        orch__mentions_free(mentions);
    }
}

/* ---- change and failure ------------------------------------------------------------------------- */

static void test_update_and_remove(void **state)
{
    orch_daemon_spec specs[] = {person(1, "Ann Lee", "QA Lead", "ann@acme.com"),
                                person(2, "Ann Kim", "QA Lead", "")};
    orch__mentions *mentions = cast_of(specs, 2);
    static const row before[] = {{"@ann", "1"}, {"@qa lead", "1 2"}, {"ann kim", "2"}};
    static const row renamed[] = {
        {"@ann", "2"}, {"@qa lead", "2"}, {"@zoe", "1"}, {"ann@acme.com", ""}, {"ann lee", ""}};
    static const row removed[] = {{"@ann", ""}, {"@qa lead", ""}, {"@zoe", "1"}, {"@orchestrator", "1"}};

    (void)state;
    CHECK(mentions, before);
    specs[0] = person(1, "Zoe", "", "");
    assert_int_equal(orch__mentions_set(mentions, &specs[0]), 0);
    CHECK(mentions, renamed);
    orch__mentions_remove(mentions, (orch_daemon_id){2});
    orch__mentions_remove(mentions, (orch_daemon_id){2});
    orch__mentions_remove(mentions, (orch_daemon_id){4000});
    CHECK(mentions, removed);
    orch__mentions_free(mentions);
    assert_int_equal(memory.bytes, 0);
}

static void test_memory_stays_bounded(void **state)
{
    orch__mentions *mentions = orch__mentions_new(&memory);
    size_t settled = 0;

    (void)state;
    for (uint32_t i = 0; i < 20000; i++) {
        char name[64];
        orch_daemon_spec spec = person(1 + i % 50, "", i % 3 ? "Lead Designer" : "QA", "");

        snprintf(name, sizeof name, "First%u Last%u", i, i * 7);
        spec.name = str(name);
        assert_int_equal(orch__mentions_set(mentions, &spec), 0);
        if (i == 1000)
            settled = memory.bytes;
    }
    assert_true(memory.bytes <= settled + settled / 10);
    orch__mentions_free(mentions);
    assert_int_equal(memory.bytes, 0);
}

/* Every allocation fails once; what was known before stays known, and only that. */
static void test_no_memory(void **state)
{
    static const orch_str keywords[] = {{"big deal", 8}};
    orch_daemon_spec specs[] = {person(1, "Ann Lee", "QA Lead", "ann@acme.com"),
                                person(2, "Ann Kim", "QA Lead", ""),
                                person(200, "Ann Lee", "QA Lead", "x@acme.com")};
    static const row before[] = {{"@ann lee", "1"}, {"@qa lead", "1 2"}, {"@x", ""}, {"big deal", ""}};
    static const row after[] = {
        {"@ann lee", "1 200"}, {"@qa lead", "1 2 200"}, {"@x", "200"}, {"big deal", "200"}};
    size_t failures = 0;
    int error;

    (void)state;
    specs[2].keywords = keywords;
    specs[2].keywords_count = 1;
    do {
        orch__mentions *mentions = cast_of(specs, 2);

        allocations_left = failures++;
        error = orch__mentions_set(mentions, &specs[2]);
        allocations_left = SIZE_MAX;
        if (error) {
            assert_int_equal(error, ORCH_E_NO_MEMORY);
            CHECK(mentions, before);
        } else {
            CHECK(mentions, after);
        }
        orch__mentions_free(mentions);
        assert_int_equal(memory.bytes, 0);
    } while (error);
    assert_true(failures > 3);
    allocations_left = 0;
    assert_null(orch__mentions_new(&memory));
    allocations_left = SIZE_MAX;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_way),
        cmocka_unit_test(test_word_boundaries),
        cmocka_unit_test(test_code_and_urls),
        cmocka_unit_test(test_unicode),
        cmocka_unit_test(test_overlapping_names),
        cmocka_unit_test(test_odd_names),
        cmocka_unit_test(test_mention_only),
        cmocka_unit_test(test_reply_mentions_direct),
        cmocka_unit_test(test_members_decide),
        cmocka_unit_test(test_never_to_itself),
        cmocka_unit_test(test_small_room),
        cmocka_unit_test(test_long_content),
        cmocka_unit_test(test_longest_names),
        cmocka_unit_test(test_update_and_remove),
        cmocka_unit_test(test_memory_stays_bounded),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
