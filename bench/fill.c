/* Fills a workspace with stored messages, in bulk: half questions, half replies, over the last 300 days.
 *
 *   fill DATABASE MESSAGES
 *
 * DATABASE was made by orchd and is served by nobody. The feed keeps as many entries as a server keeps. Not durable while it
 * runs: the file is for measuring.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "rows.h"

#define COMMIT_EVERY 20000u
#define DAYS         300
#define FEED_KEPT    "100000"

int main(int count, char **words)
{
    const rows_pair *pairs;

    if (count != 3) {
        fprintf(stderr, "usage: fill DATABASE MESSAGES\n");
        return 2;
    }
    rows_open(words[1]);
    rows_exec("PRAGMA cache_size=-524288; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA "
              "foreign_keys=OFF");
    size_t pairs_count = rows_pairs(&pairs);
    size_t answers = strtoull(words[2], NULL, 10) / 2;
    int64_t span_ms = INT64_C(86400000) * DAYS;
    int64_t first_ms = (int64_t)time(NULL) * 1000 - span_ms;

    for (size_t i = 0; i < answers; i++) {
        int64_t at_ms = first_ms + (int64_t)((double)span_ms * (double)i / (double)answers);
        rows_asked asked;

        if (i % COMMIT_EVERY == 0) {
            if (i > 0)
                rows_commit();
            rows_exec(
                "DELETE FROM orchd_feed WHERE cursor < (SELECT max(cursor) FROM orchd_feed) - " FEED_KEPT);
            rows_begin();
        }
        rows_ask(&pairs[i % pairs_count], at_ms, &asked);
        rows_answer(&asked, at_ms + 1);
    }
    rows_commit();
    rows_exec("PRAGMA journal_mode=WAL");
    rows_close();
    return 0;
}
