#include "workspace_fixture.h"

#include <string.h>

#include "charter.h"

static answer add(fixture *f, orch_user *actor, const orch_orchestrator_new *wanted)
{
    answer seen = {0};

    seen.problem.error =
        orch_workspace_add_orchestrator(f->workspace, actor, wanted, on_done, &seen, &seen.problem);
    if (!seen.problem.error)
        orch_database_drain(f->database);
    return seen;
}

static answer change(fixture *f, orch_user *actor, orch_orchestrator *orchestrator,
                     const orch_orchestrator_change *wanted)
{
    answer seen = {0};

    seen.problem.error = orch_workspace_change_orchestrator(f->workspace, actor, orchestrator, wanted,
                                                            on_done, &seen, &seen.problem);
    if (!seen.problem.error)
        orch_database_drain(f->database);
    return seen;
}

#define IS(text, literal)                                                                                    \
    assert_true((text).len == strlen(literal) && memcmp((text).ptr, literal, (text).len) == 0)

static void check_nova(fixture *f, const orch_orchestrator *nova)
{
    assert_string_equal(nova->slug, "nova-prime");
    assert_string_equal(nova->user->email, "nova-prime@orchestrators.local");
    assert_string_equal(orch_user_shown_name(nova->user), "Nova!");
    assert_string_equal(nova->model_chain, "openai/small,rules");
    assert_true(nova->logged_in && nova->auto_reply && !nova->mention_only);
    assert_true(nova->temperature < 0);
    IS(nova->charter->fields.name, "Nova!");
    IS(nova->charter->fields.role, "Analyst");
    IS(nova->charter->fields.discipline, "Finance");
    IS(nova->charter->fields.organization, "Acme");
    IS(nova->charter->fields.system_prompt, "Count.");
    assert_int_equal(nova->charter->fields.capabilities.count, 2);
    IS(nova->charter->fields.capabilities.items[1], "plan");
    assert_true(orch_channel_has_member(f->closed, nova->user));
    assert_false(orch_channel_has_member(f->general, nova->user));
    assert_int_equal(f->closed->daemons_count, 2);
    assert_int_equal(f->closed->daemons[1].v, nova->daemon.v);
}

static void everything_of_a_new_one_is_kept(void **state)
{
    fixture *f = *state;
    const orch_str channels[] = {ORCH_STR("closed")};
    const orch_orchestrator_new wanted = {.name = ORCH_STR("Nova Prime"),
                                          .display_name = ORCH_STR("Nova!"),
                                          .role = ORCH_STR("Analyst"),
                                          .discipline = ORCH_STR("Finance"),
                                          .charter = ORCH_STR("{\"systemPrompt\":\"Count.\"}"),
                                          .capabilities = ORCH_STR("[\"count\",\"plan\"]"),
                                          .model_chain = ORCH_STR("openai/small,rules"),
                                          .channels = channels,
                                          .channels_count = 1,
                                          .logged_in = true};
    answer seen = add(f, f->ann, &wanted);

    assert_int_equal(seen.problem.error, 0);
    check_nova(f, seen.made.orchestrator);
    fixture_reopen(f);
    check_nova(f, orch_directory_orchestrator_by_slug(orch_workspace_directory(f->workspace),
                                                      ORCH_STR("nova-prime")));
}

static void without_channels_it_joins_the_public_ones(void **state)
{
    fixture *f = *state;

    assert_true(orch_channel_has_member(f->general, f->mira->user));
    assert_int_equal(f->general->daemons_count, 2);
    assert_true(f->general->daemons[0].v < f->general->daemons[1].v);
    assert_ptr_equal(
        orch_directory_orchestrator_by_daemon(orch_workspace_directory(f->workspace), f->mira->daemon),
        f->mira);
    assert_false(f->mira->logged_in);
}

static void slugs_and_addresses_are_unique(void **state)
{
    fixture *f = *state;
    const orch_orchestrator_new wanted = {
        .name = ORCH_STR("MIRA"), .role = ORCH_STR("r"), .discipline = ORCH_STR("d")};
    answer seen = add(f, NULL, &wanted);

    assert_int_equal(seen.problem.error, 0);
    assert_string_equal(seen.made.orchestrator->slug, "mira-2");
    assert_string_equal(seen.made.user->email, "mira-2@orchestrators.local");
    fixture_reopen(f);
    assert_non_null(
        orch_directory_orchestrator_by_slug(orch_workspace_directory(f->workspace), ORCH_STR("mira-2")));
}

