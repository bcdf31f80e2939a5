/* Events of daemons: pages of them, kept over a restart, and what goes when there are too many. */
#include "workspace_fixture.h"

#include <stdio.h>

#include "daemon_events.h"

typedef struct seen_events {
    int calls;
    size_t count;
    bool more;
    int64_t ids[ORCH_EVENTS_PAGE_MAX];
    char first[128]; /* kind, message, details */
    int64_t at_ms;
} seen_events;

static void on_events(const orch_problem *problem, const orch_daemon_events *events, void *user)
{
    seen_events *seen = user;
    const orch_daemon_event *first = events->items;

    assert_null(problem);
    seen->calls++;
    seen->count = events->count;
    seen->more = events->more;
    for (size_t i = 0; i < events->count; i++)
        seen->ids[i] = events->items[i].id;
    if (events->count == 0)
        return;
    seen->at_ms = first->at_ms;
    snprintf(seen->first, sizeof seen->first, "%.*s|%.*s|%.*s", (int)first->kind.len, first->kind.ptr,
             (int)first->message.len, first->message.ptr, (int)first->details.len,
             first->details.ptr ? first->details.ptr : "");
}

static seen_events read_events(fixture *f, orch_orchestrator *orchestrator, int64_t before, uint32_t limit)
{
    seen_events seen = {0};

    assert_int_equal(orch_workspace_events(f->workspace, orchestrator, before, limit, on_events, &seen), 0);
    orch_database_drain(f->database);
    assert_int_equal(seen.calls, 1);
    return seen;
}

static void store(fixture *f, orch_orchestrator *orchestrator, size_t count)
{
    orch_daemon_event events[ORCH_EVENTS_A_BATCH];

    assert_true(count <= ORCH_EVENTS_A_BATCH);
    for (size_t i = 0; i < count; i++)
        events[i] = (orch_daemon_event){.at_ms = f->now_ms,
                                        .orchestrator = orchestrator,
                                        .kind = ORCH_STR("error"),
                                        .message = ORCH_STR("it \"failed\""),
                                        .details = ORCH_STR("{\"code\":\"io\"}")};
    assert_int_equal(orch_workspace_store_events(f->workspace, events, count, NULL, NULL), 0);
    orch_database_drain(f->database);
}

static void they_are_read_newest_first_in_pages(void **state)
{
    fixture *f = *state;
    seen_events page;

    store(f, f->mira, 3);
    store(f, f->otto, 1);
    fixture_reopen(f);
    store(f, f->mira, 2);
    page = read_events(f, f->mira, 0, 4);
    assert_int_equal(page.count, 4);
    assert_true(page.more);
    assert_string_equal(page.first, "error|it \"failed\"|{\"code\":\"io\"}");
    assert_int_equal(page.at_ms, f->now_ms);
    for (size_t i = 1; i < page.count; i++)
        assert_true(page.ids[i] < page.ids[i - 1]);
    page = read_events(f, f->mira, page.ids[3], 4);
    assert_int_equal(page.count, 1);
    assert_false(page.more);
    assert_int_equal(read_events(f, f->mira, page.ids[0], 4).count, 0);
    assert_int_equal(read_events(f, f->otto, 0, 4).count, 1);
}

static void a_daemon_keeps_its_newest(void **state)
{
    fixture *f = *state;

    store(f, f->otto, 2);
    for (int i = 0; i < 3; i++)
        store(f, f->mira, ORCH_EVENTS_A_BATCH);
    assert_int_equal(ask(f, "SELECT count(*) FROM orchd_events"), ORCH_EVENTS_OF_A_DAEMON_MAX + 2);
    assert_int_equal(read_events(f, f->mira, 0, 1).ids[0], 2 + 3 * ORCH_EVENTS_A_BATCH);
    assert_int_equal(read_events(f, f->otto, 0, 10).count, 2);
}

static void all_together_keep_the_newest(void **state)
{
    fixture *f = *state;
    static const char fill[] =
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100300) "
        "INSERT INTO orchd_events (id, vp_id, created_at, kind, message) "
        "SELECT i, 'vp-' || i, '2026-01-01 00:00:00.000', 'started', '' FROM n";
    orch_batch *batch = orch_batch_new();

    assert_int_equal(orch_batch_add(batch, fill, NULL, 0), 0);
    assert_int_equal(orch_database_submit(f->database, batch, ORCH_BATCH_WRITE, NULL, NULL), 0);
    fixture_reopen(f);
    store(f, f->mira, 1);
    assert_int_equal(ask(f, "SELECT count(*) FROM orchd_events"), ORCH_EVENTS_MAX);
    assert_int_equal(read_events(f, f->mira, 0, 1).ids[0], 100301);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(they_are_read_newest_first_in_pages, setup_people, teardown),
        cmocka_unit_test_setup_teardown(a_daemon_keeps_its_newest, setup_people, teardown),
        cmocka_unit_test_setup_teardown(all_together_keep_the_newest, setup_people, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
