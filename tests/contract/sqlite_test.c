/* The contract with SQLite, and what only files can suffer: kill -9, a full disk, two processes, damage. */
#include "database_contract.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CRASHES 50

static char folder[64];
static char path[96];

static void make_folder(void)
{
    snprintf(folder, sizeof folder, "/tmp/orchd-sqlite-XXXXXX");
    if (!mkdtemp(folder))
        abort();
    snprintf(path, sizeof path, "%s/orchd.db", folder);
}

static void remove_folder(void)
{
    DIR *directory = opendir(folder);
    struct dirent *entry;

    while (directory && (entry = readdir(directory)))
        if (entry->d_name[0] != '.')
            unlinkat(dirfd(directory), entry->d_name, 0);
    if (directory)
        closedir(directory);
    rmdir(folder);
}

static orch_database *open_file(orch_database_config *config)
{
    orch_database *database = NULL;
    char message[256];

    config->path = path;
    if (orch_sqlite_open(config, &database, message, sizeof message) != 0) {
        fprintf(stderr, "%s\n", message);
        abort();
    }
    return database;
}

static orch_database *open_new(orch_database_config *config)
{
    make_folder();
    return open_file(config);
}

static orch_database *open_default(void)
{
    orch_database_config config;

    orch_database_config_init(&config);
    return open_file(&config);
}

static int setup_folder(void **state)
{
    (void)state;
    make_folder();
    return 0;
}

static int teardown_folder(void **state)
{
    (void)state;
    remove_folder();
    return 0;
}

/* Two tables that every batch writes to: a half batch shows as a difference. */
static const char sql_left[] = "INSERT INTO left_side (id, filler) VALUES ($1, $2)";
static const char sql_right[] = "INSERT INTO right_side (id, filler) VALUES ($1, $2)";
static const char sql_halves[] =
    "SELECT count(*) FROM (SELECT id FROM left_side EXCEPT SELECT id FROM right_side "
    "UNION ALL SELECT id FROM right_side EXCEPT SELECT id FROM left_side)";

static void make_tables(void)
{
    orch_database *database = open_default();

    assert_int_equal(contract_run_sql(database, ORCH_BATCH_WRITE,
                                      "CREATE TABLE left_side (id INTEGER PRIMARY KEY, filler TEXT NOT NULL)")
                         .error,
                     0);
    assert_int_equal(
        contract_run_sql(database, ORCH_BATCH_WRITE,
                         "CREATE TABLE right_side (id INTEGER PRIMARY KEY, filler TEXT NOT NULL)")
            .error,
        0);
    orch_database_close(database);
}

static orch_batch *pair_batch(int64_t id, const char *filler)
{
    orch_batch *batch = orch_batch_new();
    const orch_value values[] = {CONTRACT_INTEGER(id),
                                 {.kind = ORCH_VALUE_TEXT, .text = {filler, strlen(filler)}}};

    contract_add(batch, sql_left, 2, values);
    contract_add(batch, sql_right, 2, values);
    return batch;
}

/* ---- kill -9 ---- */

typedef struct acknowledging {
    int64_t id;
    int fd;
} acknowledging;

static void acknowledge(int error, const orch_result *result, void *user)
{
    acknowledging *kept = user;

    (void)result;
    if (error || write(kept->fd, &kept->id, sizeof kept->id) != sizeof kept->id)
        _exit(1);
    free(kept);
}

/* Writes for ever, many batches on their way at once, and tells each one that is acknowledged. */
static _Noreturn void write_until_killed(int64_t first, int fd)
{
    orch_database *database = open_default();

    for (int64_t id = first;; id++) {
        acknowledging *kept = malloc(sizeof *kept);

        *kept = (acknowledging){id, fd};
        if (orch_database_submit(database, pair_batch(id, "some text that fills the row"), ORCH_BATCH_WRITE,
                                 acknowledge, kept) != 0)
            _exit(1);
        if (id % 64 == 63)
            orch_database_drain(database);
        else
            (void)orch_database_deliver(database);
    }
}