static void new_ones_are_checked(void **state)
{
    fixture *f = *state;
    const orch_str nowhere[] = {ORCH_STR("nowhere")};
    const orch_orchestrator_new right = {
        .name = ORCH_STR("X"), .role = ORCH_STR("r"), .discipline = ORCH_STR("d")};
    orch_orchestrator_new wrong = right;

    assert_int_equal(add(f, f->ben, &right).problem.error, ORCH_E_FORBIDDEN);
    wrong.name = ORCH_STR("");
    assert_string_equal(add(f, f->ann, &wrong).problem.field, "name");
    wrong = right;
    wrong.role = ORCH_STR("");
    assert_string_equal(add(f, f->ann, &wrong).problem.field, "role");
    wrong = right;
    wrong.charter = ORCH_STR("{\"expertise\":\"all\"}");
    assert_string_equal(add(f, f->ann, &wrong).problem.field, "expertise");
    wrong = right;
    wrong.capabilities = ORCH_STR("{");
    assert_string_equal(add(f, f->ann, &wrong).problem.field, "capabilities");
    wrong = right;
    wrong.email = ORCH_STR("ben@example.com");
    assert_int_equal(add(f, f->ann, &wrong).problem.error, ORCH_E_EXISTS);
    wrong = right;
    wrong.channels = nowhere;
    wrong.channels_count = 1;
    answer seen = add(f, f->ann, &wrong);

    assert_int_equal(seen.problem.error, ORCH_E_NOT_FOUND);
    assert_string_equal(seen.problem.message, "there is no channel \"nowhere\"");
    assert_int_equal(ask(f, "SELECT count(*) FROM vps"), 2);
}

static void a_change_touches_what_is_given(void **state)
{
    fixture *f = *state;
    const orch_charter_document *before = f->mira->charter;
    orch_orchestrator_change wanted = {.charter = ORCH_STR("{\"systemPrompt\":\"New.\"}"),
                                       .capabilities = ORCH_STR("{\"fly\":true,\"swim\":false}")};

    assert_int_equal(change(f, f->ann, f->mira, &wanted).problem.error, 0);
    IS(f->mira->charter->fields.system_prompt, "New.");
    IS(f->mira->charter->fields.name, "Mira");
    assert_int_equal(f->mira->charter->fields.capabilities.count, 1);
    IS(before->fields.system_prompt, "You are Mira."); /* an answer under way may still read it */
    wanted = (orch_orchestrator_change){.name = ORCH_STR("Mira Two"), .model_chain = ORCH_STR("rules")};
    assert_int_equal(change(f, f->ann, f->mira, &wanted).problem.error, 0);
    assert_string_equal(f->mira->slug, "mira-two");
    assert_string_equal(f->mira->role, "Engineer");
    assert_null(
        orch_directory_orchestrator_by_slug(orch_workspace_directory(f->workspace), ORCH_STR("mira")));
    wanted = (orch_orchestrator_change){
        .name = ORCH_STR("Mira"), .display_name = ORCH_STR("M."), .model_chain = ORCH_STR("")};
    assert_int_equal(change(f, f->ann, f->mira, &wanted).problem.error, 0);
    assert_null(f->mira->model_chain);
    fixture_reopen(f);
    assert_string_equal(f->mira->slug, "mira");
    assert_string_equal(f->mira->user->display_name, "M.");
    IS(f->mira->charter->fields.system_prompt, "New.");
    assert_int_equal(f->mira->charter->fields.capabilities.count, 1);
    assert_null(f->mira->model_chain);
}

static void changes_are_checked(void **state)
{
    fixture *f = *state;
    orch_orchestrator_change wanted = {.role = ORCH_STR("Boss")};

    assert_int_equal(change(f, f->ben, f->mira, &wanted).problem.error, ORCH_E_FORBIDDEN);
    assert_string_equal(f->mira->role, "Engineer");
    wanted.role = ORCH_STR("");
    assert_int_equal(change(f, f->ann, f->mira, &wanted).problem.error, ORCH_E_INVALID);
    wanted = (orch_orchestrator_change){.charter = ORCH_STR("[]")};
    assert_int_equal(change(f, f->ann, f->mira, &wanted).problem.error, ORCH_E_INVALID);
}

