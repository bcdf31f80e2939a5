#include "database_contract.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const contract_driver *driver;

static const char sql_make_pairs[] = "CREATE TABLE pairs (id INTEGER PRIMARY KEY, word TEXT NOT NULL)";
static const char sql_make_children[] =
    "CREATE TABLE children (id INTEGER PRIMARY KEY, pair_id INTEGER NOT NULL REFERENCES pairs (id))";
static const char sql_insert[] = "INSERT INTO pairs (id, word) VALUES ($1, $2)";
static const char sql_insert_child[] = "INSERT INTO children (id, pair_id) VALUES ($1, $2)";
static const char sql_update[] = "UPDATE pairs SET word = $2 WHERE id = $1";
static const char sql_count[] = "SELECT count(*) FROM pairs";

size_t contract_calls;

void contract_note(int error, const orch_result *result, void *user)
{
    contract_answer *seen = user;

    seen->calls++;
    seen->error = error;
    seen->order = contract_calls++;
    seen->failed_statement = result ? orch_result_failed_statement(result) : -1;
}

/* For batches of known length. */
static void note_rows(int error, const orch_result *result, void *user, size_t statements)
{
    contract_answer *seen = user;

    contract_note(error, result, user);
    for (size_t i = 0; i < statements && !error; i++) {
        seen->changes[i] = orch_result_changes(result, i);
        seen->rows[i] = orch_result_rows(result, i);
    }
    if (!error && seen->rows[statements - 1] > 0)
        seen->integer = orch_result_integer(result, statements - 1, 0, 0);
}

static void note_one(int error, const orch_result *result, void *user)
{
    note_rows(error, result, user, 1);
}

static void note_two(int error, const orch_result *result, void *user)
{
    note_rows(error, result, user, 2);
}

void contract_add(orch_batch *batch, const char *sql, size_t count, const orch_value *values)
{
    if (!batch || orch_batch_add(batch, sql, values, count) < 0)
        abort();
}

contract_answer contract_run_sql(orch_database *database, orch_batch_kind kind, const char *sql)
{
    contract_answer seen = {0};
    orch_batch *batch = orch_batch_new();

    contract_add(batch, sql, 0, NULL);
    if (orch_database_submit(database, batch, kind, note_one, &seen) == 0)
        orch_database_drain(database);
    return seen;
}

int64_t contract_ask(orch_database *database, const char *sql)
{
    contract_answer seen = contract_run_sql(database, ORCH_BATCH_READ, sql);

    return seen.error || seen.rows[0] == 0 ? -1 : seen.integer;
}

static orch_batch *insert_batch(int64_t id, const char *word)
{
    orch_batch *batch = orch_batch_new();
    const orch_value values[] = {CONTRACT_INTEGER(id),
                                 {.kind = ORCH_VALUE_TEXT, .text = {word, strlen(word)}}};

    contract_add(batch, sql_insert, 2, values);
    return batch;
}

static void submit(orch_database *database, orch_batch *batch, orch_batch_kind kind, contract_answer *seen)
{
    assert_int_equal(orch_database_submit(database, batch, kind, contract_note, seen), 0);
}

static int open_tables(void **state)
{
    orch_database_config config;

    orch_database_config_init(&config);
    *state = driver->open_empty(&config);
    return contract_run_sql(*state, ORCH_BATCH_WRITE, sql_make_pairs).error ||
           contract_run_sql(*state, ORCH_BATCH_WRITE, sql_make_children).error;
}

static int close_tables(void **state)
{
    orch_database_close(*state);
    driver->forget();
    return 0;
}

/* ---- values ---- */

static void check_kinds(int error, const orch_result *result, void *user)
{
    ++*(int *)user;
    assert_int_equal(error, 0);
    assert_int_equal(orch_result_rows(result, 0), 1);
    assert_int_equal(orch_result_value(result, 0, 0, 0).kind, ORCH_VALUE_NULL);
    assert_true(orch_result_integer(result, 0, 0, 1) == INT64_MIN);
    assert_true(orch_result_real(result, 0, 0, 2) == 0.25);
    orch_str text = orch_result_text(result, 0, 0, 3);

    assert_int_equal(text.len, 7);
    assert_memory_equal(text.ptr, "h\xc3\xa9llo\n", 7);
    orch_value blob = orch_result_value(result, 0, 0, 4);

    assert_int_equal(blob.kind, ORCH_VALUE_BLOB);
    assert_int_equal(blob.text.len, 3);
    assert_memory_equal(blob.text.ptr, "\0\xff\1", 3);
    assert_int_equal(orch_result_text(result, 0, 0, 5).len, 0);
    assert_int_equal(orch_result_value(result, 0, 0, 5).kind, ORCH_VALUE_TEXT);
    assert_int_equal(orch_result_integer(result, 0, 0, 0), 0);
    assert_int_equal(orch_result_text(result, 0, 0, 0).len, 0);
}

