/* The list of migrations: a database of an older version keeps what is in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "schema.h"

static char folder[64];
static char path[96];

static orch_database *open_file(void)
{
    orch_database_config config;
    orch_database *database = NULL;
    char message[256];

    orch_database_config_init(&config);
    config.path = path;
    assert_int_equal(orch_sqlite_open(&config, &database, message, sizeof message), 0);
    return database;
}

static int setup(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/orchd-schema-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/orchd.db", folder);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static void migrate(orch_database *database, size_t count)
{
    char message[256] = "";
    int error = orch_database_migrate(database, orch__migrations, count, message, sizeof message);

    if (error)
        fail_msg("%s", message);
}

static void note_error(int error, const orch_result *result, void *user)
{
    (void)result;
    *(int *)user = error;
}

static int run(orch_database *database, const char *sql)
{
    orch_batch *batch = orch_batch_new();
    int error = 1;

    assert_true(orch_batch_add(batch, sql, NULL, 0) >= 0);
    assert_int_equal(orch_database_submit(database, batch, ORCH_BATCH_WRITE, note_error, &error), 0);
    orch_database_drain(database);
    return error;
}

static void note_text(int error, const orch_result *result, void *user)
{
    orch_str text = error ? ORCH_STR("failed") : orch_result_text(result, 0, 0, 0);

    snprintf(user, 256, "%.*s", (int)text.len, text.ptr);
}

static void assert_answer(orch_database *database, const char *sql, const char *expected)
{
    orch_batch *batch = orch_batch_new();
    char text[256] = "";

    assert_true(orch_batch_add(batch, sql, NULL, 0) >= 0);
    assert_int_equal(orch_database_submit(database, batch, ORCH_BATCH_READ, note_text, text), 0);
    orch_database_drain(database);
    assert_string_equal(text, expected);
}

static void turns_and_client_ids_survive_their_new_keys(void **state)
{
    (void)state;
    orch_database *database = open_file();

    migrate(database, 1);
    assert_int_equal(
        run(database, "INSERT INTO orchd_turns (id, vp_id, message_id, channel_id, parent_id, hops, state, "
                      "kind, epoch, reply_id, error_code, error_message, created_at, updated_at) VALUES "
                      "(7, 'v1', 'm1', 'c1', 'p1', 2, 0, 1, 3, 'r1', 'code', 'words', 'then', 'now'),"
                      "(9, 'v2', 'm1', 'c1', NULL, 0, 1, 0, 0, NULL, NULL, NULL, 'then', 'now')"),
        0);
    assert_int_equal(run(database, "INSERT INTO orchd_client_ids (message_id, author_id, client_id) VALUES "
                                   "('m1', 'u1', 'k'), ('m2', 'u2', 'k')"),
                     0);
    migrate(database, orch__migrations_count);
    assert_answer(
        database,
        "SELECT id || vp_id || message_id || channel_id || parent_id || hops || state || kind || epoch || "
        "reply_id || error_code || error_message || created_at || updated_at FROM orchd_turns WHERE state = "
        "0",
        "7v1m1c1p12013r1codewordsthennow");
    assert_answer(database, "SELECT group_concat(message_id || author_id || client_id) FROM orchd_client_ids",
                  "m1u1k,m2u2k");
    /* Still once for each orchestrator and message, and for each author and clientId. */
    assert_int_equal(
        run(database, "INSERT INTO orchd_turns (vp_id, message_id, channel_id, hops, created_at, updated_at) "
                      "VALUES ('v2', 'm1', 'c1', 0, '', '')"),
        ORCH_E_EXISTS);
    assert_int_equal(run(database, "INSERT INTO orchd_client_ids (message_id, author_id, client_id) VALUES "
                                   "('m3', 'u2', 'k')"),
                     ORCH_E_EXISTS);
    assert_int_equal(run(database, "INSERT INTO orchd_client_ids (message_id, author_id, client_id) VALUES "
                                   "('m3', 'u3', 'k')"),
                     0);
    orch_database_close(database);
}

static void turns_that_ended_are_in_the_totals(void **state)
{
    (void)state;
    orch_database *database = open_file();

    migrate(database, 2);
    assert_int_equal(
        run(database,
            "INSERT INTO orchd_turns (id, vp_id, message_id, channel_id, hops, state, created_at, "
            "updated_at) VALUES (1, 'v1', 'm1', 'c', 0, 1, '', ''), (2, 'v1', 'm2', 'c', 0, 1, '', ''),"
            "(3, 'v1', 'm3', 'c', 0, 2, '', ''), (4, 'v2', 'm1', 'c', 0, 2, '', ''),"
            "(5, 'v3', 'm1', 'c', 0, 0, '', ''), (6, 'v3', 'm2', 'c', 0, 3, '', '')"),
        0);
    migrate(database, orch__migrations_count);
    assert_answer(database,
                  "SELECT group_concat(vp_id || ':' || answered || ':' || failed || ':' || input_tokens) "
                  "FROM (SELECT * FROM orchd_totals ORDER BY vp_id)",
                  "v1:2:1:0,v2:0:1:0");
    orch_database_close(database);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(turns_and_client_ids_survive_their_new_keys, setup, teardown),
        cmocka_unit_test_setup_teardown(turns_that_ended_are_in_the_totals, setup, teardown),
    };

    return cmocka_run_group_tests_name("schema", tests, NULL, NULL);
}
