#include "workspace_fixture.h"

#include <stdio.h>
#include <string.h>

static answer edit(fixture *f, orch_user *actor, const char *id, const char *content)
{
    answer seen = {0};

    seen.problem.error =
        orch_workspace_edit(f->workspace, actor, str(id), str(content), on_changed, &seen, &seen.problem);
    if (!seen.problem.error)
        orch_database_drain(f->database);
    return seen;
}

static answer delete_message(fixture *f, orch_user *actor, const char *id)
{
    answer seen = {0};

    seen.problem.error =
        orch_workspace_delete(f->workspace, actor, str(id), on_changed, &seen, &seen.problem);
    if (!seen.problem.error)
        orch_database_drain(f->database);
    return seen;
}

static answer react(fixture *f, orch_user *actor, const char *id, const char *emoji, bool present)
{
    answer seen = {0};

    seen.problem.error = orch_workspace_react(f->workspace, actor, str(id), str(emoji), present, on_changed,
                                              &seen, &seen.problem);
    if (!seen.problem.error)
        orch_database_drain(f->database);
    return seen;
}

static void authors_edit_their_messages(void **state)
{
    fixture *f = *state;
    answer posted = post(f, f->ben, f->general, "before");

    f->now_ms += 1000;
    answer seen = edit(f, f->ben, posted.message.id.text, "after");

    assert_int_equal(seen.problem.error, 0);
    assert_string_equal(seen.content, "after");
    assert_true(seen.message.edited);
    assert_int_equal(seen.message.updated_ms, f->now_ms);
    assert_int_equal(seen.message.created_ms, f->now_ms - 1000);
    assert_int_equal(seen.cursor, orch_workspace_cursor(f->workspace));
    assert_int_equal(ask(f, "SELECT count(*) FROM orchd_feed WHERE kind = 2"), 1);
    assert_int_equal(edit(f, f->ann, posted.message.id.text, "mine").problem.error, ORCH_E_FORBIDDEN);
    assert_int_equal(edit(f, f->ben, posted.message.id.text, " ").problem.error, ORCH_E_INVALID);
    assert_int_equal(edit(f, f->ben, "nothing", "x").problem.error, ORCH_E_NOT_FOUND);
    assert_int_equal(edit(f, f->ben, "", "x").problem.error, ORCH_E_NOT_FOUND);
    answer hidden = post(f, f->ann, f->closed, "hidden");

    assert_int_equal(edit(f, f->ben, hidden.message.id.text, "x").problem.error, ORCH_E_NOT_FOUND);
}

static void what_is_deleted_is_gone(void **state)
{
    fixture *f = *state;
    const orch_post whole = {.author = f->ben,
                             .channel = f->general,
                             .content = ORCH_STR("to be forgotten"),
                             .metadata = ORCH_STR("{\"secret\":true}")};
    answer posted = post_whole(f, &whole);
    answer seen = delete_message(f, f->ben, posted.message.id.text);

    assert_int_equal(seen.problem.error, 0);
    assert_true(seen.message.deleted);
    assert_string_equal(seen.content, "");
    assert_string_equal(seen.metadata, "{}");
    assert_int_equal(ask(f, "SELECT count(*) FROM messages WHERE content <> '' OR metadata <> '{}'"), 0);
    assert_int_equal(delete_message(f, f->ben, posted.message.id.text).problem.error, ORCH_E_NOT_FOUND);
    assert_int_equal(edit(f, f->ben, posted.message.id.text, "back").problem.error, ORCH_E_NOT_FOUND);
    assert_int_equal(react(f, f->ben, posted.message.id.text, "+", true).problem.error, ORCH_E_NOT_FOUND);
    assert_int_equal(ask(f, "SELECT count(*) FROM orchd_feed WHERE kind = 3"), 1);
}

static void administrators_delete_any(void **state)
{
    fixture *f = *state;
    answer one = post(f, f->ben, f->general, "one");
    answer two = post(f, f->ann, f->general, "two");

    assert_int_equal(delete_message(f, f->ben, two.message.id.text).problem.error, ORCH_E_FORBIDDEN);
    assert_int_equal(delete_message(f, f->ann, one.message.id.text).problem.error, 0);
    assert_int_equal(delete_message(f, NULL, two.message.id.text).problem.error, 0);
    assert_int_equal(delete_message(f, f->ann, one.message.id.text).problem.error, ORCH_E_NOT_FOUND);
}