static void keeps_values_of_every_kind(void **state)
{
    const orch_value values[] = {
        {.kind = ORCH_VALUE_NULL},
        CONTRACT_INTEGER(INT64_MIN),
        {.kind = ORCH_VALUE_REAL, .real = 0.25},
        CONTRACT_TEXT("h\xc3\xa9llo\n"),
        {.kind = ORCH_VALUE_BLOB, .text = ORCH_STR("\0\xff\1")},
        CONTRACT_TEXT(""),
    };
    orch_batch *batch = orch_batch_new();
    int calls = 0;

    assert_int_equal(
        contract_run_sql(
            *state, ORCH_BATCH_WRITE,
            "CREATE TABLE kinds (a INTEGER, b BIGINT, c DOUBLE PRECISION, d TEXT, e BLOB, f TEXT)")
            .error,
        0);
    contract_add(batch, "INSERT INTO kinds (a, b, c, d, e, f) VALUES ($1, $2, $3, $4, $5, $6)", 6, values);
    contract_answer seen = {0};

    submit(*state, batch, ORCH_BATCH_WRITE, &seen);
    orch_database_drain(*state);
    assert_int_equal(seen.error, 0);
    batch = orch_batch_new();
    contract_add(batch, "SELECT a, b, c, d, e, f FROM kinds", 0, NULL);
    assert_int_equal(orch_database_submit(*state, batch, ORCH_BATCH_READ, check_kinds, &calls), 0);
    orch_database_drain(*state);
    assert_int_equal(calls, 1);
}

static void check_numbers(int error, const orch_result *result, void *user)
{
    ++*(int *)user;
    assert_int_equal(error, 0);
    assert_int_equal(orch_result_integer(result, 0, 0, 0), 20);
    assert_int_equal(orch_result_integer(result, 0, 0, 1), 10);
    assert_int_equal(orch_result_integer(result, 0, 0, 2), 20);
}

static void parameters_go_by_number(void **state)
{
    const orch_value values[] = {CONTRACT_INTEGER(10), CONTRACT_INTEGER(20)};
    orch_batch *batch = orch_batch_new();
    int calls = 0;

    contract_add(batch, "SELECT $2 + 0, $1 + 0, $2 + 0", 2, values);
    assert_int_equal(orch_database_submit(*state, batch, ORCH_BATCH_READ, check_numbers, &calls), 0);
    orch_database_drain(*state);
    assert_int_equal(calls, 1);
}

static void values_are_copied(void **state)
{
    char word[] = "before";
    const orch_value values[] = {CONTRACT_INTEGER(1), {.kind = ORCH_VALUE_TEXT, .text = {word, 6}}};
    orch_batch *batch = orch_batch_new();
    contract_answer seen = {0};

    contract_add(batch, sql_insert, 2, values);
    memcpy(word, "after!", 6);
    submit(*state, batch, ORCH_BATCH_WRITE, &seen);
    orch_database_drain(*state);
    assert_int_equal(contract_ask(*state, "SELECT count(*) FROM pairs WHERE word = 'before'"), 1);
}

static void large_texts_and_many_rows(void **state)
{
    size_t len = (size_t)2 << 20;
    char *word = malloc(len);
    orch_batch *batch = orch_batch_new();
    contract_answer seen = {0};

    memset(word, 'w', len);
    contract_add(batch, sql_insert, 2,
                 (const orch_value[]){CONTRACT_INTEGER(0), {.kind = ORCH_VALUE_TEXT, .text = {word, len}}});
    free(word);
    for (int64_t i = 1; i < 5000; i++)
        contract_add(batch, sql_insert, 2, (const orch_value[]){CONTRACT_INTEGER(i), CONTRACT_TEXT("w")});
    submit(*state, batch, ORCH_BATCH_WRITE, &seen);
    orch_database_drain(*state);
    assert_int_equal(seen.error, 0);
    contract_answer all = contract_run_sql(*state, ORCH_BATCH_READ, "SELECT id, word FROM pairs ORDER BY id");

    assert_int_equal(all.rows[0], 5000);
    assert_int_equal(contract_ask(*state, "SELECT length(word) FROM pairs WHERE id = 0"), (int64_t)len);
}

