#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

enum { BEGIN, COMMIT, CLIENT_ID, MESSAGE, TURN, FEED, ANSWERED, TOTALS, STATEMENTS };

static const char *const texts[STATEMENTS] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [CLIENT_ID] = "INSERT INTO orchd_client_ids (message_id, author_id, client_id) VALUES (?1, ?2, ?3)",
    [MESSAGE] = "INSERT INTO messages (id, content, metadata, channel_id, author_id, created_at, updated_at) "
                "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
    [TURN] =
        "INSERT INTO orchd_turns (id, vp_id, message_id, channel_id, hops, state, error_code, error_message, "
        "created_at, updated_at) VALUES (?1, ?2, ?3, ?4, 0, 0, NULL, NULL, ?5, ?5)",
    [FEED] =
        "INSERT INTO orchd_feed (cursor, kind, channel_id, message_id, details) VALUES (?1, 0, ?2, ?3, NULL)",
    [ANSWERED] = "UPDATE orchd_turns SET state = 1, kind = 0, reply_id = ?1, updated_at = ?2 "
                 "WHERE id = ?3 AND state = 0 AND epoch = 0",
    [TOTALS] = "INSERT INTO orchd_totals (vp_id, answered, failed, input_tokens, output_tokens) VALUES (?1, "
               "1, 0, 0, "
               "0) ON CONFLICT (vp_id) DO UPDATE SET answered = orchd_totals.answered + excluded.answered, "
               "failed = orchd_totals.failed + excluded.failed, "
               "input_tokens = orchd_totals.input_tokens + excluded.input_tokens, "
               "output_tokens = orchd_totals.output_tokens + excluded.output_tokens",
};

static sqlite3 *database;
static sqlite3_stmt *statements[STATEMENTS];
static rows_pair pairs[ROWS_PAIRS_MAX];
static size_t pairs_count;
static int64_t cursor, turn_last, id_ms, id_number;
static uint64_t random_state;

static void check(int code)
{
    if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW)
        return;
    fprintf(stderr, "rows: %s\n", sqlite3_errmsg(database));
    exit(1);
}

static void seed(void)
{
    if (random_state == 0)
        (void)getrandom(&random_state, sizeof random_state, 0);
    random_state |= 1;
}

static uint64_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

/* ---- statements ---- */

static void bind_text(int statement, int place, const char *text)
{
    check(sqlite3_bind_text(statements[statement], place, text, -1, SQLITE_STATIC));
}

static void bind_number(int statement, int place, int64_t number)
{
    check(sqlite3_bind_int64(statements[statement], place, number));
}

static void step(int statement)
{
    check(sqlite3_step(statements[statement]));
    check(sqlite3_reset(statements[statement]));
}

void rows_exec(const char *sql)
{
    check(sqlite3_exec(database, sql, NULL, NULL, NULL));
}

static int64_t ask_number(const char *sql)
{
    sqlite3_stmt *statement;

    check(sqlite3_prepare_v2(database, sql, -1, &statement, NULL));
    check(sqlite3_step(statement));
    int64_t number = sqlite3_column_int64(statement, 0);

    sqlite3_finalize(statement);
    return number;
}

/* A person, an orchestrator and a channel that both are in. */
static void find_pairs(void)
{
    sqlite3_stmt *statement;

    check(sqlite3_prepare_v2(
        database,
        "SELECT p.user_id, v.id, v.user_id, p.channel_id FROM channel_members p "
        "JOIN users u ON u.id = p.user_id AND NOT u.is_vp "
        "JOIN channel_members o ON o.channel_id = p.channel_id JOIN vps v ON v.user_id = o.user_id",
        -1, &statement, NULL));
    while (pairs_count < ROWS_PAIRS_MAX && sqlite3_step(statement) == SQLITE_ROW) {
        rows_pair *pair = &pairs[pairs_count++];
        char *const parts[] = {pair->user, pair->orchestrator, pair->orchestrator_user, pair->channel};

        for (int i = 0; i < 4; i++)
            snprintf(parts[i], ROWS_ID_SIZE, "%s", (const char *)sqlite3_column_text(statement, i));
    }
    sqlite3_finalize(statement);
    if (pairs_count == 0) {
        fprintf(stderr, "rows: nobody shares a channel with an orchestrator\n");
        exit(1);
    }
}

void rows_open(const char *path)
{
    check(sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL));
    rows_exec("PRAGMA cache_size=-2048; PRAGMA temp_store=MEMORY; PRAGMA mmap_size=0; PRAGMA foreign_keys=ON;"
              "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA journal_mode=WAL;"
              "PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=4000; PRAGMA journal_size_limit=67108864;");
    for (int i = 0; i < STATEMENTS; i++)
        check(sqlite3_prepare_v3(database, texts[i], -1, SQLITE_PREPARE_PERSISTENT, &statements[i], NULL));
    seed();
    cursor = ask_number("SELECT max(cursor) FROM orchd_feed");
    turn_last = ask_number("SELECT max(id) FROM orchd_turns");
    find_pairs();
}

size_t rows_pairs(const rows_pair **out_pairs)
{
    *out_pairs = pairs;
    return pairs_count;
}

void rows_begin(void)
{
    step(BEGIN);
}

void rows_commit(void)
{
    step(COMMIT);
}

void rows_close(void)
{
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(statements[i]);
    check(sqlite3_close(database));
}

/* ---- values ---- */