typedef struct reactions {
    orch_problem problem;
    size_t count;
    char first[64];
} reactions;

static void on_reactions(const orch_problem *problem, const orch_reaction *items, size_t count, void *user)
{
    reactions *seen = user;

    seen->problem = problem ? *problem : (orch_problem){0};
    seen->count = count;
    if (count > 0)
        snprintf(seen->first, sizeof seen->first, "%.*s %.*s", (int)items[0].emoji.len, items[0].emoji.ptr,
                 (int)items[0].user_id.len, items[0].user_id.ptr);
}

static reactions read_reactions(fixture *f, orch_user *reader, const char *id)
{
    reactions seen = {0};

    assert_int_equal(orch_workspace_reactions(f->workspace, reader, str(id), on_reactions, &seen), 0);
    orch_database_drain(f->database);
    return seen;
}

static void reactions_come_and_go(void **state)
{
    fixture *f = *state;
    answer posted = post(f, f->ann, f->general, "hello");
    const char *id = posted.message.id.text;
    char expected[64];
    answer seen = react(f, f->ben, id, "\xf0\x9f\x91\x8d", true);

    assert_int_equal(seen.problem.error, 0);
    assert_true(seen.has_message && seen.cursor > posted.cursor);
    seen = react(f, f->ben, id, "\xf0\x9f\x91\x8d", true);
    assert_int_equal(seen.problem.error, 0);
    assert_true(!seen.has_message && seen.cursor == 0);
    assert_true(react(f, f->mira->user, id, "+1", true).cursor > 0);
    reactions list = read_reactions(f, f->ann, id);

    snprintf(expected, sizeof expected, "\xf0\x9f\x91\x8d %s", f->ben->id.text);
    assert_int_equal(list.count, 2);
    assert_string_equal(list.first, expected);
    assert_true(react(f, f->ben, id, "\xf0\x9f\x91\x8d", false).cursor > 0);
    assert_int_equal(react(f, f->ben, id, "\xf0\x9f\x91\x8d", false).cursor, 0);
    assert_int_equal(read_reactions(f, f->ann, id).count, 1);
    assert_int_equal(ask(f, "SELECT count(*) FROM orchd_feed WHERE kind = 4"), 3);
    assert_int_equal(ask(f, "SELECT count(*) FROM orchd_feed WHERE details LIKE '%\"present\":false%'"), 1);
}

static void reactions_are_for_members(void **state)
{
    fixture *f = *state;
    answer posted = post(f, f->ann, f->closed, "hello");
    const char *id = posted.message.id.text;

    assert_int_equal(react(f, f->ben, id, "+1", true).problem.error, ORCH_E_NOT_FOUND);
    assert_int_equal(read_reactions(f, f->ben, id).problem.error, ORCH_E_NOT_FOUND);
    assert_int_equal(read_reactions(f, f->ann, "nothing").problem.error, ORCH_E_NOT_FOUND);
    answer seen = react(f, f->ann, id, "", true);

    assert_int_equal(seen.problem.error, ORCH_E_INVALID);
    assert_string_equal(seen.problem.field, "emoji");
    assert_int_equal(react(f, f->ann, id, "line\nbreak", true).problem.error, ORCH_E_INVALID);
    assert_int_equal(
        react(f, f->ann, id, "00000000001111111111222222222233333333334444444444555555555566666", true)
            .problem.error,
        ORCH_E_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(authors_edit_their_messages, setup_people, teardown),
        cmocka_unit_test_setup_teardown(what_is_deleted_is_gone, setup_people, teardown),
        cmocka_unit_test_setup_teardown(administrators_delete_any, setup_people, teardown),
        cmocka_unit_test_setup_teardown(reactions_come_and_go, setup_people, teardown),
        cmocka_unit_test_setup_teardown(reactions_are_for_members, setup_people, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
