#include "workspace_fixture.h"

#include <string.h>

static answer set_up(fixture *f, const orch_setup *setup)
{
    answer seen = {0};

    seen.problem.error = orch_workspace_setup(f->workspace, setup, on_done, &seen, &seen.problem);
    if (!seen.problem.error)
        orch_database_drain(f->database);
    return seen;
}

static answer add_user(fixture *f, orch_user *actor, const char *email, const char *name, bool admin)
{
    const orch_user_new wanted = {.email = str(email), .name = str(name), .admin = admin};
    answer seen = {0};

    seen.problem.error = orch_workspace_add_user(f->workspace, actor, &wanted, on_done, &seen, &seen.problem);
    if (!seen.problem.error)
        orch_database_drain(f->database);
    return seen;
}

static void setup_makes_the_first_organization(void **state)
{
    fixture *f = *state;
    orch_setup setup = {.organization = ORCH_STR("Acme & Sons"),
                        .email = ORCH_STR("Ann@Example.com"),
                        .name = ORCH_STR("Ann"),
                        .password_hash = ORCH_STR("hash")};
    answer seen = set_up(f, &setup);

    assert_int_equal(seen.problem.error, 0);
    assert_string_equal(seen.made.user->name, "Ann");
    assert_int_equal(seen.made.user->role, ORCH_ROLE_OWNER);
    assert_int_equal(seen.made.user->status, ORCH_USER_ACTIVE);
    assert_string_equal(seen.made.user->organization->slug, "acme-sons");
    assert_string_equal(seen.made.channel->name, "general");
    assert_true(orch_channel_has_member(seen.made.channel, seen.made.user));
    assert_true(orch_user_administers(seen.made.user, seen.made.channel->organization));
    assert_ptr_equal(
        orch_directory_user_by_email(orch_workspace_directory(f->workspace), ORCH_STR("ANN@example.COM")),
        seen.made.user);
    assert_int_equal(set_up(f, &setup).problem.error, ORCH_E_EXISTS);
}

static void setup_refuses_what_is_missing(void **state)
{
    fixture *f = *state;
    orch_setup setup = {.organization = ORCH_STR(""), .email = ORCH_STR("a@b.c"), .name = ORCH_STR("Ann")};

    assert_string_equal(set_up(f, &setup).problem.field, "organization");
    setup.organization = ORCH_STR("Acme");
    setup.name = ORCH_STR(" ");
    assert_string_equal(set_up(f, &setup).problem.field, "name");
    setup.name = ORCH_STR("Ann");
    setup.email = ORCH_STR("nonsense");
    answer seen = set_up(f, &setup);

    assert_string_equal(seen.problem.field, "email");
    assert_non_null(strstr(seen.problem.message, "\"nonsense\""));
    assert_int_equal(add_user(f, NULL, "x@y.z", "X", false).problem.error, ORCH_E_STATE);
}

static void people_join_public_channels(void **state)
{
    fixture *f = *state;
    answer seen = add_user(f, f->ann, "cleo@example.com", "Cleo", false);

    assert_int_equal(seen.problem.error, 0);
    assert_true(orch_channel_has_member(f->general, seen.made.user));
    assert_false(orch_channel_has_member(f->closed, seen.made.user));
    assert_ptr_equal(seen.made.user->organization, f->ann->organization);
    assert_int_equal(seen.made.user->role, ORCH_ROLE_MEMBER);
    fixture_reopen(f);
    orch_user *again =
        orch_directory_user_by_email(orch_workspace_directory(f->workspace), ORCH_STR("cleo@example.com"));

    assert_non_null(again);
    assert_true(orch_channel_has_member(f->general, again));
    assert_false(orch_user_administers(again, f->general->organization));
    assert_int_equal(post(f, again, f->general, "hello").problem.error, 0);
}

static void only_administrators_add_people(void **state)
{
    fixture *f = *state;

    assert_int_equal(add_user(f, f->ben, "x@example.com", "X", true).problem.error, ORCH_E_FORBIDDEN);
    answer admin = add_user(f, f->ann, "dora@example.com", "Dora", true);

    assert_int_equal(admin.made.user->role, ORCH_ROLE_ADMIN);
    assert_int_equal(add_user(f, admin.made.user, "x@example.com", "X", false).problem.error, 0);
    f->ann->status = ORCH_USER_SUSPENDED;
    assert_int_equal(add_user(f, f->ann, "y@example.com", "Y", false).problem.error, ORCH_E_FORBIDDEN);
}

static void an_email_is_taken_once(void **state)
{
    fixture *f = *state;
    const orch_user_new wanted = {.email = ORCH_STR("eve@example.com"), .name = ORCH_STR("Eve")};
    answer first = {0}, second = {0};
    answer seen = add_user(f, f->ann, "BEN@example.com", "Ben", false);

    assert_int_equal(seen.problem.error, ORCH_E_EXISTS);
    assert_string_equal(seen.problem.field, "email");
    /* Both are on their way before the directory knows of one. */
    assert_int_equal(orch_workspace_add_user(f->workspace, f->ann, &wanted, on_done, &first, NULL), 0);
    assert_int_equal(orch_workspace_add_user(f->workspace, f->ann, &wanted, on_done, &second, NULL), 0);
    orch_database_drain(f->database);
    assert_int_equal(first.problem.error, 0);
    assert_int_equal(second.problem.error, ORCH_E_EXISTS);
    assert_string_equal(second.problem.field, "email");
    assert_int_equal(ask(f, "SELECT count(*) FROM users WHERE email = 'eve@example.com'"), 1);
}

