/* A database file from outside: copies of one moment while somebody writes, checks that find damage and change nothing. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "sqlite_file.h"

static char folder[] = "/tmp/orchd-file-XXXXXX";
static char path[256], copy[256], message[512];

static sqlite3 *open_sqlite(const char *name)
{
    sqlite3 *sqlite = NULL;

    assert_int_equal(sqlite3_open(name, &sqlite), SQLITE_OK);
    return sqlite;
}

static void run_sql(sqlite3 *sqlite, const char *sql)
{
    char *error = NULL;

    if (sqlite3_exec(sqlite, sql, NULL, NULL, &error) != SQLITE_OK)
        fail_msg("%s: %s", sql, error);
}

static int64_t ask(const char *name, const char *sql)
{
    sqlite3 *sqlite = open_sqlite(name);
    sqlite3_stmt *statement;

    assert_int_equal(sqlite3_prepare_v2(sqlite, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t number = sqlite3_column_int64(statement, 0);

    sqlite3_finalize(statement);
    sqlite3_close(sqlite);
    return number;
}

/* Pairs of rows that belong together, over some thousand pages. */
static sqlite3 *make_database(void)
{
    sqlite3 *sqlite = open_sqlite(path);

    run_sql(sqlite, "PRAGMA journal_mode=WAL; CREATE TABLE a (id INTEGER PRIMARY KEY, filler BLOB);"
                    "CREATE TABLE b (id INTEGER PRIMARY KEY REFERENCES a (id));"
                    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)"
                    " INSERT INTO a SELECT i, zeroblob(4000) FROM n; INSERT INTO b SELECT id FROM a;");
    return sqlite;
}

static int setup(void **state)
{
    (void)state;
    strcpy(folder + sizeof folder - 7, "XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/with %%41?#.db", folder);
    snprintf(copy, sizeof copy, "%s/copy.db", folder);
    return 0;
}

