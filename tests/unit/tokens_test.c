#include "workspace_fixture.h"

#include <stdio.h>
#include <string.h>

#define DAY_MS INT64_C(86400000)

static void on_token(const orch_problem *problem, const orch_token_made *made, void *user)
{
    answer *seen = user;

    seen->calls++;
    seen->problem = problem ? *problem : (orch_problem){0};
    if (made)
        seen->token = *made;
}

static answer add(fixture *f, const orch_token_new *wanted)
{
    answer seen = {0};

    seen.problem.error = orch_workspace_add_token(f->workspace, wanted, on_token, &seen, &seen.problem);
    if (!seen.problem.error)
        orch_database_drain(f->database);
    return seen;
}

static answer add_session(fixture *f, orch_user *user)
{
    const orch_token_new wanted = {.user = user, .kind = ORCH_TOKEN_SESSION};
    answer seen = add(f, &wanted);

    assert_int_equal(seen.problem.error, 0);
    return seen;
}

static void on_login(const orch_problem *problem, const orch_login *login, void *user)
{
    answer *seen = user;

    seen->calls++;
    seen->problem = problem ? *problem : (orch_problem){0};
    seen->login = login ? *login : (orch_login){0};
}

static answer log_in(fixture *f, const char *token)
{
    answer seen = {0};

    assert_int_equal(orch_workspace_authenticate(f->workspace, str(token), on_login, &seen), 0);
    orch_database_drain(f->database);
    assert_int_equal(seen.calls, 1);
    return seen;
}

static void on_revoked(const orch_id *token_id, void *user)
{
    answer *seen = user;

    if (seen->revoked_count < 8)
        snprintf(seen->revoked[seen->revoked_count], ORCH_ID_MAX, "%s", token_id->text);
    seen->revoked_count++;
}

static void a_session_logs_in(void **state)
{
    fixture *f = *state;
    answer made = add_session(f, f->ben);

    assert_int_equal(strncmp(made.token.token, "orchd_s_", 8), 0);
    assert_int_equal(strlen(made.token.token), 51);
    assert_int_equal(made.token.expires_ms, f->now_ms + 30 * DAY_MS);
    answer seen = log_in(f, made.token.token);

    assert_int_equal(seen.problem.error, 0);
    assert_ptr_equal(seen.login.user, f->ben);
    assert_int_equal(seen.login.kind, ORCH_TOKEN_SESSION);
    assert_string_equal(seen.login.token_id.text, made.token.id.text);
    assert_int_equal(seen.login.expires_ms, made.token.expires_ms);
    fixture_reopen(f);
    assert_ptr_equal(log_in(f, made.token.token).login.user, f->ben);
    assert_int_equal(ask(f, "SELECT count(*) FROM sessions WHERE session_token LIKE 'orchd%'"), 0);
    assert_int_equal(ask(f, "SELECT length(session_token) FROM sessions"), 64);
}

static void a_known_token_answers_without_a_query(void **state)
{
    fixture *f = *state;
    answer made = add_session(f, f->ben);
    answer seen = {0};

    assert_int_equal(log_in(f, made.token.token).problem.error, 0);
    assert_int_equal(orch_workspace_authenticate(f->workspace, str(made.token.token), on_login, &seen), 0);
    assert_int_equal(seen.calls, 1);
    assert_ptr_equal(seen.login.user, f->ben);
    f->ben->status = ORCH_USER_SUSPENDED;
    assert_int_equal(log_in(f, made.token.token).problem.error, ORCH_E_UNAUTHORIZED);
}

static void password_set(const orch_problem *problem, const orch_done *result, void *user)
{
    (void)result;
    *(int *)user = problem ? problem->error : 0;
}