static void a_login_outlives_a_restart(void **state)
{
    fixture *f = *state;
    answer seen = {0};

    assert_int_equal(orch_workspace_set_logged_in(f->workspace, f->otto, true, on_done, &seen), 0);
    assert_false(f->otto->logged_in);
    orch_database_drain(f->database);
    assert_true(f->otto->logged_in);
    assert_ptr_equal(seen.made.orchestrator, f->otto);
    fixture_reopen(f);
    assert_true(f->otto->logged_in);
    assert_false(f->mira->logged_in);
    assert_int_equal(orch_workspace_set_logged_in(f->workspace, f->otto, false, on_done, &seen), 0);
    fixture_reopen(f);
    assert_false(f->otto->logged_in);
    orch_workspace_set_presence(f->workspace, f->otto, "BUSY");
    orch_database_drain(f->database);
    assert_int_equal(ask(f, "SELECT count(*) FROM vps WHERE status = 'BUSY'"), 1);
}

/* What Neolith itself wrote: no row of ours, its configuration in vp_configs. */
static void neoliths_configuration_is_honoured(void **state)
{
    fixture *f = *state;
    static const char *const steps[] = {
        "DELETE FROM orchd_daemons",
        "INSERT INTO vp_configs (id, vp_id, auto_reply, mention_only, keyword_triggers, llm_model, "
        "temperature, "
        "max_tokens, created_at, updated_at) SELECT 'config-1', id, false, true, '[\"deploy\",\"on call\"]', "
        "'claude-x', 0.25, 777, created_at, updated_at FROM vps WHERE role = 'Engineer'"};

    for (size_t i = 0; i < 2; i++) {
        orch_batch *batch = orch_batch_new();

        assert_int_equal(orch_batch_add(batch, steps[i], NULL, 0), 0);
        assert_int_equal(orch_database_submit(f->database, batch, ORCH_BATCH_WRITE, NULL, NULL), 0);
    }
    fixture_reopen(f);
    assert_string_equal(f->mira->slug, "mira");
    assert_string_equal(f->mira->model_chain, "anthropic/claude-x");
    assert_true(f->mira->mention_only && !f->mira->auto_reply);
    assert_int_equal(f->mira->keywords_count, 2);
    IS(f->mira->keywords[1], "on call");
    assert_true(f->mira->temperature == 0.25);
    assert_int_equal(f->mira->tokens_max, 777);
    assert_true(f->otto->auto_reply && f->otto->temperature < 0);
    assert_int_equal(f->otto->tokens_max, ORCH_TOKENS_MAX_DEFAULT); /* a model refuses to give none */
}

static void a_wrong_charter_stops_the_start(void **state)
{
    fixture *f = *state;
    orch_batch *batch = orch_batch_new();
    orch_workspace *workspace = NULL;
    char message[256] = "";

    assert_int_equal(
        orch_batch_add(batch,
                       "UPDATE users SET vp_config = '{\"charter\":{\"expertise\":7}}' WHERE name = 'Mira'",
                       NULL, 0),
        0);
    assert_int_equal(orch_database_submit(f->database, batch, ORCH_BATCH_WRITE, NULL, NULL), 0);
    assert_int_equal(orch_workspace_open(f->database, &workspace, message, sizeof message), ORCH_E_INVALID);
    assert_non_null(strstr(message, "expertise is 7"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(everything_of_a_new_one_is_kept, setup_people, teardown),
        cmocka_unit_test_setup_teardown(without_channels_it_joins_the_public_ones, setup_people, teardown),
        cmocka_unit_test_setup_teardown(slugs_and_addresses_are_unique, setup_people, teardown),
        cmocka_unit_test_setup_teardown(new_ones_are_checked, setup_people, teardown),
        cmocka_unit_test_setup_teardown(a_change_touches_what_is_given, setup_people, teardown),
        cmocka_unit_test_setup_teardown(changes_are_checked, setup_people, teardown),
        cmocka_unit_test_setup_teardown(a_login_outlives_a_restart, setup_people, teardown),
        cmocka_unit_test_setup_teardown(neoliths_configuration_is_honoured, setup_people, teardown),
        cmocka_unit_test_setup_teardown(a_wrong_charter_stops_the_start, setup_people, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