static void a_batch_has_a_limit(void **state)
{
    orch_batch *batch = orch_batch_new();
    const orch_value values[] = {CONTRACT_INTEGER(1), CONTRACT_TEXT("w")};

    (void)state;
    for (size_t i = 0; i < ORCH_BATCH_STATEMENTS_MAX; i++)
        assert_int_equal(orch_batch_add(batch, sql_insert, values, 2), i);
    assert_int_equal(orch_batch_add(batch, sql_insert, values, 2), ORCH_E_FULL);
    orch_batch_free(batch);
    orch_batch_free(NULL);
}

/* ---- all or nothing ---- */

static void a_batch_is_all_or_nothing(void **state)
{
    contract_answer seen = {0};
    orch_batch *batch = insert_batch(1, "one");

    contract_add(batch, sql_insert, 2, (const orch_value[]){CONTRACT_INTEGER(2), CONTRACT_TEXT("two")});
    contract_add(batch, sql_insert, 2, (const orch_value[]){CONTRACT_INTEGER(1), CONTRACT_TEXT("again")});
    submit(*state, batch, ORCH_BATCH_WRITE, &seen);
    orch_database_drain(*state);
    assert_int_equal(seen.error, ORCH_E_EXISTS);
    assert_int_equal(seen.failed_statement, 2);
    assert_int_equal(contract_ask(*state, sql_count), 0);
}

/* Waits for the writer in the middle of a group: many batches arrive while the first is being committed. */
static void one_that_fails_harms_no_other(void **state)
{
    enum { COUNT = 400 };
    contract_answer *seen = calloc(COUNT, sizeof *seen);
    size_t failed = 0;

    for (int64_t i = 0; i < COUNT; i++) {
        orch_batch *batch = insert_batch(i, "w");

        if (i % 7 == 3)
            contract_add(batch, sql_insert, 2,
                         (const orch_value[]){CONTRACT_INTEGER(0), CONTRACT_TEXT("taken")});
        submit(*state, batch, ORCH_BATCH_WRITE, &seen[i]);
    }
    orch_database_drain(*state);
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(seen[i].calls, 1);
        assert_int_equal(seen[i].error, i % 7 == 3 ? ORCH_E_EXISTS : 0);
        failed += seen[i].error != 0;
    }
    assert_int_equal(contract_ask(*state, sql_count), (int64_t)(COUNT - failed));
    free(seen);
}

static void expected_rows_or_nothing(void **state)
{
    contract_answer seen = {0};
    orch_batch *batch = insert_batch(1, "one");

    contract_add(batch, sql_update, 2, (const orch_value[]){CONTRACT_INTEGER(2), CONTRACT_TEXT("x")});
    orch_batch_expect(batch, 1);
    submit(*state, batch, ORCH_BATCH_WRITE, &seen);
    orch_database_drain(*state);
    assert_int_equal(seen.error, ORCH_E_CONFLICT);
    assert_int_equal(seen.failed_statement, 1);
    assert_int_equal(contract_ask(*state, sql_count), 0);
    batch = insert_batch(1, "one");
    orch_batch_expect(batch, 1);
    contract_add(batch, "SELECT id FROM pairs WHERE id = 1", 0, NULL);
    orch_batch_expect(batch, 1);
    submit(*state, batch, ORCH_BATCH_WRITE, &seen);
    orch_database_drain(*state);
    assert_int_equal(seen.error, 0);
}

static void returned_rows_and_changes(void **state)
{
    contract_answer seen = {0};
    orch_batch *batch = insert_batch(1, "one");

    contract_add(batch, "UPDATE pairs SET word = 'two' RETURNING id + 41", 0, NULL);
    assert_int_equal(orch_database_submit(*state, batch, ORCH_BATCH_WRITE, note_two, &seen), 0);
    orch_database_drain(*state);
    assert_int_equal(seen.changes[0], 1);
    assert_int_equal(seen.changes[1], 1);
    assert_int_equal(seen.rows[0], 0);
    assert_int_equal(seen.rows[1], 1);
    assert_int_equal(seen.integer, 42);
    contract_answer none = contract_run_sql(*state, ORCH_BATCH_WRITE, "DELETE FROM pairs WHERE id = 7");

    assert_int_equal(none.error, 0);
    assert_int_equal(none.changes[0], 0);
}

