#include "workspace_fixture.h"

#include <stdio.h>
#include <string.h>

static answer read_history(fixture *f, const orch_history *history)
{
    answer seen = {0};

    seen.problem.error = orch_workspace_history(f->workspace, history, on_messages, &seen, &seen.problem);
    if (seen.problem.error)
        return seen;
    orch_database_drain(f->database);
    assert_int_equal(seen.calls, 1);
    return seen;
}

static void post_numbers(fixture *f, int count, answer *out_posted)
{
    char content[16];

    for (int i = 0; i < count; i++) {
        snprintf(content, sizeof content, "%d", i);
        f->now_ms++;
        out_posted[i] = post(f, f->ben, f->general, content);
    }
}

static void pages_in_both_directions(void **state)
{
    fixture *f = *state;
    answer posted[10];
    orch_history history = {.reader = f->ann, .channel = f->general, .limit = 4};

    post_numbers(f, 10, posted);
    answer page = read_history(f, &history);

    assert_int_equal(page.count, 4);
    assert_true(page.more);
    assert_string_equal(page.listed[0], "6");
    assert_string_equal(page.listed[3], "9");
    history.before = str(posted[2].message.id.text);
    page = read_history(f, &history);
    assert_int_equal(page.count, 2);
    assert_false(page.more);
    assert_string_equal(page.listed[0], "0");
    assert_string_equal(page.listed[1], "1");
    history.before = ORCH_STR_NONE;
    history.after = str(posted[2].message.id.text);
    page = read_history(f, &history);
    assert_int_equal(page.count, 4);
    assert_true(page.more);
    assert_string_equal(page.listed[0], "3");
    history.after = str(posted[9].message.id.text);
    page = read_history(f, &history);
    assert_int_equal(page.count, 0);
    assert_false(page.more);
}

static void history_gives_all_of_a_message(void **state)
{
    fixture *f = *state;
    const orch_post whole = {.author = f->ben,
                             .channel = f->general,
                             .content = ORCH_STR("h\xc3\xa9llo \xf0\x9f\x91\x8b"),
                             .client_id = ORCH_STR("mine"),
                             .metadata = ORCH_STR("{\"a\":[1,2]}")};
    answer posted = post_whole(f, &whole);

    fixture_reopen(f);
    const orch_history history = {.reader = f->ann, .channel = f->general, .limit = 1};
    answer page = read_history(f, &history);

    assert_string_equal(page.message.id.text, posted.message.id.text);
    assert_string_equal(page.content, "h\xc3\xa9llo \xf0\x9f\x91\x8b");
    assert_string_equal(page.client_id, "mine");
    assert_string_equal(page.metadata, "{\"a\":[1,2]}");
    assert_string_equal(page.message.type, "TEXT");
    assert_ptr_equal(page.message.author, f->ben);
    assert_ptr_equal(page.message.channel, f->general);
    assert_int_equal(page.message.created_ms, f->now_ms);
    assert_int_equal(page.message.updated_ms, f->now_ms);
    assert_false(page.message.edited || page.message.deleted);
}

static void a_thread_is_its_root_and_replies(void **state)
{
    fixture *f = *state;
    answer root = post(f, f->ann, f->general, "root");
    orch_post reply = {.author = f->ben, .channel = f->general, .parent_id = str(root.message.id.text)};
    orch_history history = {.channel = f->general, .thread = str(root.message.id.text), .limit = 2};

    reply.content = ORCH_STR("one");
    assert_int_equal(post_whole(f, &reply).problem.error, 0);
    post(f, f->ann, f->general, "aside");
    reply.content = ORCH_STR("two");
    assert_int_equal(post_whole(f, &reply).problem.error, 0);
    answer page = read_history(f, &history);

    assert_int_equal(page.count, 2);
    assert_true(page.more);
    assert_string_equal(page.listed[0], "one");
    assert_string_equal(page.listed[1], "two");
    history.after = str(root.message.id.text);
    page = read_history(f, &history);
    assert_int_equal(page.count, 2);
    assert_false(page.more);
    history.after = ORCH_STR_NONE;
    history.before = str(page.message.id.text);
    page = read_history(f, &history);
    assert_int_equal(page.count, 2);
    assert_string_equal(page.listed[0], "root");
    assert_string_equal(page.listed[1], "one");
}

