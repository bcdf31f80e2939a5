/* Searching, and the index that follows: what is written, edited and deleted, before and after it was indexed. */
#include <stdio.h>
#include <string.h>

#include "workspace_fixture.h"

typedef struct hits {
    int calls;
    orch_problem problem;
    size_t count;
    char contents[64][64];
    char next[ORCH_ID_MAX];
    bool incomplete;
} hits;

static void on_found(const orch_problem *problem, const orch_found *found, void *user)
{
    hits *seen = user;

    seen->calls++;
    if (problem) {
        seen->problem = *problem;
        return;
    }
    seen->count = found->count;
    for (size_t i = 0; i < found->count && i < 64; i++)
        snprintf(seen->contents[i], sizeof seen->contents[i], "%.*s", (int)found->items[i].content.len,
                 found->items[i].content.ptr);
    snprintf(seen->next, sizeof seen->next, "%.*s", (int)found->next.len, found->next.ptr);
    seen->incomplete = found->incomplete;
}

static hits search_for(fixture *f, const orch_search *search)
{
    hits seen = {0};

    seen.problem.error = orch_workspace_search(f->workspace, search, on_found, &seen, &seen.problem);
    if (seen.problem.error)
        return seen;
    orch_database_drain(f->database);
    assert_int_equal(seen.calls, 1);
    return seen;
}

static hits search(fixture *f, orch_user *reader, const char *query)
{
    return search_for(f, &(orch_search){.reader = reader, .query = str(query), .limit = 10});
}

static void assert_found(fixture *f, const char *query, size_t count)
{
    hits seen = search(f, f->ann, query);

    if (seen.problem.error)
        fail_msg("%s: %s", query, seen.problem.message);
    if (seen.count != count)
        fail_msg("%s: found %zu, not %zu", query, seen.count, count);
}

static void finds_words_newest_first(void **state)
{
    fixture *f = *state;

    assert_found(f, "tide", 0);
    post(f, f->ann, f->general, "The tide comes in");
    post(f, f->ben, f->general, "and the TIDE goes out");
    post(f, f->ben, f->general, "nothing of it");
    hits seen = search(f, f->ann, "tide");

    assert_int_equal(seen.count, 2);
    assert_string_equal(seen.contents[0], "and the TIDE goes out");
    assert_string_equal(seen.contents[1], "The tide comes in");
    assert_false(seen.incomplete);
    assert_string_equal(seen.next, "");
    assert_found(f, "goes tide", 1);
    assert_found(f, "ti", 2);
    assert_found(f, "ti comes", 0); /* only the last word may be a beginning */
    assert_found(f, "t", 0);
    assert_found(f, "ebb", 0);
}

static void case_accents_and_scripts(void **state)
{
    fixture *f = *state;

    post(f, f->ann, f->general, "Crème brûlée für Łukasz");
    post(f, f->ann, f->general, "привет, мир");
    assert_found(f, "creme brulee", 1);
    assert_found(f, "FÜR", 1);
    assert_found(f, "ПРИВ", 1);
}

/* Nothing that is typed is syntax, or an error. */
static void no_query_is_syntax(void **state)
{
    fixture *f = *state;
    static const char *const queries[] = {"a OR b",       "NOT x",
                                          "\"",           "\"\"x\"",
                                          "content:x",    "x*",
                                          "(x",           "x)",
                                          "^x",           "-x",
                                          "{x y}: z",     "NEAR(x y, 3)",
                                          "x AND",        "x'; DROP TABLE messages; --",
                                          "\xe2\x80\xa6", "\xf0\x9f\x91\x8d",
                                          "x + y",        "1.5",
                                          "$1",           "orchd_search:x"};

    post(f, f->ann, f->general, "some words");
    for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
        hits seen = search(f, f->ann, queries[i]);

        if (seen.problem.error && seen.problem.error != ORCH_E_INVALID)
            fail_msg("%s: %s", queries[i], seen.problem.message);
        assert_int_equal(seen.count, 0);
    }
    post(f, f->ann, f->general, "the well-being \"quoted\" don't");
    assert_found(f, "well-being", 1);
    assert_found(f, "\"quoted\"", 1);
    assert_found(f, "don't", 1);
}