/* The old password was right when it was looked at; the session comes behind the change. */
static void a_login_by_a_password_that_was_changed_meanwhile_is_refused(void **state)
{
    fixture *f = *state;
    orch_token_new wanted = {.user = f->ben, .kind = ORCH_TOKEN_SESSION, .password_hash = ORCH_STR("old")};
    int error = -1;

    assert_int_equal(orch_workspace_set_password(f->workspace, f->ben, ORCH_STR_NONE, ORCH_STR("old"),
                                                 password_set, &error, NULL),
                     0);
    assert_int_equal(add(f, &wanted).problem.error, 0);
    assert_int_equal(orch_workspace_change_password(f->workspace, f->ben, ORCH_STR("new"), NULL, password_set,
                                                    &error, NULL),
                     0);
    assert_int_equal(add(f, &wanted).problem.error, ORCH_E_UNAUTHORIZED);
    assert_int_equal(error, 0);
    assert_int_equal(ask(f, "SELECT count(*) FROM sessions"), 0);
    wanted.password_hash = ORCH_STR("new");
    assert_int_equal(add(f, &wanted).problem.error, 0);
}

static void api_tokens_have_names_and_may_expire(void **state)
{
    fixture *f = *state;
    orch_token_new wanted = {.user = f->ben, .kind = ORCH_TOKEN_API, .name = ORCH_STR("script")};
    answer forever = add(f, &wanted);

    assert_int_equal(strncmp(forever.token.token, "orchd_t_", 8), 0);
    assert_int_equal(forever.token.expires_ms, 0);
    wanted.expires_ms = f->now_ms + DAY_MS;
    answer limited = add(f, &wanted);

    assert_int_equal(log_in(f, limited.token.token).problem.error, 0);
    assert_int_equal(log_in(f, forever.token.token).login.kind, ORCH_TOKEN_API);
    f->now_ms += DAY_MS;
    assert_int_equal(log_in(f, limited.token.token).problem.error, ORCH_E_UNAUTHORIZED);
    assert_int_equal(log_in(f, forever.token.token).problem.error, 0);
    wanted.expires_ms = f->now_ms;
    assert_string_equal(add(f, &wanted).problem.field, "expiresAt");
    wanted.expires_ms = 0;
    wanted.name = ORCH_STR("");
    assert_string_equal(add(f, &wanted).problem.field, "name");
    f->ben->status = ORCH_USER_PENDING;
    wanted.name = ORCH_STR("x");
    assert_int_equal(add(f, &wanted).problem.error, ORCH_E_FORBIDDEN);
}

static void sessions_end(void **state)
{
    fixture *f = *state;
    answer made = add_session(f, f->ben);

    assert_int_equal(log_in(f, made.token.token).problem.error, 0);
    f->now_ms += 30 * DAY_MS;
    assert_int_equal(log_in(f, made.token.token).problem.error, ORCH_E_UNAUTHORIZED);
}