static void write_base36(char *out, int digits, uint64_t number)
{
    while (digits-- > 0) {
        out[digits] = "0123456789abcdefghijklmnopqrstuvwxyz"[number % 36];
        number /= 36;
    }
}

void rows_make_id(int64_t at_ms, char out_id[ROWS_ID_SIZE])
{
    seed();
    id_number = at_ms > id_ms ? 0 : id_number + 1;
    if (at_ms > id_ms)
        id_ms = at_ms;
    out_id[0] = 'c';
    write_base36(out_id + 1, 8, (uint64_t)id_ms);
    write_base36(out_id + 9, 4, (uint64_t)id_number);
    write_base36(out_id + 13, 12, next_random());
    out_id[25] = '\0';
}

void rows_write_time(int64_t at_ms, char separator, const char *end, char out_text[ROWS_TIME_SIZE])
{
    time_t seconds = (time_t)(at_ms / 1000);
    struct tm parts;

    gmtime_r(&seconds, &parts);
    snprintf(out_text, ROWS_TIME_SIZE, "%04d-%02d-%02d%c%02d:%02d:%02d.%03d%s",
             (parts.tm_year + 1900) % 10000, parts.tm_mon + 1, parts.tm_mday, separator, parts.tm_hour,
             parts.tm_min, parts.tm_sec, (int)(at_ms % 1000), end);
}

static void insert_message(const char *id, const char *content, const char *metadata, const char *channel,
                           const char *author, const char *time)
{
    bind_text(MESSAGE, 1, id);
    bind_text(MESSAGE, 2, content);
    bind_text(MESSAGE, 3, metadata);
    bind_text(MESSAGE, 4, channel);
    bind_text(MESSAGE, 5, author);
    bind_text(MESSAGE, 6, time);
    step(MESSAGE);
    bind_number(FEED, 1, ++cursor);
    bind_text(FEED, 2, channel);
    bind_text(FEED, 3, id);
    step(FEED);
}

void rows_say(const char *channel, const char *author, const char *content, int64_t at_ms)
{
    char id[ROWS_ID_SIZE], time[ROWS_TIME_SIZE];

    rows_make_id(at_ms, id);
    rows_write_time(at_ms, ' ', "", time);
    insert_message(id, content, "{}", channel, author, time);
}

void rows_channel(const char *slug, char out_id[ROWS_ID_SIZE])
{
    sqlite3_stmt *statement;

    check(sqlite3_prepare_v2(database, "SELECT id FROM channels WHERE slug = ?1", -1, &statement, NULL));
    check(sqlite3_bind_text(statement, 1, slug, -1, SQLITE_STATIC));
    if (sqlite3_step(statement) != SQLITE_ROW) {
        fprintf(stderr, "rows: there is no channel %s\n", slug);
        exit(1);
    }
    snprintf(out_id, ROWS_ID_SIZE, "%s", (const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
}

void rows_ask(const rows_pair *pair, int64_t at_ms, rows_asked *out_asked)
{
    char time[64], content[128], client_id[64];

    out_asked->pair = pair;
    rows_make_id(at_ms, out_asked->id);
    rows_write_time(at_ms, ' ', "", time);
    snprintf(content, sizeof content, "@bench-001 please look at shelf %llu and tell me what is there",
             (unsigned long long)next_random() % 1000);
    snprintf(client_id, sizeof client_id, "%08llx-%04llx-7%03llx-8%03llx-%012llx",
             (unsigned long long)at_ms >> 16 & 0xffffffff, (unsigned long long)at_ms & 0xffff,
             (unsigned long long)next_random() & 0xfff, (unsigned long long)next_random() & 0xfff,
             (unsigned long long)next_random() & 0xffffffffffff);
    bind_text(CLIENT_ID, 1, out_asked->id);
    bind_text(CLIENT_ID, 2, pair->user);
    bind_text(CLIENT_ID, 3, client_id);
    step(CLIENT_ID);
    insert_message(out_asked->id, content, "{}", pair->channel, pair->user, time);
    out_asked->turn = ++turn_last;
    bind_number(TURN, 1, out_asked->turn);
    bind_text(TURN, 2, pair->orchestrator);
    bind_text(TURN, 3, out_asked->id);
    bind_text(TURN, 4, pair->channel);
    bind_text(TURN, 5, time);
    step(TURN);
}

void rows_answer(const rows_asked *asked, int64_t at_ms)
{
    char id[ROWS_ID_SIZE], time[64], iso[64], metadata[400];

    rows_make_id(at_ms, id);
    rows_write_time(at_ms, ' ', "", time);
    rows_write_time(at_ms, 'T', "Z", iso);
    snprintf(
        metadata, sizeof metadata,
        "{\"orchestratorId\":\"%s\",\"replyToId\":\"%s\",\"timestamp\":\"%s\",\"model\":\"rules\",\"usage\":"
        "{\"inputTokens\":0,\"outputTokens\":0}}",
        asked->pair->orchestrator, asked->id, iso);
    insert_message(id, "There are forty books on it.", metadata, asked->pair->channel,
                   asked->pair->orchestrator_user, time);
    bind_text(ANSWERED, 1, id);
    bind_text(ANSWERED, 2, time);
    bind_number(ANSWERED, 3, asked->turn);
    step(ANSWERED);
    bind_text(TOTALS, 1, asked->pair->orchestrator);
    step(TOTALS);
}