static void only_where_one_is(void **state)
{
    fixture *f = *state;

    post(f, f->ann, f->closed, "the secret tide");
    post(f, f->ann, f->general, "the open tide");
    assert_int_equal(search(f, f->ann, "tide").count, 2);
    hits seen = search(f, f->ben, "tide");

    assert_int_equal(seen.count, 1);
    assert_string_equal(seen.contents[0], "the open tide");
    seen = search_for(
        f, &(orch_search){.reader = f->ann, .channel = f->closed, .query = ORCH_STR("tide"), .limit = 10});
    assert_int_equal(seen.count, 1);
    assert_string_equal(seen.contents[0], "the secret tide");
    seen = search_for(
        f, &(orch_search){.reader = f->ben, .channel = f->closed, .query = ORCH_STR("tide"), .limit = 10});
    assert_int_equal(seen.problem.error, ORCH_E_FORBIDDEN);
}

static void edit(fixture *f, const answer *posted, const char *content)
{
    answer seen = {0};

    assert_int_equal(orch_workspace_edit(f->workspace, f->ann, str(posted->message.id.text), str(content),
                                         on_changed, &seen, &seen.problem),
                     0);
    orch_database_drain(f->database);
    assert_int_equal(seen.problem.error, 0);
}

static void delete (fixture *f, const answer *posted)
{
    answer seen = {0};

    assert_int_equal(orch_workspace_delete(f->workspace, f->ann, str(posted->message.id.text), on_changed,
                                           &seen, &seen.problem),
                     0);
    orch_database_drain(f->database);
    assert_int_equal(seen.problem.error, 0);
}

/* As another program on the same database would. */
static void execute(fixture *f, const char *sql)
{
    orch_batch *batch = orch_batch_new();

    assert_true(orch_batch_add(batch, sql, NULL, 0) == 0);
    assert_int_equal(orch_database_submit(f->database, batch, ORCH_BATCH_WRITE, NULL, NULL), 0);
    orch_database_drain(f->database);
}

static int64_t indexed_with(fixture *f, const char *word)
{
    char sql[128];
    static char kept[16][128];
    static size_t used;

    snprintf(sql, sizeof sql, "SELECT count(*) FROM orchd_search WHERE orchd_search MATCH '%s'", word);
    snprintf(kept[used % 16], sizeof kept[0], "%s", sql); /* statements are known by their address */
    return ask(f, kept[used++ % 16]);
}

/* Also what is nobody's to read any more is taken out of the index. */
static void edits_and_deletions_are_followed(void **state)
{
    fixture *f = *state;
    answer before = post(f, f->ann, f->general, "apple");

    edit(f, &before, "pear"); /* nobody has searched yet */
    assert_found(f, "apple", 0);
    assert_found(f, "pear", 1);
    edit(f, &before, "plum");
    assert_found(f, "pear", 0);
    assert_found(f, "plum", 1);
    answer after = post(f, f->ann, f->general, "cherry");

    edit(f, &after, "peach"); /* not indexed yet */
    assert_found(f, "cherry", 0);
    assert_found(f, "peach", 1);
    delete (f, &before);
    delete (f, &after);
    assert_found(f, "plum", 0);
    assert_found(f, "peach", 0);
    assert_int_equal(indexed_with(f, "plum"), 0);
    assert_int_equal(indexed_with(f, "peach"), 0);
    assert_int_equal(indexed_with(f, "apple"), 0);
}

/* Another program on the same database knows nothing of the index. */
static void what_others_change_is_followed(void **state)
{
    fixture *f = *state;

    post(f, f->ann, f->general, "apple");
    post(f, f->ann, f->general, "berry");
    post(f, f->ann, f->general, "cherry");
    assert_found(f, "apple", 1);
    execute(f, "UPDATE messages SET content = 'pear' WHERE content = 'apple'");
    execute(f, "UPDATE messages SET content = 'plum' WHERE content = 'pear'");
    execute(f, "UPDATE messages SET is_deleted = true WHERE content = 'berry'");
    execute(f, "DELETE FROM messages WHERE content = 'cherry'");
    assert_found(f, "plum", 1);
    assert_found(f, "apple", 0);
    assert_found(f, "berry", 0);
    assert_int_equal(indexed_with(f, "apple") + indexed_with(f, "pear") + indexed_with(f, "berry") +
                         indexed_with(f, "cherry"),
                     0);
    execute(f, "UPDATE messages SET is_deleted = false WHERE content = 'berry'");
    assert_found(f, "berry", 1);
}