static unsigned draw(unsigned *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static pid_t start_writer(int64_t first, int *out_fd)
{
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();

    if (child == 0) {
        close(ends[0]);
        write_until_killed(first, ends[1]);
    }
    assert_true(child > 0);
    close(ends[1]);
    *out_fd = ends[0];
    return child;
}

/* Kills the writer after a random number of acknowledgements and a random moment more; returns the last one. */
static int64_t crash_once(int64_t first, unsigned *seed)
{
    int64_t id, last = first - 1;
    int fd, status;
    pid_t child = start_writer(first, &fd);
    int64_t until = first + draw(seed) % 300;
    const struct timespec moment = {.tv_nsec = draw(seed) % 3000000};

    while (last < until && read(fd, &id, sizeof id) == sizeof id)
        last = id;
    nanosleep(&moment, NULL);
    kill(child, SIGKILL);
    while (read(fd, &id, sizeof id) == sizeof id)
        last = id;
    close(fd);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    return last;
}

static void kill_9_loses_nothing_that_was_acknowledged(void **state)
{
    unsigned seed = (unsigned)getpid();
    int64_t next = 1;

    (void)state;
    make_tables();
    print_message("seed %u\n", seed);
    for (size_t i = 0; i < CRASHES; i++) {
        int64_t acknowledged = crash_once(next, &seed);
        orch_database *database = open_default();
        int64_t newest = contract_ask(database, "SELECT COALESCE(max(id), 0) FROM left_side");

        assert_int_equal(contract_ask(database, sql_halves), 0);
        assert_true(newest >= acknowledged);
        /* Batches commit in order: with the newest, all before it are there. */
        assert_int_equal(contract_ask(database, "SELECT count(*) FROM left_side"), newest);
        assert_int_equal(contract_run_sql(database, ORCH_BATCH_READ, "PRAGMA quick_check").rows[0], 1);
        orch_database_close(database);
        next = newest + 1;
    }
    assert_true(next > CRASHES);
}

/* ---- a full disk ---- */

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;

    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
}

/* In a process of its own, whose files may not grow. */
static int fill_the_disk(void)
{
    static char filler[4000];
    orch_database *database = open_default();
    contract_answer seen[300] = {0};
    int64_t stored = 0;

    memset(filler, 'f', sizeof filler - 1);
    signal(SIGXFSZ, SIG_IGN);
    limit_files((rlim_t)600 << 10);
    for (int64_t i = 0; i < 300; i++)
        if (orch_database_submit(database, pair_batch(i, filler), ORCH_BATCH_WRITE, contract_note,
                                 &seen[i]) != 0)
            return 1;
    orch_database_drain(database);
    for (size_t i = 0; i < 300; i++) {
        if (seen[i].calls != 1 || (seen[i].error != 0 && seen[i].error != ORCH_E_DISK_FULL))
            return 2;
        stored += seen[i].error == 0;
    }
    if (stored == 300 || contract_ask(database, "SELECT count(*) FROM left_side") != stored ||
        contract_ask(database, sql_halves) != 0)
        return 3;
    limit_files(RLIM_INFINITY);
    contract_answer after = {0};

    if (orch_database_submit(database, pair_batch(1000, filler), ORCH_BATCH_WRITE, contract_note, &after) !=
        0)
        return 4;
    orch_database_drain(database);
    if (after.error != 0 || contract_ask(database, "SELECT count(*) FROM right_side") != stored + 1)
        return 5;
    orch_database_close(database);
    return 0;
}

static void a_full_disk_is_told_and_survived(void **state)
{
    int status;

    (void)state;
    make_tables();
    pid_t child = fork();

    if (child == 0)
        _exit(fill_the_disk());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* ---- two processes ---- */

static int write_pairs(int64_t first, int64_t count)
{
    orch_database *database = open_default();
    contract_answer *seen = calloc((size_t)count, sizeof *seen);
    int failed = 0;

    for (int64_t i = 0; i < count; i++) {
        if (orch_database_submit(database, pair_batch(first + i, "x"), ORCH_BATCH_WRITE, contract_note,
                                 &seen[i]) != 0)
            failed++;
        if (i % 10 == 9)
            orch_database_drain(database);
    }
    orch_database_close(database);
    for (int64_t i = 0; i < count; i++)
        failed += seen[i].calls != 1 || seen[i].error != 0;
    free(seen);
    return failed;
}

static void two_processes_may_write(void **state)
{
    int status;

    (void)state;
    make_tables();
    pid_t child = fork();

    if (child == 0)
        _exit(write_pairs(100000, 500) != 0);
    assert_int_equal(write_pairs(0, 500), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    orch_database *database = open_default();

    assert_int_equal(contract_ask(database, "SELECT count(*) FROM left_side"), 1000);
    assert_int_equal(contract_ask(database, sql_halves), 0);
    orch_database_close(database);
}

/* ---- files ---- */

static unsigned mode_of(const char *suffix)
{
    char name[128];
    struct stat found;

    snprintf(name, sizeof name, "%s%s", path, suffix);
    assert_int_equal(stat(name, &found), 0);
    return found.st_mode & 0777;
}

static void files_belong_to_their_user_alone(void **state)
{
    (void)state;
    mode_t before = umask(0);
    orch_database *database = open_default();

    assert_int_equal(contract_run_sql(database, ORCH_BATCH_WRITE, "CREATE TABLE t (id INTEGER)").error, 0);
    assert_int_equal(mode_of(""), 0600);
    assert_int_equal(mode_of("-wal"), 0600);
    assert_int_equal(mode_of("-shm"), 0600);
    orch_database_close(database);
    umask(before);
}

static int try_open(char *out_message, size_t size)
{
    orch_database_config config;
    orch_database *database = NULL;

    orch_database_config_init(&config);
    config.path = path;
    int error = orch_sqlite_open(&config, &database, out_message, size);

    orch_database_close(database);
    return error;
}

static void write_file(const char *bytes, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), len);
    close(fd);
}