static void errors_have_names(void **state)
{
    const struct {
        const char *sql;
        int error;
    } cases[] = {
        {"INSERT INTO pairs (id, word) VALUES (1, 'one')", 0},
        {"INSERT INTO pairs (id, word) VALUES (1, 'one')", ORCH_E_EXISTS},
        {"INSERT INTO pairs (id, word) VALUES (1, 'one') ON CONFLICT (id) DO NOTHING", 0},
        {"INSERT INTO pairs (id, word) VALUES (2, NULL)", ORCH_E_INVALID},
        {"INSERT INTO children (id, pair_id) VALUES (1, 99)", ORCH_E_NOT_FOUND},
        {"INSERT INTO children (id, pair_id) VALUES (1, 1)", 0},
        {"INSERT INTO nowhere (id) VALUES (1)", ORCH_E_INTERNAL},
        {"no sql at all", ORCH_E_INTERNAL},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(contract_run_sql(*state, ORCH_BATCH_WRITE, cases[i].sql).error, cases[i].error);
    assert_int_equal(contract_run_sql(*state, ORCH_BATCH_READ, "SELECT nothing FROM pairs").error,
                     ORCH_E_INTERNAL);
    assert_int_not_equal(contract_run_sql(*state, ORCH_BATCH_READ, "DELETE FROM pairs").error, 0);
    assert_int_equal(contract_ask(*state, sql_count), 1);
}

/* ---- order ---- */

static void writes_answer_in_order(void **state)
{
    enum { COUNT = 1000 };
    contract_answer *seen = calloc(COUNT, sizeof *seen);

    for (int64_t i = 0; i < COUNT; i++)
        submit(*state, insert_batch(i, "w"), ORCH_BATCH_WRITE, &seen[i]);
    orch_database_drain(*state);
    for (size_t i = 1; i < COUNT; i++)
        assert_true(seen[i].order > seen[i - 1].order);
    free(seen);
}

typedef struct following {
    orch_database *database;
    int64_t id;
    int64_t until;
    int64_t wrong;
} following;

static void follow_with_read(int error, const orch_result *result, void *user);

static void follow_with_write(int error, const orch_result *result, void *user)
{
    following *kept = user;

    if (error || orch_result_integer(result, 0, 0, 0) != kept->id)
        kept->wrong++;
    if (kept->id == kept->until)
        return;
    if (orch_database_submit(kept->database, insert_batch(++kept->id, "w"), ORCH_BATCH_WRITE,
                             follow_with_read, kept))
        kept->wrong++;
}

static void follow_with_read(int error, const orch_result *result, void *user)
{
    following *kept = user;
    orch_batch *batch = orch_batch_new();

    (void)result;
    kept->wrong += error != 0;
    contract_add(batch, sql_count, 0, NULL);
    if (orch_database_submit(kept->database, batch, ORCH_BATCH_READ, follow_with_write, kept))
        kept->wrong++;
}

static void a_read_sees_what_was_delivered(void **state)
{
    following kept = {.database = *state, .until = 200};

    follow_with_read(0, NULL, &kept);
    orch_database_drain(*state);
    assert_int_equal(kept.id, 200);
    assert_int_equal(kept.wrong, 0);
}

static void count_both(int error, const orch_result *result, void *user)
{
    int *wrong = user;

    if (error || orch_result_integer(result, 0, 0, 0) != orch_result_integer(result, 2, 0, 0))
        ++*wrong;
}

static void write_couples(orch_database *database, int64_t first, int64_t count)
{
    for (int64_t i = first; i < first + count; i++) {
        orch_batch *batch = insert_batch(i, "w");

        contract_add(batch, sql_insert_child, 2,
                     (const orch_value[]){CONTRACT_INTEGER(i), CONTRACT_INTEGER(i)});
        assert_int_equal(orch_database_submit(database, batch, ORCH_BATCH_WRITE, NULL, NULL), 0);
    }
}

/* Between its first and its last statement a read takes its time, in which others are committed. */
static void a_read_sees_one_state(void **state)
{
    static const char sql_slow[] = "SELECT count(*) FROM pairs a CROSS JOIN pairs b CROSS JOIN children c "
                                   "WHERE a.id + b.id + c.id < -1 AND c.id < 4";
    int wrong = 0;

    write_couples(*state, 0, 700);
    orch_database_drain(*state);
    for (int64_t round = 0; round < 5; round++) {
        orch_batch *batch = orch_batch_new();

        contract_add(batch, sql_count, 0, NULL);
        contract_add(batch, sql_slow, 0, NULL);
        contract_add(batch, "SELECT count(*) FROM children", 0, NULL);
        assert_int_equal(orch_database_submit(*state, batch, ORCH_BATCH_READ, count_both, &wrong), 0);
        write_couples(*state, 700 + round * 20, 20);
        orch_database_drain(*state);
    }
    assert_int_equal(wrong, 0);
    assert_int_equal(contract_ask(*state, sql_count), 800);
}

/* ---- limits and the end ---- */

static void too_many_are_busy(void **state)
{
    orch_database_config config;
    contract_answer seen[4] = {0};

    (void)state;
    orch_database_config_init(&config);
    config.waiting_max = 3;
    orch_database *database = driver->open_empty(&config);

    assert_int_equal(contract_run_sql(database, ORCH_BATCH_WRITE, sql_make_pairs).error, 0);
    for (int64_t i = 0; i < 3; i++)
        submit(database, insert_batch(i, "w"), ORCH_BATCH_WRITE, &seen[i]);
    assert_int_equal(
        orch_database_submit(database, insert_batch(3, "w"), ORCH_BATCH_WRITE, contract_note, &seen[3]),
        ORCH_E_BUSY);
    orch_database_drain(database);
    assert_int_equal(seen[3].calls, 0);
    submit(database, insert_batch(3, "w"), ORCH_BATCH_WRITE, &seen[3]);
    orch_database_drain(database);
    assert_int_equal(contract_ask(database, sql_count), 4);
    orch_database_close(database);
    driver->forget();
}

typedef struct late {
    orch_database *database;
    int calls;
    int error;
} late;

static void submit_late(int error, const orch_result *result, void *user)
{
    late *kept = user;

    (void)error;
    (void)result;
    kept->calls++;
    kept->error =
        orch_database_submit(kept->database, insert_batch(100, "late"), ORCH_BATCH_WRITE, NULL, NULL);
}

static void close_waits_and_delivers(void **state)
{
    orch_database_config config;
    contract_answer seen[50] = {0};

    (void)state;
    orch_database_config_init(&config);
    orch_database *database = driver->open_empty(&config);
    late kept = {.database = database};

    assert_int_equal(contract_run_sql(database, ORCH_BATCH_WRITE, sql_make_pairs).error, 0);
    for (int64_t i = 0; i < 50; i++)
        submit(database, insert_batch(i, "w"), ORCH_BATCH_WRITE, &seen[i]);
    assert_int_equal(
        orch_database_submit(database, insert_batch(50, "w"), ORCH_BATCH_WRITE, submit_late, &kept), 0);
    orch_database_close(database);
    for (size_t i = 0; i < 50; i++)
        assert_true(seen[i].calls == 1 && seen[i].error == 0);
    assert_int_equal(kept.calls, 1);
    assert_int_equal(kept.error, ORCH_E_CLOSED);
    database = driver->open_again(&config);
    assert_int_equal(contract_ask(database, sql_count), 51);
    orch_database_close(database);
    driver->forget();
    orch_database_close(NULL);
}

static pthread_mutex_t wake_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake_grew = PTHREAD_COND_INITIALIZER;
static size_t wakes;

static void count_wake(void *user)
{
    (void)user;
    pthread_mutex_lock(&wake_lock);
    wakes++;
    pthread_cond_signal(&wake_grew);
    pthread_mutex_unlock(&wake_lock);
}

/* As a loop does it: waits to be woken, delivers, never drains. */
static void wakes_its_host(void **state)
{
    orch_database_config config;
    contract_answer seen = {0};

    (void)state;
    orch_database_config_init(&config);
    config.wake = count_wake;
    orch_database *database = driver->open_empty(&config);

    for (size_t i = 0; i < 20; i++) {
        orch_batch *batch = orch_batch_new();
        size_t before = i;
        size_t delivered = 0;

        contract_add(batch, "SELECT 1", 0, NULL);
        pthread_mutex_lock(&wake_lock);
        wakes = 0;
        pthread_mutex_unlock(&wake_lock);
        submit(database, batch, i % 2 ? ORCH_BATCH_READ : ORCH_BATCH_WRITE, &seen);
        pthread_mutex_lock(&wake_lock);
        while (wakes == 0)
            pthread_cond_wait(&wake_grew, &wake_lock);
        pthread_mutex_unlock(&wake_lock);
        delivered = orch_database_deliver(database);
        assert_int_equal(delivered, 1);
        assert_int_equal(seen.calls, before + 1);
    }
    orch_database_close(database);
    driver->forget();
}

/* ---- migrations ---- */

static const char *const first_steps[] = {"CREATE TABLE one (id INTEGER PRIMARY KEY)",
                                          "INSERT INTO one (id) VALUES (1)", NULL};
static const char *const second_steps[] = {"CREATE TABLE two (id INTEGER PRIMARY KEY)", NULL};
static const char *const broken_steps[] = {"CREATE TABLE three (id INTEGER PRIMARY KEY)",
                                           "INSERT INTO nowhere (id) VALUES (1)", NULL};

static void migrations_are_applied_once(void **state)
{
    const orch_migration all[] = {
        {1, "first", first_steps}, {2, "second", second_steps}, {3, "broken", broken_steps}};
    orch_database_config config;
    char message[256] = "";

    (void)state;
    orch_database_config_init(&config);
    orch_database *database = driver->open_empty(&config);

    assert_int_equal(orch_database_migrate(database, all, 1, message, sizeof message), 0);
    assert_int_equal(orch_database_migrate(database, all, 2, message, sizeof message), 0);
    assert_int_equal(orch_database_migrate(database, all, 2, message, sizeof message), 0);
    assert_int_equal(contract_ask(database, "SELECT count(*) FROM one"), 1);
    assert_int_equal(contract_ask(database, "SELECT count(*) FROM two"), 0);
    assert_int_equal(contract_ask(database, "SELECT max(number) FROM orchd_migrations"), 2);
    assert_int_equal(orch_database_migrate(database, all, 3, message, sizeof message), ORCH_E_INTERNAL);
    assert_non_null(strstr(message, "broken"));
    assert_int_equal(contract_ask(database, "SELECT count(*) FROM three"), -1);
    assert_int_equal(contract_ask(database, "SELECT max(number) FROM orchd_migrations"), 2);
    assert_int_equal(orch_database_migrate(database, all, 1, message, sizeof message), ORCH_E_UNSUPPORTED);
    assert_non_null(strstr(message, "newer"));
    orch_database_close(database);
    driver->forget();
}

int contract_run(const contract_driver *under_test)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keeps_values_of_every_kind, open_tables, close_tables),
        cmocka_unit_test_setup_teardown(parameters_go_by_number, open_tables, close_tables),
        cmocka_unit_test_setup_teardown(values_are_copied, open_tables, close_tables),
        cmocka_unit_test_setup_teardown(large_texts_and_many_rows, open_tables, close_tables),
        cmocka_unit_test(a_batch_has_a_limit),
        cmocka_unit_test_setup_teardown(a_batch_is_all_or_nothing, open_tables, close_tables),
        cmocka_unit_test_setup_teardown(one_that_fails_harms_no_other, open_tables, close_tables),
        cmocka_unit_test_setup_teardown(expected_rows_or_nothing, open_tables, close_tables),
        cmocka_unit_test_setup_teardown(returned_rows_and_changes, open_tables, close_tables),
        cmocka_unit_test_setup_teardown(errors_have_names, open_tables, close_tables),
        cmocka_unit_test_setup_teardown(writes_answer_in_order, open_tables, close_tables),
        cmocka_unit_test_setup_teardown(a_read_sees_what_was_delivered, open_tables, close_tables),
        cmocka_unit_test_setup_teardown(a_read_sees_one_state, open_tables, close_tables),
        cmocka_unit_test(too_many_are_busy),
        cmocka_unit_test(close_waits_and_delivers),
        cmocka_unit_test(wakes_its_host),
        cmocka_unit_test(migrations_are_applied_once),
    };

    driver = under_test;
    return cmocka_run_group_tests_name(under_test->name, tests, NULL, NULL);
}
