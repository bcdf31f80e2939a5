#include "workspace_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void stores_a_message_and_its_turns(void **state)
{
    fixture *f = *state;
    const orch_turn_new turns[] = {{.orchestrator = f->mira}, {.orchestrator = f->otto, .hops = 2}};
    const orch_post whole = {.author = f->ben,
                             .channel = f->general,
                             .content = ORCH_STR("Hello @mira @otto"),
                             .client_id = ORCH_STR("c-1"),
                             .metadata = ORCH_STR("{\"a\":1}"),
                             .turns = turns,
                             .turns_count = 2};
    answer seen = post_whole(f, &whole);

    assert_int_equal(seen.problem.error, 0);
    assert_string_equal(seen.content, "Hello @mira @otto");
    assert_string_equal(seen.client_id, "c-1");
    assert_string_equal(seen.metadata, "{\"a\":1}");
    assert_ptr_equal(seen.message.author, f->ben);
    assert_int_equal(seen.message.created_ms, f->now_ms);
    assert_string_equal(seen.message.parent_id.text, "");
    assert_int_equal(seen.turns_count, 2);
    assert_int_equal(seen.cursor, orch_workspace_cursor(f->workspace));
    assert_int_equal(ask(f, "SELECT count(*) FROM orchd_turns WHERE state = 0"), 2);
    assert_int_equal(ask(f, "SELECT count(*) FROM orchd_feed WHERE kind = 1"), 1);
    assert_int_equal(ask(f, "SELECT max(hops) FROM orchd_turns"), 2);
}

static void the_same_client_id_gives_the_same_message(void **state)
{
    fixture *f = *state;
    const orch_turn_new turns[] = {{.orchestrator = f->mira}};
    orch_post whole = {.author = f->ben,
                       .channel = f->general,
                       .content = ORCH_STR("first"),
                       .client_id = ORCH_STR("same"),
                       .turns = turns,
                       .turns_count = 1};
    answer first = post_whole(f, &whole);

    whole.content = ORCH_STR("second");
    answer second = post_whole(f, &whole);

    assert_int_equal(second.problem.error, 0);
    assert_true(second.repeated);
    assert_string_equal(second.message.id.text, first.message.id.text);
    assert_string_equal(second.content, "first");
    assert_string_equal(second.client_id, "same");
    assert_int_equal(second.turns_count, 0);
    assert_int_equal(second.cursor, 0);
    assert_int_equal(ask(f, "SELECT count(*) FROM messages"), 1);
    assert_int_equal(ask(f, "SELECT count(*) FROM orchd_turns"), 1);
    whole.author = f->ann;
    assert_false(post_whole(f, &whole).repeated);
}

/* Both are on their way before either is committed, among others that must not suffer. */
static void the_same_client_id_in_one_group(void **state)
{
    fixture *f = *state;
    answer seen[50];
    const orch_post whole = {
        .author = f->ben, .channel = f->general, .content = ORCH_STR("twice"), .client_id = ORCH_STR("same")};
    const orch_post other = {.author = f->ben, .channel = f->general, .content = ORCH_STR("other")};
    int repeated = 0;

    memset(seen, 0, sizeof seen);
    for (size_t i = 0; i < 50; i++)
        assert_int_equal(orch_workspace_post(f->workspace, i % 5 == 0 ? &whole : &other, on_posted, &seen[i]),
                         0);
    orch_database_drain(f->database);
    for (size_t i = 0; i < 50; i++) {
        assert_int_equal(seen[i].calls, 1);
        assert_int_equal(seen[i].problem.error, 0);
        repeated += seen[i].repeated;
        if (i % 5 == 0)
            assert_string_equal(seen[i].message.id.text, seen[0].message.id.text);
    }
    assert_int_equal(repeated, 9);
    assert_int_equal(ask(f, "SELECT count(*) FROM messages"), 41);
}

