/* The limit of durable answers: what SQLite alone commits of the same rows, with the same tables, pragmas and sizes, by one
 * thread that does nothing else.
 *
 *   sqlite_limit DATABASE SECONDS ANSWERS_A_COMMIT
 *
 * DATABASE was made by orchd. A commit holds the messages of one group and the replies to those of the group before, as the
 * server's writer has them when much is under way. An answer takes two commits, so p50 and p99 are of two in a row. Prints one
 * JSON object.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "histogram.h"
#include "rows.h"

#define GROUP_MAX 4096

static double seconds_of(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int count, char **words)
{
    static rows_asked asked[GROUP_MAX];
    const rows_pair *pairs;
    static histogram two_commits;
    size_t answers = 0, waiting = 0;

    if (count != 4 || atoi(words[3]) < 1 || atoi(words[3]) > GROUP_MAX) {
        fprintf(stderr, "usage: sqlite_limit DATABASE SECONDS ANSWERS_A_COMMIT\n");
        return 2;
    }
    rows_open(words[1]);
    size_t pairs_count = rows_pairs(&pairs);
    size_t group = (size_t)atoi(words[3]);
    double started = seconds_of(CLOCK_MONOTONIC);
    double until = started + atof(words[2]);
    double now = started, before = started, last;

    while (now < until) {
        int64_t at_ms = (int64_t)(seconds_of(CLOCK_REALTIME) * 1e3);

        rows_begin();
        for (size_t i = 0; i < waiting; i++)
            rows_answer(&asked[i], at_ms);
        answers += waiting;
        for (size_t i = 0; i < group; i++)
            rows_ask(&pairs[(answers + i) % pairs_count], at_ms, &asked[i]);
        waiting = group;
        rows_commit();
        last = before;
        before = now;
        now = seconds_of(CLOCK_MONOTONIC);
        histogram_add(&two_commits, (uint64_t)((now - last) * 1e6));
    }
    printf("{\"answers\": %zu, \"a_second\": %.1f, \"cpu_us_an_answer\": %.2f, \"p50_ms\": %.3f, \"p99_ms\": "
           "%.3f}\n",
           answers, (double)answers / (now - started),
           seconds_of(CLOCK_PROCESS_CPUTIME_ID) / (double)answers * 1e6,
           (double)histogram_part(&two_commits, 0.5) / 1e3, (double)histogram_part(&two_commits, 0.99) / 1e3);
    /* The server that is measured next finds nothing unanswered. */
    rows_begin();
    for (size_t i = 0; i < waiting; i++)
        rows_answer(&asked[i], (int64_t)(seconds_of(CLOCK_REALTIME) * 1e3));
    rows_commit();
    rows_close();
    return 0;
}
