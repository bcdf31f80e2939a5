/* Pages of history find their messages in an index: how much is stored beside them does not matter. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history_sql.h"
#include "workspace_fixture.h"

typedef struct plan {
    size_t rows;
    char details[4096];
} plan;

static void on_plan(int error, const orch_result *result, void *user)
{
    plan *seen = user;

    if (error)
        fail_msg("%s", orch_result_message(result));
    seen->rows = orch_result_rows(result, 0);
    for (size_t i = 0; i < seen->rows; i++) {
        orch_str detail = orch_result_text(result, 0, i, 3);
        size_t len = strlen(seen->details);

        snprintf(seen->details + len, sizeof seen->details - len, "%.*s\n", (int)detail.len, detail.ptr);
    }
}

/* A statement is known by the address of its text, so each one is kept until the end. */
static plan explain(fixture *f, const char *sql, size_t parameters, char **out_kept)
{
    static const orch_value values[4] = {{.kind = ORCH_VALUE_INTEGER},
                                         {.kind = ORCH_VALUE_INTEGER},
                                         {.kind = ORCH_VALUE_INTEGER},
                                         {.kind = ORCH_VALUE_INTEGER}};
    orch_batch *batch = orch_batch_new();
    plan seen = {0};

    assert_true(asprintf(out_kept, "EXPLAIN QUERY PLAN %s", sql) > 0);
    assert_true(orch_batch_add(batch, *out_kept, values, parameters) == 0);
    assert_int_equal(orch_database_submit(f->database, batch, ORCH_BATCH_READ, on_plan, &seen), 0);
    orch_database_drain(f->database);
    assert_true(seen.rows > 0);
    return seen;
}

/* The tables go by these names in the statements; what is gone through otherwise is the page itself. */
static void assert_no_scan(const plan *seen, const char *sql)
{
    static const char *const tables[] = {"a", "m",        "c",         "r",          "t",
                                         "e", "messages", "reactions", "orchd_turns"};

    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        char scan[32], end[34];
        const char *found;

        snprintf(scan, sizeof scan, "SCAN %s", tables[i]);
        snprintf(end, sizeof end, "%s\n", scan);
        found = strstr(seen->details, end);
        snprintf(end, sizeof end, "%s ", scan);
        if (found || strstr(seen->details, end))
            fail_msg("%s\n%s", sql, seen->details);
    }
}

static void pages_are_found_by_an_index(void **state)
{
    fixture *f = *state;
    char *kept[ORCH__HISTORY_KINDS * 2 * ORCH__HISTORY_PARTS] = {0};
    size_t count = 0;

    for (int kind = 0; kind < ORCH__HISTORY_KINDS; kind++)
        for (int newer = 0; newer < 2; newer++)
            for (int part = 0; part < ORCH__HISTORY_PARTS; part++) {
                const char *sql = orch__history_sql[kind][newer][part];
                bool fourth = sql && strstr(sql, "$4");

                if (!sql)
                    continue;
                plan seen = explain(f, sql, fourth ? 4 : 3, &kept[count]);

                assert_no_scan(&seen, sql);
                count++;
            }
    assert_int_equal(count, 3 * 2 * 4 + 2);
    fixture_close(f);
    for (size_t i = 0; i < count; i++)
        free(kept[i]);
    fixture_open(f);
}

/* The check sees a plan that goes through everything. */
static void a_scan_is_seen(void **state)
{
    fixture *f = *state;
    char *kept;
    plan seen = explain(f, "SELECT * FROM messages m WHERE m.content = $1", 1, &kept);

    assert_non_null(strstr(seen.details, "SCAN m\n"));
    fixture_close(f);
    free(kept);
    fixture_open(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(pages_are_found_by_an_index, setup_people, teardown),
        cmocka_unit_test_setup_teardown(a_scan_is_seen, setup_people, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