static void what_is_no_database_is_left_alone(void **state)
{
    static const char letter[] =
        "Dear Sir or Madam, this file is a letter and not a database. It is long enough to "
        "hold a header, and nobody may write over it. Yours faithfully, the owner.";
    char message[256] = "", after[sizeof letter] = "";

    (void)state;
    write_file(letter, sizeof letter);
    assert_int_equal(try_open(message, sizeof message), ORCH_E_CORRUPT);
    assert_non_null(strstr(message, path));
    int fd = open(path, O_RDONLY);

    assert_int_equal(read(fd, after, sizeof after), sizeof letter);
    close(fd);
    assert_memory_equal(after, letter, sizeof letter);
    snprintf(path, sizeof path, "%s/missing/orchd.db", folder);
    assert_int_equal(try_open(message, sizeof message), ORCH_E_IO);
    snprintf(path, sizeof path, "%s/orchd.db", folder);
}

static void fill_pages(void)
{
    char filler[1000];
    orch_database *database = open_default();

    memset(filler, 'f', sizeof filler - 1);
    filler[sizeof filler - 1] = '\0';
    for (int64_t i = 0; i < 500; i++)
        assert_int_equal(orch_database_submit(database, pair_batch(i, filler), ORCH_BATCH_WRITE, NULL, NULL),
                         0);
    orch_database_close(database);
}

/* Pages in the middle are overwritten, as a dying disk does it. */
static void damage_is_told(void **state)
{
    char noise[8192];

    (void)state;
    make_tables();
    fill_pages();
    memset(noise, 0x5a, sizeof noise);
    int fd = open(path, O_WRONLY);

    for (off_t at = 40960; at < 40960 + 40 * 8192; at += 8192)
        assert_int_equal(pwrite(fd, noise, sizeof noise, at), sizeof noise);
    close(fd);
    orch_database *database = open_default();

    assert_int_equal(contract_run_sql(database, ORCH_BATCH_READ, "SELECT id, filler FROM left_side").error,
                     ORCH_E_CORRUPT);
    assert_int_equal(contract_run_sql(database, ORCH_BATCH_WRITE, "DELETE FROM right_side").error,
                     ORCH_E_CORRUPT);
    orch_database_close(database);
}

