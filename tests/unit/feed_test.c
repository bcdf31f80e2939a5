#include "workspace_fixture.h"

#include <stdio.h>
#include <string.h>

typedef struct page {
    int calls;
    orch_problem problem;
    size_t count;
    int64_t cursor;
    bool more;
    bool gap;
    int64_t cursors[4];
    orch_feed_entry_kind kinds[4];
    char contents[4][32];
} page;

static void on_page(const orch_problem *problem, const orch_feed_page *given, void *user)
{
    page *seen = user;

    seen->calls++;
    seen->problem = problem ? *problem : (orch_problem){0};
    if (problem)
        return;
    seen->count = given->count;
    seen->cursor = given->cursor;
    seen->more = given->more;
    seen->gap = given->gap;
    for (size_t i = 0; i < given->count && i < 4; i++) {
        seen->cursors[i] = given->items[i].cursor;
        seen->kinds[i] = given->items[i].kind;
        snprintf(seen->contents[i], sizeof seen->contents[i], "%.*s",
                 (int)given->items[i].message.content.len, given->items[i].message.content.ptr);
    }
}

static page read_feed(fixture *f, orch_user *reader, int64_t since)
{
    page seen = {0};

    assert_int_equal(orch_workspace_feed(f->workspace, reader, since, on_page, &seen), 0);
    orch_database_drain(f->database);
    assert_int_equal(seen.calls, 1);
    return seen;
}

static void a_client_that_was_away_misses_nothing(void **state)
{
    fixture *f = *state;
    int64_t start = orch_workspace_cursor(f->workspace);
    answer first = post(f, f->ann, f->general, "first");

    post(f, f->ann, f->closed, "not for ben");
    post(f, f->ben, f->general, "second");
    fixture_reopen(f);
    page seen = read_feed(f, f->ben, start);

    assert_int_equal(seen.count, 2);
    assert_string_equal(seen.contents[0], "first");
    assert_string_equal(seen.contents[1], "second");
    assert_int_equal(seen.kinds[0], ORCH_FEED_MESSAGE_CREATED);
    assert_int_equal(seen.cursors[0], first.cursor);
    assert_int_equal(seen.cursor, orch_workspace_cursor(f->workspace));
    assert_false(seen.more || seen.gap);
    assert_int_equal(read_feed(f, f->ann, start).count, 3);
    assert_int_equal(read_feed(f, NULL, start).count, 3);
    seen = read_feed(f, f->ben, first.cursor);
    assert_int_equal(seen.count, 1);
    assert_int_equal(read_feed(f, f->ben, seen.cursor).count, 0);
}

static void a_long_absence_comes_in_pages(void **state)
{
    fixture *f = *state;
    const orch_post whole = {.author = f->ben, .channel = f->general, .content = ORCH_STR("x")};
    static answer seen[1203];
    size_t total = 0;
    page next = {.more = true};

    memset(seen, 0, sizeof seen);
    for (size_t i = 0; i < 1203; i++)
        assert_int_equal(orch_workspace_post(f->workspace, &whole, on_posted, &seen[i]), 0);
    orch_database_drain(f->database);
    while (next.more) {
        next = read_feed(f, f->ann, next.cursor);
        assert_true(next.count <= 500);
        total += next.count;
    }
    assert_int_equal(total, 1203);
    assert_int_equal(next.cursor, orch_workspace_cursor(f->workspace));
}

static void a_cursor_that_is_not_kept_is_a_gap(void **state)
{
    fixture *f = *state;

    for (size_t i = 0; i < 10; i++)
        post(f, f->ben, f->general, "x");
    int64_t newest = orch_workspace_cursor(f->workspace);

    assert_true(read_feed(f, f->ben, newest + 1).gap);
    assert_int_equal(orch_workspace_feed_trim(f->workspace, 3), 0);
    orch_database_drain(f->database);
    assert_int_equal(ask(f, "SELECT count(*) FROM orchd_feed"), 3);
    page seen = read_feed(f, f->ben, 0);

    assert_true(seen.gap);
    assert_int_equal(seen.count, 0);
    assert_int_equal(seen.cursor, newest);
    assert_false(read_feed(f, f->ben, newest - 3).gap);
    assert_int_equal(read_feed(f, f->ben, newest - 3).count, 3);
    assert_true(read_feed(f, f->ben, newest - 4).gap);
    fixture_reopen(f);
    assert_true(read_feed(f, f->ben, newest - 4).gap);
    assert_false(read_feed(f, f->ben, newest - 3).gap);
}

/* Whatever is trimmed, the cursors go on after a restart. */
static void cursors_never_start_again(void **state)
{
    fixture *f = *state;

    post(f, f->ben, f->general, "x");
    answer last = post(f, f->ben, f->general, "y");

    assert_int_equal(orch_workspace_feed_trim(f->workspace, 0), 0);
    orch_database_drain(f->database);
    fixture_reopen(f);
    assert_int_equal(orch_workspace_cursor(f->workspace), last.cursor);
    assert_int_equal(post(f, f->ben, f->general, "z").cursor, last.cursor + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_client_that_was_away_misses_nothing, setup_people, teardown),
        cmocka_unit_test_setup_teardown(a_long_absence_comes_in_pages, setup_people, teardown),
        cmocka_unit_test_setup_teardown(a_cursor_that_is_not_kept_is_a_gap, setup_people, teardown),
        cmocka_unit_test_setup_teardown(cursors_never_start_again, setup_people, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
