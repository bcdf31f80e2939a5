/* The rows of turns: what is unfinished, how it ends. */
#include "workspace_fixture.h"

#include <stdio.h>
#include <string.h>

typedef struct unfinished {
    int calls;
    size_t count;
    orch_turn_row rows[8];
} unfinished;

static void on_unfinished(const orch_problem *problem, const orch_turn_row *rows, size_t count, void *user)
{
    unfinished *seen = user;

    assert_null(problem);
    seen->calls++;
    seen->count = count;
    memcpy(seen->rows, rows, (count < 8 ? count : 8) * sizeof *rows);
}

static unfinished read_unfinished(fixture *f, int64_t after)
{
    unfinished seen = {0};

    assert_int_equal(orch_workspace_unfinished(f->workspace, after, on_unfinished, &seen), 0);
    orch_database_drain(f->database);
    assert_int_equal(seen.calls, 1);
    return seen;
}

static answer ask_both(fixture *f, const char *parent_id)
{
    const orch_turn_new turns[] = {{.orchestrator = f->mira}, {.orchestrator = f->otto, .hops = 3}};
    const orch_post whole = {.author = f->ben,
                             .channel = f->general,
                             .content = ORCH_STR("@mira @otto"),
                             .parent_id = str(parent_id),
                             .turns = turns,
                             .turns_count = 2};
    answer seen = post_whole(f, &whole);

    assert_int_equal(seen.problem.error, 0);
    return seen;
}

static void what_is_unfinished_is_found_after_a_restart(void **state)
{
    fixture *f = *state;
    answer root = post(f, f->ann, f->general, "root");
    answer asked = ask_both(f, root.message.id.text);

    fixture_reopen(f);
    unfinished seen = read_unfinished(f, 0);

    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.rows[0].id, asked.turns[0]);
    assert_int_equal(seen.rows[0].epoch, ORCH_TURN_EPOCH_FIRST);
    assert_ptr_equal(seen.rows[0].orchestrator, f->mira);
    assert_ptr_equal(seen.rows[0].channel, f->general);
    assert_ptr_equal(seen.rows[0].author, f->ben);
    assert_string_equal(seen.rows[0].message_id.text, asked.message.id.text);
    assert_string_equal(seen.rows[0].parent_id.text, root.message.id.text);
    assert_int_equal(seen.rows[1].hops, 3);
    seen = read_unfinished(f, asked.turns[0]);
    assert_int_equal(seen.count, 1);
    assert_ptr_equal(seen.rows[0].orchestrator, f->otto);
    /* Numbers go on after a restart. */
    assert_true(ask_both(f, "").turns[0] > asked.turns[1]);
}

static void on_ended(const orch_problem *problem, int64_t cursor, void *user)
{
    answer *seen = user;

    seen->calls++;
    seen->problem = problem ? *problem : (orch_problem){0};
    seen->cursor = cursor;
}

static answer end_turn(fixture *f, int64_t turn, uint32_t epoch, orch_turn_end end, const char *message)
{
    const orch_turn_ending what = {.orchestrator = f->mira, .turn = turn, .epoch = epoch, .tokens_input = 5};
    answer seen = {0};

    assert_int_equal(orch_workspace_end_turn(f->workspace, &what, end, "timeout", message, on_ended, &seen),
                     0);
    orch_database_drain(f->database);
    assert_int_equal(seen.calls, 1);
    return seen;
}

typedef struct last_entry {
    orch_feed_entry_kind kind;
    char details[512];
} last_entry;

static void on_feed(const orch_problem *problem, const orch_feed_page *page, void *user)
{
    last_entry *seen = user;

    assert_null(problem);
    assert_true(page->count > 0);
    const orch_feed_entry *entry = &page->items[page->count - 1];

    seen->kind = entry->kind;
    snprintf(seen->details, sizeof seen->details, "%.*s", (int)entry->details.len,
             entry->details.ptr ? entry->details.ptr : "");
}

