#include "workspace_fixture.h"

#include <string.h>

static answer add(fixture *f, orch_user *actor, const orch_channel_new *wanted)
{
    answer seen = {0};

    seen.problem.error =
        orch_workspace_add_channel(f->workspace, actor, wanted, on_done, &seen, &seen.problem);
    if (!seen.problem.error)
        orch_database_drain(f->database);
    return seen;
}

static answer direct(fixture *f, orch_user *actor, orch_user *other)
{
    answer seen = {0};

    seen.problem.error =
        orch_workspace_direct_channel(f->workspace, actor, other, on_done, &seen, &seen.problem);
    if (!seen.problem.error)
        orch_database_drain(f->database);
    return seen;
}

static answer set_member(fixture *f, orch_user *actor, orch_channel *channel, orch_user *member, bool present)
{
    answer seen = {0};

    seen.problem.error = orch_workspace_set_member(f->workspace, actor, channel, member, present, on_done,
                                                   &seen, &seen.problem);
    if (!seen.problem.error) {
        assert_int_equal(seen.calls, 0);
        orch_database_drain(f->database);
        assert_int_equal(seen.calls, 1);
    }
    return seen;
}

static orch_channel *find(fixture *f, const char *slug)
{
    return orch_directory_channel_by_slug(orch_workspace_directory(f->workspace), f->ann->organization,
                                          str(slug));
}

static void a_public_channel_is_for_all(void **state)
{
    fixture *f = *state;
    const orch_channel_new wanted = {
        .name = ORCH_STR("Release Train"), .topic = ORCH_STR("What ships"), .type = ORCH_CHANNEL_PUBLIC};
    answer seen = add(f, f->ben, &wanted);

    assert_int_equal(seen.problem.error, 0);
    assert_string_equal(seen.made.channel->slug, "release-train");
    assert_string_equal(seen.made.channel->topic, "What ships");
    assert_int_equal(seen.made.channel->members_count, 4);
    assert_int_equal(seen.made.channel->daemons_count, 2);
    fixture_reopen(f);
    assert_int_equal(find(f, "release-train")->members_count, 4);
    assert_int_equal(find(f, "release-train")->daemons_count, 2);
    assert_int_equal(find(f, "release-train")->type, ORCH_CHANNEL_PUBLIC);
    assert_int_equal(ask(f, "SELECT count(*) FROM channel_members WHERE role = 'OWNER'"), 3);
}

static void a_private_channel_is_for_its_members(void **state)
{
    fixture *f = *state;
    orch_user *const members[] = {f->otto->user, f->ben, f->otto->user};
    const orch_channel_new wanted = {
        .name = ORCH_STR("Secret"), .type = ORCH_CHANNEL_PRIVATE, .members = members, .members_count = 3};
    answer seen = add(f, f->ben, &wanted);

    assert_int_equal(seen.problem.error, 0);
    assert_int_equal(seen.made.channel->members_count, 2);
    assert_false(orch_channel_has_member(seen.made.channel, f->ann));
    assert_int_equal(seen.made.channel->daemons[0].v, f->otto->daemon.v);
}

static void new_channels_are_checked(void **state)
{
    fixture *f = *state;
    orch_channel_new wanted = {.name = ORCH_STR("General")};
    answer first = {0}, second = {0};
    answer seen = add(f, f->ann, &wanted);

    assert_int_equal(seen.problem.error, ORCH_E_EXISTS);
    assert_string_equal(seen.problem.message, "there is a channel \"general\" already");
    wanted.name = ORCH_STR("");
    assert_int_equal(add(f, f->ann, &wanted).problem.error, ORCH_E_INVALID);
    wanted.name = ORCH_STR("dm");
    wanted.type = ORCH_CHANNEL_DM;
    assert_string_equal(add(f, f->ann, &wanted).problem.field, "type");
    f->ben->status = ORCH_USER_INACTIVE;
    wanted.type = ORCH_CHANNEL_PUBLIC;
    assert_int_equal(add(f, f->ben, &wanted).problem.error, ORCH_E_FORBIDDEN);
    /* Both are on their way before the directory knows of one. */
    assert_int_equal(orch_workspace_add_channel(f->workspace, f->ann, &wanted, on_done, &first, NULL), 0);
    assert_int_equal(orch_workspace_add_channel(f->workspace, f->ann, &wanted, on_done, &second, NULL), 0);
    orch_database_drain(f->database);
    assert_int_equal(first.problem.error, 0);
    assert_int_equal(second.problem.error, ORCH_E_EXISTS);
}