static void refuses_wrong_questions(void **state)
{
    fixture *f = *state;
    orch_history history = {.reader = f->ben, .channel = f->closed, .limit = 10};

    assert_int_equal(read_history(f, &history).problem.error, ORCH_E_FORBIDDEN);
    history.channel = f->general;
    history.limit = 0;
    answer seen = read_history(f, &history);

    assert_int_equal(seen.problem.error, ORCH_E_INVALID);
    assert_string_equal(seen.problem.field, "limit");
    assert_string_equal(seen.problem.message, "limit is 0; 1 to 200 are allowed");
    history.limit = ORCH_HISTORY_PAGE_MAX + 1;
    assert_int_equal(read_history(f, &history).problem.error, ORCH_E_INVALID);
    history.limit = 1;
    history.before = ORCH_STR("a");
    history.after = ORCH_STR("b");
    assert_int_equal(read_history(f, &history).problem.error, ORCH_E_INVALID);
    history.after = ORCH_STR_NONE;
    history.before = ORCH_STR("an id that has by far too many characters to be one of ours");
    assert_int_equal(read_history(f, &history).problem.error, ORCH_E_INVALID);
}

static answer read_message(fixture *f, orch_user *reader, const char *id)
{
    answer seen = {0};

    assert_int_equal(orch_workspace_message(f->workspace, reader, str(id), on_messages, &seen), 0);
    orch_database_drain(f->database);
    assert_int_equal(seen.calls, 1);
    return seen;
}

static void one_message_for_its_readers(void **state)
{
    fixture *f = *state;
    answer posted = post(f, f->ann, f->closed, "secret");

    assert_string_equal(read_message(f, f->ann, posted.message.id.text).content, "secret");
    assert_string_equal(read_message(f, NULL, posted.message.id.text).content, "secret");
    assert_int_equal(read_message(f, f->ben, posted.message.id.text).problem.error, ORCH_E_NOT_FOUND);
    assert_int_equal(read_message(f, f->ann, "nothing").problem.error, ORCH_E_NOT_FOUND);
    assert_int_equal(read_message(f, f->ann, "").problem.error, ORCH_E_NOT_FOUND);
}

static answer read_context(fixture *f, const orch_user *self, const char *parent_id, const char *message_id,
                           uint32_t limit)
{
    answer seen = {0};

    assert_int_equal(orch_workspace_context(f->workspace, self, f->general, str(parent_id), str(message_id),
                                            limit, on_messages, &seen),
                     0);
    orch_database_drain(f->database);
    assert_int_equal(seen.calls, 1);
    return seen;
}

static void context_is_the_conversation_up_to_the_message(void **state)
{
    fixture *f = *state;
    answer posted[5];

    post_numbers(f, 5, posted);
    const orch_post reply = {.author = f->ben,
                             .channel = f->general,
                             .content = ORCH_STR("in the thread"),
                             .parent_id = str(posted[1].message.id.text)};
    answer threaded = post_whole(f, &reply);

    post(f, f->ann, f->general, "after");
    answer seen = read_context(f, f->mira->user, "", posted[3].message.id.text, 3);

    assert_int_equal(seen.count, 3);
    assert_string_equal(seen.listed[0], "1");
    assert_string_equal(seen.listed[2], "3");
    seen = read_context(f, f->mira->user, "", "zzzz", 50);
    assert_int_equal(seen.count, 6);
    assert_string_equal(seen.listed[5], "after");
    seen = read_context(f, f->mira->user, posted[1].message.id.text, threaded.message.id.text, 50);
    assert_int_equal(seen.count, 2);
    assert_string_equal(seen.listed[0], "1");
    assert_string_equal(seen.listed[1], "in the thread");
}

/* Ben answered the first question while the second waited: he must know that when he comes to it. */
static void context_has_what_was_answered_meanwhile(void **state)
{
    fixture *f = *state;

    post(f, f->ann, f->general, "first question");
    answer second = post(f, f->ann, f->general, "second question");

    post(f, f->ben, f->general, "first answer");
    post(f, f->ann, f->general, "third question");
    answer seen = read_context(f, f->ben, "", second.message.id.text, 50);

    assert_int_equal(seen.count, 3);
    assert_string_equal(seen.listed[0], "first question");
    assert_string_equal(seen.listed[1], "first answer");
    assert_string_equal(seen.listed[2], "second question");
    seen = read_context(f, f->ben, "", second.message.id.text, 1);
    assert_int_equal(seen.count, 2);
    assert_string_equal(seen.listed[1], "second question");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(context_has_what_was_answered_meanwhile, setup_people, teardown),
        cmocka_unit_test_setup_teardown(pages_in_both_directions, setup_people, teardown),
        cmocka_unit_test_setup_teardown(history_gives_all_of_a_message, setup_people, teardown),
        cmocka_unit_test_setup_teardown(a_thread_is_its_root_and_replies, setup_people, teardown),
        cmocka_unit_test_setup_teardown(refuses_wrong_questions, setup_people, teardown),
        cmocka_unit_test_setup_teardown(one_message_for_its_readers, setup_people, teardown),
        cmocka_unit_test_setup_teardown(context_is_the_conversation_up_to_the_message, setup_people,
                                        teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