static void a_failure_ends_a_turn_visibly(void **state)
{
    fixture *f = *state;
    answer asked = ask_both(f, "");
    answer seen = end_turn(f, asked.turns[0], 0, ORCH_TURN_FAILED, "no answer \"in time\"");
    last_entry entry = {0};
    char expected[512];

    assert_int_equal(seen.problem.error, 0);
    assert_int_equal(seen.cursor, orch_workspace_cursor(f->workspace));
    assert_int_equal(orch_workspace_feed(f->workspace, f->ben, seen.cursor - 1, on_feed, &entry), 0);
    orch_database_drain(f->database);
    assert_int_equal(entry.kind, ORCH_FEED_TURN_FAILED);
    snprintf(expected, sizeof expected,
             "{\"turnId\":%lld,\"orchestratorId\":\"%s\",\"error\":{\"code\":\"timeout\",\"message\":"
             "\"no answer \\\"in time\\\"\"}}",
             (long long)asked.turns[0], f->mira->id.text);
    assert_string_equal(entry.details, expected);
    assert_int_equal(end_turn(f, asked.turns[0], 0, ORCH_TURN_FAILED, "again").problem.error,
                     ORCH_E_CONFLICT);
    assert_int_equal(read_unfinished(f, 0).count, 1);
}

static void a_skipped_turn_ends_in_silence(void **state)
{
    fixture *f = *state;
    answer asked = ask_both(f, "");
    int64_t before = orch_workspace_cursor(f->workspace);
    answer seen = end_turn(f, asked.turns[1], 0, ORCH_TURN_SKIPPED, NULL);

    assert_int_equal(seen.problem.error, 0);
    assert_int_equal(seen.cursor, 0);
    assert_int_equal(orch_workspace_cursor(f->workspace), before);
    assert_int_equal(ask(f, "SELECT state FROM orchd_turns WHERE hops = 3"), 3);
    assert_int_equal(end_turn(f, asked.turns[0], 7, ORCH_TURN_SKIPPED, NULL).problem.error, ORCH_E_CONFLICT);
    assert_int_equal(end_turn(f, 4711, 0, ORCH_TURN_SKIPPED, NULL).problem.error, ORCH_E_CONFLICT);
}

typedef struct offline {
    size_t count;
    orch_offline_sent last;
} offline;

static void on_offline(const orch_problem *problem, const orch_offline_sent *items, size_t count, void *user)
{
    offline *seen = user;

    assert_null(problem);
    seen->count = count;
    if (count > 0)
        seen->last = items[count - 1];
}

static offline read_offline(fixture *f, int64_t since_ms)
{
    offline seen = {0};

    assert_int_equal(orch_workspace_offline_since(f->workspace, since_ms, on_offline, &seen), 0);
    orch_database_drain(f->database);
    return seen;
}

static void offline_messages_are_remembered(void **state)
{
    fixture *f = *state;
    answer asked = ask_both(f, "");
    const orch_post reply = {
        .author = f->mira->user, .channel = f->general, .content = ORCH_STR("Back at nine.")};
    const orch_post other = {.author = f->otto->user, .channel = f->general, .content = ORCH_STR("Here.")};
    const orch_turn_ending ending = {.orchestrator = f->mira, .turn = asked.turns[0]};
    answer seen = {0};

    f->now_ms += 5000;
    assert_int_equal(
        orch_workspace_reply(f->workspace, &ending, ORCH_REPLY_OFFLINE, &reply, on_posted, &seen), 0);
    orch_database_drain(f->database);
    assert_int_equal(reply_whole(f, asked.turns[1], &other).problem.error, 0);
    fixture_reopen(f);
    offline found = read_offline(f, f->now_ms);

    assert_int_equal(found.count, 1);
    assert_ptr_equal(found.last.orchestrator, f->mira);
    assert_ptr_equal(found.last.channel, f->general);
    assert_string_equal(found.last.parent_id.text, "");
    assert_int_equal(found.last.at_ms, f->now_ms);
    assert_int_equal(read_offline(f, f->now_ms + 1).count, 0);
}