static void a_direct_channel_is_made_once(void **state)
{
    fixture *f = *state;
    answer seen = direct(f, f->ben, f->mira->user);
    answer one = {0}, other = {0};

    assert_int_equal(seen.problem.error, 0);
    assert_int_equal(seen.made.channel->type, ORCH_CHANNEL_DM);
    assert_int_equal(seen.made.channel->members_count, 2);
    assert_ptr_equal(direct(f, f->mira->user, f->ben).made.channel, seen.made.channel);
    assert_int_equal(orch_workspace_direct_channel(f->workspace, f->ann, f->ben, on_done, &one, NULL), 0);
    assert_int_equal(orch_workspace_direct_channel(f->workspace, f->ben, f->ann, on_done, &other, NULL), 0);
    orch_database_drain(f->database);
    assert_int_equal(one.problem.error, 0);
    assert_int_equal(other.problem.error, 0);
    assert_non_null(one.made.channel);
    assert_ptr_equal(one.made.channel, other.made.channel);
    assert_int_equal(ask(f, "SELECT count(*) FROM channels WHERE type = 'DM'"), 2);
    fixture_reopen(f);
    answer again = direct(f, f->ben, f->mira->user);

    assert_int_equal(again.made.channel->members_count, 2);
    assert_int_equal(ask(f, "SELECT count(*) FROM channels WHERE type = 'DM'"), 2);
    assert_int_equal(direct(f, f->ben, f->ben).problem.error, ORCH_E_INVALID);
    assert_int_equal(direct(f, NULL, f->ben).problem.error, ORCH_E_INVALID);
}

static void members_come_and_go(void **state)
{
    fixture *f = *state;

    assert_int_equal(set_member(f, f->ben, f->closed, f->ben, true).problem.error, ORCH_E_FORBIDDEN);
    assert_int_equal(set_member(f, f->mira->user, f->closed, f->ben, true).problem.error, 0);
    assert_true(orch_channel_has_member(f->closed, f->ben));
    assert_int_equal(set_member(f, f->mira->user, f->closed, f->ben, true).problem.error, 0);
    assert_int_equal(post(f, f->ben, f->closed, "thanks").problem.error, 0);
    assert_int_equal(set_member(f, f->ben, f->closed, f->mira->user, false).problem.error, ORCH_E_FORBIDDEN);
    assert_int_equal(set_member(f, f->ann, f->closed, f->mira->user, false).problem.error, 0);
    assert_int_equal(f->closed->daemons_count, 0);
    fixture_reopen(f);
    assert_int_equal(f->closed->members_count, 2);
    assert_int_equal(f->closed->daemons_count, 0);
    const orch_post whole = {.author = f->mira->user, .channel = f->closed, .content = ORCH_STR("x")};

    assert_int_equal(post_whole(f, &whole).problem.error, ORCH_E_FORBIDDEN);
    assert_int_equal(set_member(f, NULL, f->closed, f->mira->user, true).problem.error, 0);
    fixture_reopen(f);
    assert_int_equal(f->closed->daemons_count, 1);
}

static void public_channels_are_left_and_joined(void **state)
{
    fixture *f = *state;

    assert_int_equal(set_member(f, f->ben, f->general, f->ben, false).problem.error, 0);
    assert_false(orch_channel_has_member(f->general, f->ben));
    assert_int_equal(set_member(f, f->ben, f->general, f->otto->user, true).problem.error, ORCH_E_FORBIDDEN);
    assert_int_equal(set_member(f, f->ben, f->general, f->ben, true).problem.error, 0);
    answer dm = direct(f, f->ben, f->ann);

    assert_int_equal(set_member(f, f->ann, dm.made.channel, f->otto->user, true).problem.error, ORCH_E_STATE);
    f->general->removed = true;
    assert_int_equal(set_member(f, f->ann, f->general, f->ben, false).problem.error, ORCH_E_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_public_channel_is_for_all, setup_people, teardown),
        cmocka_unit_test_setup_teardown(a_private_channel_is_for_its_members, setup_people, teardown),
        cmocka_unit_test_setup_teardown(new_channels_are_checked, setup_people, teardown),
        cmocka_unit_test_setup_teardown(a_direct_channel_is_made_once, setup_people, teardown),
        cmocka_unit_test_setup_teardown(members_come_and_go, setup_people, teardown),
        cmocka_unit_test_setup_teardown(public_channels_are_left_and_joined, setup_people, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
