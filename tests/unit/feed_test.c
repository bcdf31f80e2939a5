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
    page next = {.more = true, .cursor = orch_workspace_cursor(f->workspace)};

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

/* ---- trimming ---- */

typedef struct trim {
    int pieces;
    int pieces_max; /* 0: any number */
    uint64_t rows;
    uint64_t rows_most;
    bool failed;
} trim;

static bool on_piece(const orch_problem *problem, uint64_t rows, void *user)
{
    trim *seen = user;

    seen->pieces++;
    seen->rows += rows;
    seen->failed = problem != NULL;
    if (rows > seen->rows_most)
        seen->rows_most = rows;
    return seen->pieces != seen->pieces_max;
}

static trim trim_feed(fixture *f, int64_t keep, int pieces_max)
{
    trim seen = {.pieces_max = pieces_max};

    assert_int_equal(orch_workspace_feed_trim(f->workspace, keep, on_piece, &seen), 0);
    orch_database_drain(f->database);
    assert_false(seen.failed);
    return seen;
}

static int64_t rows_in_feed(fixture *f)
{
    return ask(f, "SELECT count(*) FROM orchd_feed");
}

static void fill_feed(fixture *f, int count)
{
    const orch_post whole = {.author = f->ben, .channel = f->general, .content = ORCH_STR("x")};
    answer seen[500];

    assert_true(count <= 500);
    memset(seen, 0, sizeof seen);
    for (int i = 0; i < count; i++)
        assert_int_equal(orch_workspace_post(f->workspace, &whole, on_posted, &seen[i]), 0);
    orch_database_drain(f->database);
}

static void a_cursor_that_is_not_kept_is_a_gap(void **state)
{
    fixture *f = *state;

    fill_feed(f, 10);
    int64_t newest = orch_workspace_cursor(f->workspace);

    trim_feed(f, 3, 0);
    assert_int_equal(rows_in_feed(f), 3);
    page seen = read_feed(f, f->ben, newest - 9);

    assert_true(seen.gap);
    assert_int_equal(seen.count, 0);
    assert_int_equal(seen.cursor, newest);
    for (int life = 0; life < 2; life++) {
        assert_true(read_feed(f, f->ben, newest - 3).gap);
        assert_false(read_feed(f, f->ben, newest - 2).gap);
        assert_int_equal(read_feed(f, f->ben, newest - 2).count, 2);
        assert_false(read_feed(f, f->ben, newest).gap);
        fixture_reopen(f);
    }
}

static void a_cursor_that_was_never_given_out_is_a_gap(void **state)
{
    fixture *f = *state;
    int64_t born = orch_workspace_cursor(f->workspace);

    fill_feed(f, 3);
    int64_t newest = orch_workspace_cursor(f->workspace);
    const int64_t made_up[] = {1, 7, born - 1, newest + 1, newest + 1000000, (int64_t)1 << 53, INT64_MAX};

    for (size_t i = 0; i < sizeof made_up / sizeof *made_up; i++)
        assert_true(read_feed(f, f->ben, made_up[i]).gap);
    fixture_reopen(f);
    assert_true(read_feed(f, f->ben, newest + 1).gap);
    assert_false(read_feed(f, f->ben, born).gap);
    assert_int_equal(read_feed(f, f->ben, born).count, 3);
}

/* What a database gave out before it was restored from an earlier copy is not taken for what it gives out now. */
static void another_life_has_other_cursors(void **state)
{
    fixture *f = *state;
    int64_t born = orch_workspace_cursor(f->workspace);

    fixture_reopen(f);
    int64_t again = orch_workspace_cursor(f->workspace);

    assert_true(again > born);
    fill_feed(f, 5);
    for (int64_t cursor = born + 1; cursor < again && cursor < born + 5; cursor++)
        assert_true(read_feed(f, f->ben, cursor).gap);
    assert_int_equal(read_feed(f, f->ben, born).count, 5);
    assert_int_equal(read_feed(f, f->ben, again).count, 5);
}

static void trimming_goes_in_pieces(void **state)
{
    fixture *f = *state;

    for (int i = 0; i < 3; i++)
        fill_feed(f, 450);
    fixture_reopen(f);
    fill_feed(f, 50);
    assert_false(read_feed(f, f->ben, 0).gap); /* from the very beginning, while all is kept */
    int64_t before = rows_in_feed(f);
    trim seen = trim_feed(f, 100, 1);

    assert_int_equal(seen.pieces, 1);
    assert_true(seen.rows_most <= 500);
    assert_int_equal(rows_in_feed(f), before - (int64_t)seen.rows);
    trim rest = trim_feed(f, 100, 0);

    assert_true(rest.pieces >= 3);
    assert_true(rest.rows_most <= 500);
    assert_int_equal(rows_in_feed(f), 100);
    assert_int_equal(trim_feed(f, 100, 0).rows, 0);
    assert_true(read_feed(f, f->ben, 0).gap);
}

/* A page read while entries go is whole or a gap, never one with a hole. */
static void trimming_under_a_reader_is_a_gap(void **state)
{
    fixture *f = *state;
    int64_t born = orch_workspace_cursor(f->workspace);

    fill_feed(f, 20);
    assert_int_equal(read_feed(f, f->ben, born).count, 20);
    trim_feed(f, 5, 0);
    assert_true(read_feed(f, f->ben, born).gap);
    assert_true(read_feed(f, f->ben, born + 10).gap);
}

/* Whatever is trimmed, the cursors go on after a restart. */
static void cursors_never_start_again(void **state)
{
    fixture *f = *state;

    post(f, f->ben, f->general, "x");
    answer last = post(f, f->ben, f->general, "y");

    trim_feed(f, 0, 0);
    assert_int_equal(rows_in_feed(f), 1);
    fixture_reopen(f);
    assert_true(orch_workspace_cursor(f->workspace) > last.cursor);
    assert_true(post(f, f->ben, f->general, "z").cursor > last.cursor + 1);
    assert_int_equal(read_feed(f, f->ben, last.cursor).count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_client_that_was_away_misses_nothing, setup_people, teardown),
        cmocka_unit_test_setup_teardown(a_long_absence_comes_in_pages, setup_people, teardown),
        cmocka_unit_test_setup_teardown(a_cursor_that_is_not_kept_is_a_gap, setup_people, teardown),
        cmocka_unit_test_setup_teardown(a_cursor_that_was_never_given_out_is_a_gap, setup_people, teardown),
        cmocka_unit_test_setup_teardown(another_life_has_other_cursors, setup_people, teardown),
        cmocka_unit_test_setup_teardown(trimming_goes_in_pieces, setup_people, teardown),
        cmocka_unit_test_setup_teardown(trimming_under_a_reader_is_a_gap, setup_people, teardown),
        cmocka_unit_test_setup_teardown(cursors_never_start_again, setup_people, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