static void people_are_checked(void **state)
{
    fixture *f = *state;
    static const char *const emails[] = {"", "a", "@b", "a@", "a@b@c", "a b@c", "a@b\nc", "\xff@b"};

    for (size_t i = 0; i < sizeof emails / sizeof emails[0]; i++)
        assert_int_equal(add_user(f, f->ann, emails[i], "X", false).problem.error, ORCH_E_INVALID);
    assert_int_equal(add_user(f, f->ann, "x@y.z", "", false).problem.error, ORCH_E_INVALID);
    assert_int_equal(add_user(f, f->ann, "x@y.z", "two\nlines", false).problem.error, ORCH_E_INVALID);
}

static void on_password(const orch_problem *problem, orch_str hash, void *user)
{
    answer *seen = user;

    assert_null(problem);
    seen->calls++;
    memcpy(seen->text, hash.ptr ? hash.ptr : "", hash.len);
    seen->text[hash.len] = '\0';
}

static answer read_password(fixture *f, orch_user *user)
{
    answer seen = {0};

    assert_int_equal(orch_workspace_password(f->workspace, user, on_password, &seen), 0);
    orch_database_drain(f->database);
    assert_int_equal(seen.calls, 1);
    return seen;
}

static void a_password_is_stored_and_replaced(void **state)
{
    fixture *f = *state;
    answer seen = {0};

    assert_string_equal(read_password(f, f->ben).text, "");
    assert_int_equal(orch_workspace_set_password(f->workspace, f->ben, ORCH_STR_NONE, ORCH_STR("one"),
                                                 on_done, &seen, NULL),
                     0);
    orch_database_drain(f->database);
    assert_ptr_equal(seen.made.user, f->ben);
    assert_string_equal(read_password(f, f->ben).text, "one");
    assert_int_equal(orch_workspace_set_password(f->workspace, f->ben, ORCH_STR("one"), ORCH_STR("two"),
                                                 on_done, &seen, NULL),
                     0);
    orch_database_drain(f->database);
    seen = (answer){0};
    assert_int_equal(orch_workspace_set_password(f->workspace, f->ben, ORCH_STR("one"), ORCH_STR("three"),
                                                 on_done, &seen, NULL),
                     0);
    orch_database_drain(f->database);
    assert_int_equal(seen.problem.error, ORCH_E_NOT_FOUND);
    fixture_reopen(f);
    assert_string_equal(read_password(f, f->ben).text, "two");
    assert_int_equal(ask(f, "SELECT count(*) FROM accounts WHERE provider = 'credentials'"), 1);
    assert_int_equal(orch_workspace_set_password(f->workspace, f->ben, ORCH_STR_NONE, ORCH_STR(""), on_done,
                                                 &seen, &seen.problem),
                     ORCH_E_INVALID);
}

static int64_t neolith_account(fixture *f)
{
    static const char sql[] =
        "INSERT INTO accounts (id, user_id, type, provider, provider_account_id, refresh_token, created_at, "
        "updated_at) "
        "SELECT 'account-1', id, 'credentials', 'credentials', email, 'salt:hash', '2025-01-01 00:00:00', "
        "'2025-01-01 00:00:00' FROM users WHERE email = 'ben@example.com'";
    orch_batch *batch = orch_batch_new();

    assert_int_equal(orch_batch_add(batch, sql, NULL, 0), 0);
    assert_int_equal(orch_database_submit(f->database, batch, ORCH_BATCH_WRITE, NULL, NULL), 0);
    orch_database_drain(f->database);
    return ask(f, "SELECT count(*) FROM accounts");
}

/* Neolith's own row, with its own account id, is read and replaced in place. */
static void neoliths_account_is_used(void **state)
{
    fixture *f = *state;
    answer seen = {0};

    assert_int_equal(neolith_account(f), 1);
    assert_string_equal(read_password(f, f->ben).text, "salt:hash");
    assert_int_equal(orch_workspace_set_password(f->workspace, f->ben, ORCH_STR("salt:hash"),
                                                 ORCH_STR("$argon2id$"), on_done, &seen, NULL),
                     0);
    orch_database_drain(f->database);
    assert_string_equal(read_password(f, f->ben).text, "$argon2id$");
    assert_int_equal(ask(f, "SELECT count(*) FROM accounts"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(setup_makes_the_first_organization, setup_empty, teardown),
        cmocka_unit_test_setup_teardown(setup_refuses_what_is_missing, setup_empty, teardown),
        cmocka_unit_test_setup_teardown(people_join_public_channels, setup_people, teardown),
        cmocka_unit_test_setup_teardown(only_administrators_add_people, setup_people, teardown),
        cmocka_unit_test_setup_teardown(an_email_is_taken_once, setup_people, teardown),
        cmocka_unit_test_setup_teardown(people_are_checked, setup_people, teardown),
        cmocka_unit_test_setup_teardown(a_password_is_stored_and_replaced, setup_people, teardown),
        cmocka_unit_test_setup_teardown(neoliths_account_is_used, setup_people, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
