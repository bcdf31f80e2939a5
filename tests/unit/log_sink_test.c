/* Where the log goes: a file that is renamed and opened again, a disk that is full, a reader that sleeps. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "log.h"
#include "orchd/error.h"

#define THREADS 4
#define LINES   2000

static char folder[] = "/tmp/orchd-log-XXXXXX";
static char path[64], renamed[64];

static int setup(void **state)
{
    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    orch_log_configure(ORCH_LOG_INFO, ORCH_LOG_JSON);
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/log", folder);
    snprintf(renamed, sizeof renamed, "%s/log.1", folder);
    return 0;
}

static int teardown(void **state)
{
    char command[64];

    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

/* Lines of a file that hold `word` and are whole. */
static size_t count_lines(const char *name, const char *word)
{
    char line[8192];
    size_t count = 0;
    FILE *file = fopen(name, "r");

    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        assert_int_equal(line[strlen(line) - 1], '\n');
        count += strstr(line, word) != NULL;
    }
    fclose(file);
    return count;
}

static void *write_lines(void *user)
{
    (void)user;
    for (int i = 0; i < LINES; i++)
        orch_log(ORCH_LOG_INFO, "test.line", "a line", NULL, 0);
    return NULL;
}

static void no_line_is_lost_when_the_file_is_opened_again(void **state)
{
    pthread_t threads[THREADS];
    size_t count = 0;
    struct stat made;

    (void)state;
    assert_int_equal(orch_log_open(path), 0);
    assert_string_equal(orch_log_path(), path);
    assert_int_equal(stat(path, &made), 0);
    assert_int_equal(made.st_mode & 0777, 0600);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_lines, NULL), 0);
    for (int rotation = 0; rotation < 50; rotation++) {
        snprintf(renamed, sizeof renamed, "%s/log.%d", folder, rotation);
        assert_int_equal(rename(path, renamed), 0);
        assert_int_equal(orch_log_reopen(), 0);
    }
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int rotation = 0; rotation < 50; rotation++) {
        snprintf(renamed, sizeof renamed, "%s/log.%d", folder, rotation);
        count += count_lines(renamed, "test.line");
    }
    assert_int_equal(count + count_lines(path, "test.line"), THREADS * LINES);
}

static void a_file_that_cannot_be_opened_changes_nothing(void **state)
{
    char long_name[5000];

    (void)state;
    assert_int_equal(orch_log_open("/nowhere/log"), ORCH_E_IO);
    assert_int_equal(errno, ENOENT);
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    assert_int_equal(orch_log_open(long_name), ORCH_E_TOO_LARGE);
    assert_string_equal(orch_log_path(), path);
}

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* A file that may not grow any more takes a part of a line: the next one begins on a line of its own. */
static void a_full_disk_drops_and_counts(void **state)
{
    struct stat made;

    (void)state;
    snprintf(path, sizeof path, "%s/full", folder);
    assert_int_equal(orch_log_open(path), 0);
    orch_log(ORCH_LOG_INFO, "test.before", "a line", NULL, 0);
    assert_int_equal(stat(path, &made), 0);
    limit_files((rlim_t)made.st_size + 10);
    for (int i = 0; i < 3; i++)
        orch_log(ORCH_LOG_INFO, "test.lost", "a line", NULL, 0);
    limit_files(RLIM_INFINITY);
    orch_log(ORCH_LOG_INFO, "test.after", "a line", NULL, 0);
    orch_log(ORCH_LOG_INFO, "test.after", "a line", NULL, 0);
    assert_int_equal(count_lines(path, "test.before"), 1);
    assert_int_equal(count_lines(path, "test.lost"), 0);
    assert_int_equal(count_lines(path, "log.dropped"), 1);
    assert_int_equal(count_lines(path, "\"count\":\"3\""), 1);
    assert_int_equal(count_lines(path, "test.after"), 2);
}

/* A pipe that nobody empties: writing ends, and goes on when there is room. */
static void a_reader_that_sleeps_is_not_waited_for(void **state)
{
    char bytes[65536], fifo[64];
    int reader;
    ssize_t len;
    size_t seen = 0;

    (void)state;
    snprintf(fifo, sizeof fifo, "%s/fifo", folder);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    reader = open(fifo, O_RDONLY | O_NONBLOCK);
    assert_int_equal(orch_log_open(fifo), 0);
    for (int i = 0; i < 5000; i++)
        orch_log(ORCH_LOG_INFO, "test.line", "a line that takes some room in the pipe", NULL, 0);
    while ((len = read(reader, bytes, sizeof bytes)) > 0)
        seen += (size_t)len;
    assert_true(seen >= 4096);
    orch_log(ORCH_LOG_INFO, "test.line", "awake again", NULL, 0);
    len = read(reader, bytes, sizeof bytes - 1);
    assert_true(len > 0);
    bytes[len] = '\0';
    assert_non_null(strstr(bytes, "log.dropped"));
    assert_non_null(strstr(bytes, "awake again"));
    close(reader);
}

static void levels_have_names(void **state)
{
    orch_log_level level;

    (void)state;
    assert_true(orch_log_level_read("warn", &level));
    assert_int_equal(level, ORCH_LOG_WARN);
    assert_false(orch_log_level_read("loud", &level));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_line_is_lost_when_the_file_is_opened_again),
        cmocka_unit_test(a_file_that_cannot_be_opened_changes_nothing),
        cmocka_unit_test(a_full_disk_drops_and_counts),
        cmocka_unit_test(a_reader_that_sleeps_is_not_waited_for),
        cmocka_unit_test(levels_have_names),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