static void wrong_tokens_are_refused(void **state)
{
    fixture *f = *state;
    answer made = add_session(f, f->ben);
    static const char *const wrong[] = {
        "",
        "x",
        "orchd_s_",
        "orchd_s_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "orchd_t_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "orchd_x_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "orchd_s_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(log_in(f, wrong[i]).problem.error, ORCH_E_UNAUTHORIZED);
    made.token.token[50] = made.token.token[50] == 'A' ? 'E' : 'A';
    assert_int_equal(log_in(f, made.token.token).problem.error, ORCH_E_UNAUTHORIZED);
}

static answer revoke(fixture *f, orch_user *owner, const char *id)
{
    answer seen = {0};

    orch_workspace_on_revoked(f->workspace, on_revoked, &seen);
    seen.problem.error = orch_workspace_revoke_token(f->workspace, owner, str(id), on_done, &seen);
    orch_database_drain(f->database);
    orch_workspace_on_revoked(f->workspace, NULL, NULL);
    return seen;
}

static void a_revoked_token_is_dead_at_once(void **state)
{
    fixture *f = *state;
    answer made = add_session(f, f->ben);
    answer kept = add_session(f, f->ben);

    assert_int_equal(log_in(f, made.token.token).problem.error, 0);
    assert_int_equal(revoke(f, f->ann, made.token.id.text).problem.error, ORCH_E_NOT_FOUND);
    assert_int_equal(log_in(f, made.token.token).problem.error, 0);
    answer seen = revoke(f, f->ben, made.token.id.text);

    assert_int_equal(seen.problem.error, 0);
    assert_int_equal(seen.revoked_count, 1);
    assert_string_equal(seen.revoked[0], made.token.id.text);
    assert_int_equal(log_in(f, made.token.token).problem.error, ORCH_E_UNAUTHORIZED);
    assert_int_equal(log_in(f, kept.token.token).problem.error, 0);
    assert_int_equal(revoke(f, f->ben, made.token.id.text).problem.error, ORCH_E_NOT_FOUND);
    assert_int_equal(revoke(f, NULL, kept.token.id.text).problem.error, 0);
    assert_int_equal(revoke(f, f->ben, "").problem.error, ORCH_E_NOT_FOUND);
}

/* The login was asked for before the revocation, is answered after it, and must not be remembered. */
static void a_login_under_way_does_not_survive_revocation(void **state)
{
    fixture *f = *state;
    answer made = add_session(f, f->ben);
    answer seen = {0};

    fixture_reopen(f);
    assert_int_equal(orch_workspace_authenticate(f->workspace, str(made.token.token), on_login, &seen), 0);
    assert_int_equal(
        orch_workspace_revoke_token(f->workspace, f->ben, str(made.token.id.text), on_done, &(answer){0}), 0);
    orch_database_drain(f->database);
    assert_int_equal(seen.calls, 1);
    assert_int_equal(log_in(f, made.token.token).problem.error, ORCH_E_UNAUTHORIZED);
}

static void all_of_a_kind_are_revoked(void **state)
{
    fixture *f = *state;
    const orch_token_new wanted = {.user = f->ben, .kind = ORCH_TOKEN_API, .name = ORCH_STR("script")};
    answer one = add_session(f, f->ben), two = add_session(f, f->ben), other = add_session(f, f->ann);
    answer api = add(f, &wanted);
    answer seen = {0};

    assert_int_equal(log_in(f, one.token.token).problem.error, 0);
    orch_workspace_on_revoked(f->workspace, on_revoked, &seen);
    assert_int_equal(orch_workspace_revoke_all(f->workspace, f->ben, ORCH_TOKEN_SESSION, on_done, &seen), 0);
    orch_database_drain(f->database);
    assert_int_equal(seen.problem.error, 0);
    assert_int_equal(seen.revoked_count, 2);
    assert_int_equal(log_in(f, one.token.token).problem.error, ORCH_E_UNAUTHORIZED);
    assert_int_equal(log_in(f, two.token.token).problem.error, ORCH_E_UNAUTHORIZED);
    assert_int_equal(log_in(f, api.token.token).problem.error, 0);
    assert_int_equal(log_in(f, other.token.token).problem.error, 0);
}

static void expired_ones_are_cleared_away(void **state)
{
    fixture *f = *state;

    f->now_ms = 1000000000000;
    add_session(f, f->ben);
    const orch_token_new old = {
        .user = f->ben, .kind = ORCH_TOKEN_API, .name = ORCH_STR("old"), .expires_ms = f->now_ms + 1};

    assert_int_equal(add(f, &old).problem.error, 0);
    assert_int_equal(ask(f, "SELECT count(*) FROM sessions"), 1);
    fixture_reopen(f); /* by the real clock both are over */
    assert_int_equal(ask(f, "SELECT count(*) FROM sessions"), 0);
    assert_int_equal(ask(f, "SELECT count(*) FROM orchd_tokens"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_session_logs_in, setup_people, teardown),
        cmocka_unit_test_setup_teardown(a_known_token_answers_without_a_query, setup_people, teardown),
        cmocka_unit_test_setup_teardown(a_login_by_a_password_that_was_changed_meanwhile_is_refused,
                                        setup_people, teardown),
        cmocka_unit_test_setup_teardown(api_tokens_have_names_and_may_expire, setup_people, teardown),
        cmocka_unit_test_setup_teardown(sessions_end, setup_people, teardown),
        cmocka_unit_test_setup_teardown(wrong_tokens_are_refused, setup_people, teardown),
        cmocka_unit_test_setup_teardown(a_revoked_token_is_dead_at_once, setup_people, teardown),
        cmocka_unit_test_setup_teardown(a_login_under_way_does_not_survive_revocation, setup_people,
                                        teardown),
        cmocka_unit_test_setup_teardown(all_of_a_kind_are_revoked, setup_people, teardown),
        cmocka_unit_test_setup_teardown(expired_ones_are_cleared_away, setup_people, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