static void threads_are_one_level_deep(void **state)
{
    fixture *f = *state;
    answer root = post(f, f->ann, f->general, "root");
    orch_post whole = {.author = f->ben,
                       .channel = f->general,
                       .content = ORCH_STR("reply"),
                       .parent_id = str(root.message.id.text)};
    answer reply = post_whole(f, &whole);

    assert_string_equal(reply.message.parent_id.text, root.message.id.text);
    const orch_turn_new turns[] = {{.orchestrator = f->mira}};

    whole.parent_id = str(reply.message.id.text);
    whole.turns = turns;
    whole.turns_count = 1;
    answer deeper = post_whole(f, &whole);

    assert_string_equal(deeper.message.parent_id.text, root.message.id.text);
    assert_int_equal(ask(f, "SELECT count(*) FROM orchd_turns t JOIN messages m ON m.id = t.message_id "
                            "WHERE t.parent_id = m.parent_id"),
                     1);
}

static void a_parent_must_be_in_the_channel(void **state)
{
    fixture *f = *state;
    answer elsewhere = post(f, f->ann, f->closed, "elsewhere");
    orch_post whole = {.author = f->ben,
                       .channel = f->general,
                       .content = ORCH_STR("reply"),
                       .client_id = ORCH_STR("kept free"),
                       .parent_id = str(elsewhere.message.id.text)};
    answer seen = post_whole(f, &whole);

    assert_int_equal(seen.problem.error, ORCH_E_NOT_FOUND);
    assert_string_equal(seen.problem.field, "parentId");
    whole.parent_id = ORCH_STR("nonsense");
    assert_int_equal(post_whole(f, &whole).problem.error, ORCH_E_NOT_FOUND);
    assert_int_equal(ask(f, "SELECT count(*) FROM messages"), 1);
    assert_int_equal(ask(f, "SELECT count(*) FROM orchd_client_ids"), 0);
    assert_int_equal(ask(f, "SELECT count(*) FROM orchd_feed WHERE kind = 1"), 1);
    whole.parent_id = ORCH_STR("");
    assert_int_equal(post_whole(f, &whole).problem.error, 0);
}

typedef struct refusal {
    const char *content;
    const char *client_id;
    const char *metadata;
    const char *parent_id;
    int error;
    const char *field;
} refusal;

static void refuses_what_is_not_allowed(void **state)
{
    fixture *f = *state;
    static char long_content[ORCH_CONTENT_MAX + 2], long_metadata[ORCH_METADATA_MAX + 32], long_id[130];
    const refusal refusals[] = {
        {"", "", "", "", ORCH_E_INVALID, "content"},
        {" \n\t\xc2\xa0\xe3\x80\x80\xe2\x80\x8b", "", "", "", ORCH_E_INVALID, "content"},
        {long_content, "", "", "", ORCH_E_TOO_LARGE, "content"},
        {"\xff", "", "", "", ORCH_E_INVALID, "content"},
        {"\xed\xa0\x80", "", "", "", ORCH_E_INVALID, "content"},
        {"\xc0\x80", "", "", "", ORCH_E_INVALID, "content"},
        {"x", long_id, "", "", ORCH_E_TOO_LARGE, "clientId"},
        {"x", "\xf5", "", "", ORCH_E_INVALID, "clientId"},
        {"x", "", long_metadata, "", ORCH_E_TOO_LARGE, "metadata"},
        {"x", "", "[]", "", ORCH_E_INVALID, "metadata"},
        {"x", "", "{\"a\":1,\"a\":2}", "", ORCH_E_INVALID, "metadata"},
        {"x", "", "{\"a\":1} x", "", ORCH_E_INVALID, "metadata"},
        {"x", "", "{\"a\":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}", "", ORCH_E_INVALID, "metadata"},
        {"x", "", "", "two words", ORCH_E_INVALID, "parentId"},
    };

    memset(long_content, 'a', sizeof long_content - 1);
    memset(long_metadata, ' ', sizeof long_metadata - 1);
    memset(long_id, 'i', sizeof long_id - 1);
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        const refusal *refused = &refusals[i];
        orch_post whole = {.author = f->ben,
                           .channel = f->general,
                           .content = str(refused->content),
                           .client_id = str(refused->client_id),
                           .metadata = str(refused->metadata),
                           .parent_id = str(refused->parent_id)};
        orch_problem problem = {0};

        assert_int_equal(orch_workspace_check_post(f->workspace, &whole, &problem), refused->error);
        assert_string_equal(problem.field, refused->field);
        assert_int_equal(problem.error, refused->error);
        assert_true(strlen(problem.message) > 10);
        assert_int_equal(post_whole(f, &whole).problem.error, refused->error);
    }
    long_content[ORCH_CONTENT_MAX] = '\0';
    const orch_post largest = {.author = f->ben, .channel = f->general, .content = str(long_content)};

    assert_int_equal(post_whole(f, &largest).problem.error, 0);
    assert_int_equal(ask(f, "SELECT count(*) FROM messages"), 1);
}

