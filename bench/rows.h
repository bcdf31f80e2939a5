/* The rows of an answer, written to a workspace's database by SQLite alone: the server's statements without the server. */
#ifndef BENCH_ROWS_H
#define BENCH_ROWS_H

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

#define ROWS_PAIRS_MAX 1024
#define ROWS_ID_SIZE   26
#define ROWS_TIME_SIZE 64

/* Who writes to whom, and where. */
typedef struct rows_pair {
    char user[ROWS_ID_SIZE];
    char orchestrator[ROWS_ID_SIZE];
    char orchestrator_user[ROWS_ID_SIZE];
    char channel[ROWS_ID_SIZE];
} rows_pair;

/* A message that waits for its reply. */
typedef struct rows_asked {
    const rows_pair *pair;
    char id[ROWS_ID_SIZE];
    int64_t turn;
} rows_asked;

/* Opens a database that orchd has made, with the pragmas of its writer, and finds the pairs. Ends the program on a failure,
 * as everything here does. */
void rows_open(const char *path);
size_t rows_pairs(const rows_pair **out_pairs);
void rows_exec(const char *sql);
void rows_begin(void);
void rows_commit(void);
/* The message with its clientId, its turn and its feed entry. */
void rows_ask(const rows_pair *pair, int64_t at_ms, rows_asked *out_asked);
/* A message of that author with its feed entry, to nobody who answers. */
void rows_say(const char *channel, const char *author, const char *content, int64_t at_ms);
/* The channel with this slug; ends the program where there is none. */
void rows_channel(const char *slug, char out_id[ROWS_ID_SIZE]);
/* The reply, the end of the turn, its feed entry and the orchestrator's totals. */
void rows_answer(const rows_asked *asked, int64_t at_ms);
void rows_close(void);

/* As the server makes them: time, number within the millisecond, random. */
void rows_make_id(int64_t at_ms, char out_id[ROWS_ID_SIZE]);
/* "2026-01-31 12:00:00.123", with what stands in the middle and at the end. */
void rows_write_time(int64_t at_ms, char separator, const char *end, char out_text[ROWS_TIME_SIZE]);

#endif
