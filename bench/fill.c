/* Fills a workspace with stored messages, in bulk, over the last 300 days.
 *
 *   fill DATABASE MESSAGES               half questions, half replies
 *   fill DATABASE MESSAGES talk SLUG     what people say (talk.h): half of it in the channel SLUG, half in those of two; one in ten is a
 *                                        question with its reply
 *
 * DATABASE was made by orchd and is served by nobody. The feed keeps as many entries as a server keeps. Not durable while it
 * runs: the file is for measuring.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "rows.h"
#include "talk.h"

#define COMMIT_EVERY 20000u
#define DAYS         300
#define FEED_KEPT    "100000"
#define SPAN_MS      (INT64_C(86400000) * DAYS)

static const rows_pair *pairs;
static size_t pairs_count;
static int64_t first_ms;

static int64_t time_of(uint64_t number, uint64_t count)
{
    return first_ms + (int64_t)((double)SPAN_MS * (double)number / (double)count);
}

static void commit_now_and_then(uint64_t number)
{
    if (number % COMMIT_EVERY != 0)
        return;
    if (number > 0)
        rows_commit();
    rows_exec("DELETE FROM orchd_feed WHERE cursor < (SELECT max(cursor) FROM orchd_feed) - " FEED_KEPT);
    rows_begin();
}

static void fill_answers(uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        rows_asked asked;

        commit_now_and_then(i);
        rows_ask(&pairs[i % pairs_count], time_of(i, count), &asked);
        rows_answer(&asked, time_of(i, count) + 1);
    }
}

static void fill_talk(uint64_t count, const char *slug)
{
    char channel[ROWS_ID_SIZE], text[TALK_SIZE];

    rows_channel(slug, channel);
    for (uint64_t i = 0; i < count; i++) {
        const rows_pair *pair = &pairs[i / 2 % pairs_count];
        int64_t at_ms = time_of(i, count);
        talk_place place = i % 2 == 0 ? TALK_OPEN : TALK_PRIVATE;
        rows_asked asked;

        commit_now_and_then(i);
        if (i % 10 == 9) {
            rows_ask(pair, at_ms, &asked);
            rows_answer(&asked, at_ms + 1);
            continue;
        }
        talk_write(i, count, place, text);
        rows_say(place == TALK_OPEN ? channel : pair->channel, pair->user, text, at_ms);
    }
}

int main(int count, char **words)
{
    bool talk = count == 5 && strcmp(words[3], "talk") == 0;

    if (count != 3 && !talk) {
        fprintf(stderr, "usage: fill DATABASE MESSAGES [talk SLUG]\n");
        return 2;
    }
    rows_open(words[1]);
    rows_exec("PRAGMA cache_size=-524288; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA "
              "foreign_keys=OFF");
    pairs_count = rows_pairs(&pairs);
    first_ms = (int64_t)time(NULL) * 1000 - SPAN_MS;
    if (talk)
        fill_talk(strtoull(words[2], NULL, 10) * 10 / 11, words[4]);
    else
        fill_answers(strtoull(words[2], NULL, 10) / 2);
    rows_commit();
    rows_exec("PRAGMA journal_mode=WAL");
    rows_close();
    return 0;
}