static void pages_go_on(void **state)
{
    fixture *f = *state;
    char content[32];
    orch_search question = {.reader = f->ann, .query = ORCH_STR("number"), .limit = 10};
    char next[ORCH_ID_MAX];

    for (int i = 0; i < 25; i++) {
        snprintf(content, sizeof content, "number %d", i);
        post(f, f->ben, f->general, content);
    }
    hits seen = search_for(f, &question);

    assert_int_equal(seen.count, 10);
    assert_string_equal(seen.contents[0], "number 24");
    snprintf(next, sizeof next, "%s", seen.next);
    question.before = str(next);
    seen = search_for(f, &question);
    assert_string_equal(seen.contents[0], "number 14");
    snprintf(next, sizeof next, "%s", seen.next);
    seen = search_for(f, &question);
    assert_int_equal(seen.count, 5);
    assert_string_equal(seen.contents[4], "number 0");
    assert_string_equal(seen.next, "");
    question.before = ORCH_STR("ghost");
    assert_int_equal(search_for(f, &question).problem.error, ORCH_E_NOT_FOUND);
}

/* 3,000 messages were stored before anybody searched: the newest ones are found at once, the rest follows in pieces. */
static void old_messages_follow_in_pieces(void **state)
{
    fixture *f = *state;
    answer first = post(f, f->ann, f->general, "the very first");
    static const char fill[] =
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) "
        "INSERT INTO messages (id, content, channel_id, author_id, created_at, updated_at) "
        "SELECT m.id || '-' || printf('%05d', i), 'old ' || i, m.channel_id, m.author_id, m.created_at, "
        "m.updated_at "
        "FROM n, messages m WHERE m.id NOT LIKE '%-%'";

    (void)first;
    execute(f, fill);
    post(f, f->ann, f->general, "the very last");
    hits seen = search(f, f->ann, "very");

    assert_int_equal(seen.count, 1);
    assert_string_equal(seen.contents[0], "the very last");
    assert_true(seen.incomplete);
    for (int i = 0; i < 4 && seen.incomplete; i++)
        seen = search(f, f->ann, "very");
    assert_false(seen.incomplete);
    assert_int_equal(seen.count, 2);
    assert_found(f, "1234", 1);
    fixture_reopen(f);
    post(f, f->ann, f->general, "after the restart");
    assert_found(f, "restart", 1);
    assert_found(f, "2999", 1);
}

/* As after a VACUUM that numbered the rows anew. */
static void an_index_of_other_rows_is_made_anew(void **state)
{
    fixture *f = *state;

    post(f, f->ann, f->general, "one tide");
    assert_found(f, "tide", 1);
    execute(f, "UPDATE messages SET rowid = rowid + 1000");
    assert_found(f, "tide", 1);
    post(f, f->ann, f->general, "two tides");
    assert_found(f, "tide", 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(finds_words_newest_first, setup_people, teardown),
        cmocka_unit_test_setup_teardown(case_accents_and_scripts, setup_people, teardown),
        cmocka_unit_test_setup_teardown(no_query_is_syntax, setup_people, teardown),
        cmocka_unit_test_setup_teardown(only_where_one_is, setup_people, teardown),
        cmocka_unit_test_setup_teardown(edits_and_deletions_are_followed, setup_people, teardown),
        cmocka_unit_test_setup_teardown(what_others_change_is_followed, setup_people, teardown),
        cmocka_unit_test_setup_teardown(pages_go_on, setup_people, teardown),
        cmocka_unit_test_setup_teardown(old_messages_follow_in_pieces, setup_people, teardown),
        cmocka_unit_test_setup_teardown(an_index_of_other_rows_is_made_anew, setup_people, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