/* What is written to a file that has lost its name would be lost: it is refused until the file is back. */
static void a_file_that_was_moved_takes_nothing(void **state)
{
    char beside[sizeof path + 8];
    orch_database *database;

    (void)state;
    make_tables();
    snprintf(beside, sizeof beside, "%s.away", path);
    database = open_default();
    assert_int_equal(contract_run_sql(database, ORCH_BATCH_WRITE, "DELETE FROM right_side").error, 0);
    assert_int_equal(rename(path, beside), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(contract_run_sql(database, ORCH_BATCH_WRITE, "DELETE FROM right_side").error,
                         ORCH_E_IO);
    assert_int_equal(contract_ask(database, "SELECT count(*) FROM left_side"), 0);
    assert_int_equal(rename(beside, path), 0);
    assert_int_equal(contract_run_sql(database, ORCH_BATCH_WRITE, "DELETE FROM right_side").error, 0);
    orch_database_close(database);
}

static void read_only_reads(void **state)
{
    orch_database_config config;

    (void)state;
    make_tables();
    orch_database *writer = open_default(); /* the log and its index are there */

    orch_database_config_init(&config);
    config.read_only = true;
    orch_database *database = open_file(&config);

    assert_int_equal(contract_ask(database, "SELECT count(*) FROM left_side"), 0);
    assert_int_equal(orch_database_submit(database, pair_batch(1, "x"), ORCH_BATCH_WRITE, NULL, NULL),
                     ORCH_E_UNSUPPORTED);
    orch_database_close(database);
    orch_database_close(writer);
}

/* Another program holds the lock for a moment: the writer waits for it. */
static void waits_for_another_program(void **state)
{
    sqlite3 *other = NULL;
    contract_answer seen = {0};

    (void)state;
    make_tables();
    orch_database *database = open_default();

    assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(
        orch_database_submit(database, pair_batch(1, "x"), ORCH_BATCH_WRITE, contract_note, &seen), 0);
    assert_int_equal(orch_database_deliver(database), 0);
    assert_int_equal(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    orch_database_drain(database);
    assert_int_equal(seen.error, 0);
    sqlite3_close(other);
    orch_database_close(database);
}

/* ---- the log ---- */

#define LOG_BATCHES   1600
#define LOG_ROW_BYTES 100000
#define LOG_BYTES_MAX ((off_t)96 << 20)

/* The largest size that the log had; the writer never rests meanwhile. */
static off_t write_without_pause(orch_database *database)
{
    char *bytes = malloc(LOG_ROW_BYTES);
    char log[sizeof path + 8];
    off_t largest = 0;

    memset(bytes, 'x', LOG_ROW_BYTES);
    snprintf(log, sizeof log, "%s-wal", path);
    for (int i = 0; i < LOG_BATCHES; i++) {
        const orch_value values[] = {
            {.kind = ORCH_VALUE_INTEGER, .integer = i},
            {.kind = ORCH_VALUE_TEXT, .text = {bytes, LOG_ROW_BYTES}},
        };
        orch_batch *batch = orch_batch_new();
        struct stat file;

        contract_add(batch, "INSERT INTO large (id, bytes) VALUES ($1, $2)", 2, values);
        assert_int_equal(orch_database_submit(database, batch, ORCH_BATCH_WRITE, NULL, NULL), 0);
        if (i % 64 == 0)
            orch_database_drain(database);
        if (stat(log, &file) == 0 && file.st_size > largest)
            largest = file.st_size;
    }
    free(bytes);
    orch_database_drain(database);
    return largest;
}

/* Checkpoints run beside the writer, and still the log does not grow with what is written. */
static void the_log_stays_bounded(void **state)
{
    (void)state;
    orch_database *database = open_default();

    assert_int_equal(contract_run_sql(database, ORCH_BATCH_WRITE,
                                      "CREATE TABLE large (id INTEGER PRIMARY KEY, bytes TEXT)")
                         .error,
                     0);
    assert_in_range(write_without_pause(database), 1, LOG_BYTES_MAX);
    assert_int_equal(contract_ask(database, "SELECT count(*) FROM large"), LOG_BATCHES);
    orch_database_close(database);
}

int main(void)
{
    const contract_driver driver = {"sqlite contract", open_new, open_file, remove_folder};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(kill_9_loses_nothing_that_was_acknowledged, setup_folder,
                                        teardown_folder),
        cmocka_unit_test_setup_teardown(a_full_disk_is_told_and_survived, setup_folder, teardown_folder),
        cmocka_unit_test_setup_teardown(two_processes_may_write, setup_folder, teardown_folder),
        cmocka_unit_test_setup_teardown(files_belong_to_their_user_alone, setup_folder, teardown_folder),
        cmocka_unit_test_setup_teardown(what_is_no_database_is_left_alone, setup_folder, teardown_folder),
        cmocka_unit_test_setup_teardown(damage_is_told, setup_folder, teardown_folder),
        cmocka_unit_test_setup_teardown(a_file_that_was_moved_takes_nothing, setup_folder, teardown_folder),
        cmocka_unit_test_setup_teardown(read_only_reads, setup_folder, teardown_folder),
        cmocka_unit_test_setup_teardown(waits_for_another_program, setup_folder, teardown_folder),
        cmocka_unit_test_setup_teardown(the_log_stays_bounded, setup_folder, teardown_folder),
    };
    int failed = contract_run(&driver);

    return failed + cmocka_run_group_tests_name("sqlite files", tests, NULL, NULL);
}