static int teardown(void **state)
{
    char command[sizeof folder + 16];

    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static bool exists(const char *name, const char *suffix)
{
    char full[300];

    snprintf(full, sizeof full, "%s%s", name, suffix);
    return access(full, F_OK) == 0;
}

typedef struct writing {
    sqlite3 *sqlite;
    uint64_t steps;
    uint64_t stop_after; /* 0: never */
    uint64_t done, total;
} writing;

/* Another connection commits between two steps of the copy. */
static bool write_meanwhile(uint64_t done, uint64_t total, void *user)
{
    writing *work = user;

    if (work->sqlite)
        run_sql(work->sqlite, "BEGIN; INSERT INTO a (filler) VALUES (zeroblob(4000));"
                              "INSERT INTO b VALUES (last_insert_rowid()); COMMIT;");
    work->done = done;
    work->total = total;
    return ++work->steps != work->stop_after;
}

static void a_copy_is_one_moment(void **state)
{
    writing work = {.sqlite = make_database()};
    orch_sqlite_report report;
    struct stat made;

    (void)state;
    assert_int_equal(orch_sqlite_backup(path, copy, write_meanwhile, &work, message, sizeof message), 0);
    assert_true(work.steps > 5);
    assert_true(work.done == work.total && work.total > 2000);
    assert_int_equal(ask(path, "SELECT count(*) FROM a"), 2000 + work.steps);
    assert_int_equal(stat(copy, &made), 0);
    assert_int_equal(made.st_mode & 0777, 0600);
    assert_int_equal(orch_sqlite_check(copy, ORCH_SQLITE_FULL, NULL, NULL, &report, message, sizeof message),
                     0);
    assert_int_equal(report.damage.count, 0);
    assert_int_equal(report.orphans.count, 0);
    assert_false(exists(copy, "-wal") || exists(copy, "-shm") || exists(copy, "-journal"));
    assert_int_equal(ask(copy, "SELECT count(*) FROM a"), 2000);
    assert_int_equal(ask(copy, "SELECT count(*) FROM b"), 2000);
    sqlite3_close(work.sqlite);
}

static void a_copy_that_is_broken_off_leaves_nothing(void **state)
{
    writing work = {.stop_after = 3};

    (void)state;
    sqlite3_close(make_database());
    assert_int_equal(orch_sqlite_backup(path, copy, write_meanwhile, &work, message, sizeof message),
                     ORCH_E_CANCELLED);
    assert_false(exists(copy, "") || exists(copy, "-wal") || exists(copy, "-journal"));
    assert_false(exists(path, "-wal"));
}

static void two_do_not_write_one_copy(void **state)
{
    int fd = open(copy, O_RDWR | O_CREAT, 0600);

    (void)state;
    sqlite3_close(make_database());
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_int_equal(orch_sqlite_backup(path, copy, NULL, NULL, message, sizeof message), ORCH_E_LOCKED);
    assert_true(exists(copy, ""));
    close(fd);
    assert_int_equal(orch_sqlite_backup(path, copy, NULL, NULL, message, sizeof message), 0);
}

static void what_is_missing_or_no_database_is_told(void **state)
{
    orch_sqlite_report report;
    FILE *file;

    (void)state;
    assert_int_equal(orch_sqlite_backup(path, copy, NULL, NULL, message, sizeof message), ORCH_E_IO);
    assert_non_null(strstr(message, path));
    assert_false(exists(copy, "") || exists(path, ""));
    assert_int_equal(orch_sqlite_check(path, ORCH_SQLITE_QUICK, NULL, NULL, &report, message, sizeof message),
                     ORCH_E_IO);
    file = fopen(path, "w");
    for (int i = 0; i < 500; i++)
        fputs("a letter, and no database. ", file);
    fclose(file);
    assert_int_equal(orch_sqlite_check(path, ORCH_SQLITE_QUICK, NULL, NULL, &report, message, sizeof message),
                     ORCH_E_CORRUPT);
    assert_int_equal(orch_sqlite_backup(path, copy, NULL, NULL, message, sizeof message), ORCH_E_CORRUPT);
    assert_false(exists(copy, ""));
}

static void damage_and_orphans_are_found(void **state)
{
    orch_sqlite_report report;
    char noise[512];
    sqlite3 *sqlite = make_database();

    (void)state;
    run_sql(sqlite, "DELETE FROM a WHERE id <= 7");
    sqlite3_close(sqlite);
    assert_int_equal(orch_sqlite_check(path, ORCH_SQLITE_QUICK, NULL, NULL, &report, message, sizeof message),
                     0);
    assert_int_equal(report.damage.count, 0);
    assert_int_equal(report.orphans.count, 7);
    assert_string_equal(report.orphans.texts[0], "b: row 1 points at a row of a that does not exist");
    assert_true(report.pages > 2000 && report.page_size == 4096 && report.pages_free > 0);
    memset(noise, 0x5a, sizeof noise);
    off_t at = (off_t)(ask(path, "SELECT rootpage FROM sqlite_master WHERE name = 'a'") - 1) * 4096;
    int fd = open(path, O_WRONLY);

    assert_int_equal(pwrite(fd, noise, sizeof noise, at), sizeof noise);
    close(fd);
    assert_int_equal(orch_sqlite_check(path, ORCH_SQLITE_QUICK, NULL, NULL, &report, message, sizeof message),
                     0);
    assert_true(report.damage.count > 0);
    assert_null(strchr(report.damage.texts[0], '\n'));
}

static bool stop_at_once(uint64_t done, uint64_t total, void *user)
{
    (void)done;
    (void)total;
    (void)user;
    return false;
}

static void looking_leaves_no_trace(void **state)
{
    orch_sqlite_report report;

    (void)state;
    sqlite3_close(make_database());
    assert_int_equal(chmod(folder, 0500), 0);
    assert_int_equal(orch_sqlite_check(path, ORCH_SQLITE_FULL, NULL, NULL, &report, message, sizeof message),
                     0);
    assert_false(exists(path, "-wal") || exists(path, "-shm"));
    assert_int_equal(chmod(folder, 0700), 0);
    assert_int_equal(
        orch_sqlite_check(path, ORCH_SQLITE_FULL, stop_at_once, NULL, &report, message, sizeof message),
        ORCH_E_CANCELLED);
}

/* What stands in the log only is in the one file afterwards; where somebody has it open nothing is done. */
static void settling_makes_it_one_file(void **state)
{
    sqlite3 *sqlite = make_database();

    (void)state;
    assert_true(orch_sqlite_has_log(path));
    assert_int_equal(orch_sqlite_settle(path, message, sizeof message), ORCH_E_LOCKED);
    assert_int_equal(sqlite3_db_config(sqlite, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL), SQLITE_OK);
    sqlite3_close(sqlite);
    assert_true(orch_sqlite_has_log(path));
    assert_int_equal(orch_sqlite_settle(path, message, sizeof message), 0);
    assert_false(orch_sqlite_has_log(path));
    assert_int_equal(ask(path, "SELECT count(*) FROM a"), 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_copy_is_one_moment, setup, teardown),
        cmocka_unit_test_setup_teardown(a_copy_that_is_broken_off_leaves_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(two_do_not_write_one_copy, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_missing_or_no_database_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(damage_and_orphans_are_found, setup, teardown),
        cmocka_unit_test_setup_teardown(looking_leaves_no_trace, setup, teardown),
        cmocka_unit_test_setup_teardown(settling_makes_it_one_file, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