static void only_members_post(void **state)
{
    fixture *f = *state;
    const orch_post whole = {.author = f->ben, .channel = f->closed, .content = ORCH_STR("let me in")};
    orch_problem problem = {0};

    assert_int_equal(orch_workspace_check_post(f->workspace, &whole, &problem), ORCH_E_FORBIDDEN);
    assert_string_equal(problem.field, "channelId");
    assert_string_equal(problem.message, "you are not a member of Closed");
    assert_int_equal(post_whole(f, &whole).problem.error, ORCH_E_FORBIDDEN);
    assert_int_equal(ask(f, "SELECT count(*) FROM messages"), 0);
}

static void not_in_archived_channels_nor_suspended(void **state)
{
    fixture *f = *state;
    const orch_post whole = {.author = f->ben, .channel = f->general, .content = ORCH_STR("x")};

    f->general->archived = true;
    assert_int_equal(post_whole(f, &whole).problem.error, ORCH_E_STATE);
    f->general->archived = false;
    f->ben->status = ORCH_USER_SUSPENDED;
    assert_int_equal(post_whole(f, &whole).problem.error, ORCH_E_FORBIDDEN);
    f->ben->status = ORCH_USER_ACTIVE;
    assert_int_equal(post_whole(f, &whole).problem.error, 0);
}

static void a_reply_ends_its_turn_once(void **state)
{
    fixture *f = *state;
    const orch_turn_new turns[] = {{.orchestrator = f->mira}};
    const orch_post question = {.author = f->ben,
                                .channel = f->general,
                                .content = ORCH_STR("@mira?"),
                                .turns = turns,
                                .turns_count = 1};
    answer asked = post_whole(f, &question);
    const orch_turn_new next[] = {{.orchestrator = f->otto, .hops = 1}};
    const orch_post reply = {.author = f->mira->user,
                             .channel = f->general,
                             .content = ORCH_STR("Yes, @otto."),
                             .metadata = ORCH_STR("{\"replyToId\":\"x\"}"),
                             .turns = next,
                             .turns_count = 1};
    answer answered = reply_whole(f, asked.turns[0], &reply);

    assert_int_equal(answered.problem.error, 0);
    assert_int_equal(answered.turns_count, 1);
    assert_int_equal(ask(f, "SELECT count(*) FROM orchd_turns WHERE state = 1 AND reply_id IS NOT NULL"), 1);
    assert_int_equal(ask(f, "SELECT count(*) FROM orchd_turns WHERE state = 0 AND hops = 1"), 1);
    answer again = reply_whole(f, asked.turns[0], &reply);

    assert_int_equal(again.problem.error, ORCH_E_CONFLICT);
    assert_int_equal(ask(f, "SELECT count(*) FROM messages"), 2);
    assert_int_equal(ask(f, "SELECT count(*) FROM orchd_turns"), 2);
    assert_int_equal(reply_whole(f, 4711, &reply).problem.error, ORCH_E_CONFLICT);
}

static void another_epoch_cannot_reply(void **state)
{
    fixture *f = *state;
    const orch_turn_new turns[] = {{.orchestrator = f->mira}};
    const orch_post question = {.author = f->ben,
                                .channel = f->general,
                                .content = ORCH_STR("@mira?"),
                                .turns = turns,
                                .turns_count = 1};
    answer asked = post_whole(f, &question);
    const orch_post reply = {.author = f->mira->user, .channel = f->general, .content = ORCH_STR("Yes.")};
    const orch_turn_ending ending = {
        .orchestrator = f->mira, .turn = asked.turns[0], .epoch = ORCH_TURN_EPOCH_FIRST + 1};
    answer seen = {0};

    assert_int_equal(orch_workspace_reply(f->workspace, &ending, ORCH_REPLY_MODEL, &reply, on_posted, &seen),
                     0);
    orch_database_drain(f->database);
    assert_int_equal(seen.problem.error, ORCH_E_CONFLICT);
    assert_int_equal(ask(f, "SELECT count(*) FROM messages"), 1);
}