static void on_probed(const orch_problem *problem, void *user)
{
    assert_null(problem);
    ++*(int *)user;
}

static void a_probe_goes_to_the_writer_and_back(void **state)
{
    fixture *f = *state;
    int calls = 0;

    assert_int_equal(orch_workspace_probe(f->workspace, ORCH_PROBE_ANSWERS, on_probed, &calls), 0);
    orch_database_drain(f->database);
    assert_int_equal(calls, 1);
}

static void assert_totals(const orch_orchestrator *orchestrator, uint64_t answered, uint64_t failed,
                          uint64_t tokens_input, uint64_t tokens_output)
{
    assert_int_equal(orchestrator->totals.answered, answered);
    assert_int_equal(orchestrator->totals.failed, failed);
    assert_int_equal(orchestrator->totals.tokens_input, tokens_input);
    assert_int_equal(orchestrator->totals.tokens_output, tokens_output);
}

static answer stop_turn(fixture *f, int64_t turn)
{
    const orch_turn_ending what = {.orchestrator = f->mira, .turn = turn, .stopped = true};
    answer seen = {0};

    assert_int_equal(
        orch_workspace_end_turn(f->workspace, &what, ORCH_TURN_FAILED, "stopped", "stop", on_ended, &seen),
        0);
    orch_database_drain(f->database);
    return seen;
}

static void totals_count_each_end_of_a_turn_once(void **state)
{
    fixture *f = *state;
    answer asked = ask_both(f, "");
    answer more = ask_both(f, "");
    const orch_post reply = {.author = f->otto->user, .channel = f->general, .content = ORCH_STR("Here.")};
    const orch_turn_new busy[] = {{.orchestrator = f->otto, .refused = ORCH_E_BUSY}};
    const orch_post refused = {.author = f->mira->user,
                               .channel = f->general,
                               .content = ORCH_STR("@otto"),
                               .turns = busy,
                               .turns_count = 1};

    assert_int_equal(end_turn(f, asked.turns[0], 0, ORCH_TURN_FAILED, "no").problem.error, 0);
    assert_int_equal(end_turn(f, asked.turns[0], 0, ORCH_TURN_FAILED, "again").problem.error,
                     ORCH_E_CONFLICT);
    assert_int_equal(end_turn(f, more.turns[0], 0, ORCH_TURN_SKIPPED, NULL).problem.error, 0);
    assert_int_equal(stop_turn(f, ask_both(f, "").turns[0]).problem.error, 0);
    assert_int_equal(reply_whole(f, asked.turns[1], &reply).problem.error, 0);
    assert_int_equal(reply_whole(f, asked.turns[1], &reply).problem.error, ORCH_E_CONFLICT);
    assert_int_equal(reply_whole(f, more.turns[1], &reply).problem.error, 0);
    assert_int_equal(post_whole(f, &refused).problem.error, 0);
    assert_totals(f->mira, 0, 1, 10, 0);
    assert_totals(f->otto, 2, 1, 14, 6);
    fixture_reopen(f);
    assert_totals(f->mira, 0, 1, 10, 0);
    assert_totals(f->otto, 2, 1, 14, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_unfinished_is_found_after_a_restart, setup_people, teardown),
        cmocka_unit_test_setup_teardown(a_failure_ends_a_turn_visibly, setup_people, teardown),
        cmocka_unit_test_setup_teardown(a_skipped_turn_ends_in_silence, setup_people, teardown),
        cmocka_unit_test_setup_teardown(offline_messages_are_remembered, setup_people, teardown),
        cmocka_unit_test_setup_teardown(totals_count_each_end_of_a_turn_once, setup_people, teardown),
        cmocka_unit_test_setup_teardown(a_probe_goes_to_the_writer_and_back, setup_people, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