static void a_refused_turn_ends_at_once(void **state)
{
    fixture *f = *state;
    const orch_turn_new turns[] = {{.orchestrator = f->mira, .refused = ORCH_E_BUSY},
                                   {.orchestrator = f->otto}};
    const orch_post whole = {.author = f->ben,
                             .channel = f->general,
                             .content = ORCH_STR("both"),
                             .turns = turns,
                             .turns_count = 2};
    answer seen = post_whole(f, &whole);

    assert_int_equal(seen.problem.error, 0);
    assert_int_equal(
        ask(f, "SELECT count(*) FROM orchd_turns WHERE state = 2 AND error_code = 'busy' AND hops = 0"), 1);
    assert_int_equal(ask(f, "SELECT count(*) FROM orchd_turns WHERE state = 0"), 1);
    assert_int_equal(ask(f, "SELECT count(*) FROM orchd_feed WHERE kind = 5"), 1);
    assert_int_equal(orch_workspace_cursor(f->workspace), seen.cursor + 1);
}

static void mentions_name_orchestrators_and_users(void **state)
{
    fixture *f = *state;
    orch_daemon_id daemons[4];
    size_t count;
    char metadata[400];

    snprintf(metadata, sizeof metadata, "{\"mentions\":[\"%s\",\"%s\",\"%s\",\"nobody\",7]}",
             f->otto->id.text, f->mira->user->id.text, f->ben->id.text);
    assert_int_equal(orch_workspace_mentions(f->workspace, str(metadata), daemons, 4, &count), 0);
    assert_int_equal(count, 2);
    assert_int_equal(daemons[0].v, f->otto->daemon.v);
    assert_int_equal(daemons[1].v, f->mira->daemon.v);
    assert_int_equal(orch_workspace_mentions(f->workspace, str(metadata), daemons, 1, &count), 0);
    assert_int_equal(count, 1);
    assert_int_equal(
        orch_workspace_mentions(f->workspace, ORCH_STR("{\"mentions\":\"x\"}"), daemons, 4, &count), 0);
    assert_int_equal(count, 0);
    assert_int_equal(orch_workspace_mentions(f->workspace, ORCH_STR(""), daemons, 4, &count), 0);
    assert_int_equal(count, 0);
    assert_int_equal(orch_workspace_mentions(f->workspace, ORCH_STR("{\"mentions\":"), daemons, 4, &count),
                     0);
    assert_int_equal(count, 0);
}

static void ids_ascend_when_the_clock_goes_back(void **state)
{
    fixture *f = *state;
    answer first = post(f, f->ben, f->general, "first");

    f->now_ms -= 3600000;
    fixture_reopen(f);
    answer second = post(f, f->ben, f->general, "second");

    assert_true(strcmp(first.message.id.text, second.message.id.text) < 0);
    assert_true(second.cursor > first.cursor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(stores_a_message_and_its_turns, setup_people, teardown),
        cmocka_unit_test_setup_teardown(the_same_client_id_gives_the_same_message, setup_people, teardown),
        cmocka_unit_test_setup_teardown(the_same_client_id_in_one_group, setup_people, teardown),
        cmocka_unit_test_setup_teardown(threads_are_one_level_deep, setup_people, teardown),
        cmocka_unit_test_setup_teardown(a_parent_must_be_in_the_channel, setup_people, teardown),
        cmocka_unit_test_setup_teardown(refuses_what_is_not_allowed, setup_people, teardown),
        cmocka_unit_test_setup_teardown(only_members_post, setup_people, teardown),
        cmocka_unit_test_setup_teardown(not_in_archived_channels_nor_suspended, setup_people, teardown),
        cmocka_unit_test_setup_teardown(a_reply_ends_its_turn_once, setup_people, teardown),
        cmocka_unit_test_setup_teardown(another_epoch_cannot_reply, setup_people, teardown),
        cmocka_unit_test_setup_teardown(a_refused_turn_ends_at_once, setup_people, teardown),
        cmocka_unit_test_setup_teardown(mentions_name_orchestrators_and_users, setup_people, teardown),
        cmocka_unit_test_setup_teardown(ids_ascend_when_the_clock_goes_back, setup_people, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
