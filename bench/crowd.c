/* Makes a workspace large, in a second or two: for tests and figures of the page.
 *
 *   crowd DATABASE orchestrators COUNT [stopped]     named "Ada Amber 00001" …, with rules, in no channel; logged in unless stopped
 *   crowd DATABASE people COUNT                      named "Ida Ash 00001" …, in no channel
 *   crowd DATABASE join SLUG                         all of them, and everybody else, are in that channel
 *   crowd DATABASE messages SLUG COUNT               in that channel, by the people who are in it, over the last 30 days
 *
 * DATABASE was made by orchd and is served by nobody.
 */
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "rows.h"

#define AUTHORS_MAX 64
#define DAYS        30

static sqlite3 *database;

static void check(int code)
{
    if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW)
        return;
    fprintf(stderr, "crowd: %s\n", sqlite3_errmsg(database));
    exit(1);
}

static sqlite3_stmt *prepare(const char *sql)
{
    sqlite3_stmt *statement;

    check(sqlite3_prepare_v2(database, sql, -1, &statement, NULL));
    return statement;
}

/* Binds `texts` up to a NULL and runs it. */
static void run(sqlite3_stmt *statement, const char *const *texts)
{
    for (int i = 0; texts[i]; i++)
        check(sqlite3_bind_text(statement, i + 1, texts[i], -1, SQLITE_STATIC));
    check(sqlite3_step(statement));
    check(sqlite3_reset(statement));
}

static int64_t now_ms(void)
{
    return (int64_t)time(NULL) * 1000;
}

/* ---- orchestrators ---- */

enum { USER, MEMBER, VP, DAEMON, STATEMENTS };

static const char *const sql[STATEMENTS] = {
    [USER] = "INSERT INTO users (id, email, name, status, is_vp, vp_config, created_at, updated_at) "
             "VALUES (?1, ?2, ?3, 'ACTIVE', true, ?4, ?5, ?5)",
    [MEMBER] = "INSERT INTO organization_members (id, organization_id, user_id, joined_at) "
               "SELECT ?1, id, ?2, ?3 FROM organizations ORDER BY created_at LIMIT 1",
    [VP] = "INSERT INTO vps (id, discipline, role, user_id, organization_id, workspace_id, created_at, "
           "updated_at) SELECT ?1, ?2, ?3, ?4, w.organization_id, w.id, ?5, ?5 FROM workspaces w ORDER BY "
           "w.created_at LIMIT 1",
    [DAEMON] = "INSERT INTO orchd_daemons (vp_id, slug, logged_in, updated_at) VALUES (?1, ?2, ?3, ?4)",
};

static const char *const firsts[] = {"Ada", "Ben", "Cleo", "Dora", "Emil", "Fay", "Gil", "Hana"};
static const char *const lasts[] = {"Amber", "Birch", "Cove", "Dale", "Elm", "Fern", "Glen"};
static const char *const people_firsts[] = {"Ida", "Jon", "Kai", "Lea", "Mia", "Noa", "Oda", "Pia"};
static const char *const people_lasts[] = {"Ash", "Bay", "Clay", "Dew", "Eve", "Fox", "Gale"};
static const char *const roles[] = {"Archivist", "Engineer", "Analyst", "Guide", "Editor"};
static const char *const disciplines[] = {"Letters", "Machines", "Figures", "Support"};

#define PICK(list, i) (list)[(i) % (sizeof(list) / sizeof((list)[0]))]

static void add_orchestrator(sqlite3_stmt *const *statements, unsigned number, const char *logged_in)
{
    char user[ROWS_ID_SIZE], member[ROWS_ID_SIZE], vp[ROWS_ID_SIZE], time[ROWS_TIME_SIZE];
    char name[64], slug[64], email[96], config[256];
    int64_t at_ms = now_ms();

    rows_make_id(at_ms, user);
    rows_make_id(at_ms, member);
    rows_make_id(at_ms, vp);
    rows_write_time(at_ms, ' ', "", time);
    snprintf(name, sizeof name, "%s %s %05u", PICK(firsts, number), PICK(lasts, number), number);
    snprintf(slug, sizeof slug, "crowd-%05u", number);
    snprintf(email, sizeof email, "%s@orchestrators.local", slug);
    snprintf(config, sizeof config,
             "{\"charter\":{\"systemPrompt\":\"You are %s.\",\"rules\":[{\"match\":\"hello\",\"reply\":\"%s "
             "says hello.\"}]}}",
             name, name);
    run(statements[USER], (const char *const[]){user, email, name, config, time, NULL});
    run(statements[MEMBER], (const char *const[]){member, user, time, NULL});
    run(statements[VP],
        (const char *const[]){vp, PICK(disciplines, number), PICK(roles, number), user, time, NULL});
    run(statements[DAEMON], (const char *const[]){vp, slug, logged_in, time, NULL});
}

static void add_orchestrators(unsigned count, const char *logged_in)
{
    sqlite3_stmt *statements[STATEMENTS];

    for (int i = 0; i < STATEMENTS; i++)
        statements[i] = prepare(sql[i]);
    for (unsigned number = 1; number <= count; number++)
        add_orchestrator(statements, number, logged_in);
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(statements[i]);
}

/* ---- people, and where they are ---- */

static void add_people(unsigned count)
{
    sqlite3_stmt *user_statement = prepare("INSERT INTO users (id, email, name, status, created_at, "
                                           "updated_at) VALUES (?1, ?2, ?3, 'ACTIVE', ?4, ?4)");
    sqlite3_stmt *member_statement = prepare(sql[MEMBER]);
    int64_t at_ms = now_ms();

    for (unsigned number = 1; number <= count; number++) {
        char user[ROWS_ID_SIZE], member[ROWS_ID_SIZE], time[ROWS_TIME_SIZE], name[64], email[64];

        rows_make_id(at_ms, user);
        rows_make_id(at_ms, member);
        rows_write_time(at_ms, ' ', "", time);
        snprintf(name, sizeof name, "%s %s %05u", PICK(people_firsts, number), PICK(people_lasts, number),
                 number);
        snprintf(email, sizeof email, "person-%05u@crowd.example", number);
        run(user_statement, (const char *const[]){user, email, name, time, NULL});
        run(member_statement, (const char *const[]){member, user, time, NULL});
    }
    sqlite3_finalize(user_statement);
    sqlite3_finalize(member_statement);
}

static void join_all(const char *slug)
{
    sqlite3_stmt *users = prepare(
        "SELECT u.id, c.id FROM users u JOIN channels c ON c.slug = ?1 WHERE NOT EXISTS (SELECT 1 FROM "
        "channel_members m WHERE m.user_id = u.id AND m.channel_id = c.id)");
    sqlite3_stmt *member =
        prepare("INSERT INTO channel_members (id, channel_id, user_id, joined_at) VALUES (?1, ?2, ?3, ?4)");
    int64_t at_ms = now_ms();
    char time[ROWS_TIME_SIZE];

    rows_write_time(at_ms, ' ', "", time);
    check(sqlite3_bind_text(users, 1, slug, -1, SQLITE_STATIC));
    while (sqlite3_step(users) == SQLITE_ROW) {
        char id[ROWS_ID_SIZE];

        rows_make_id(at_ms, id);
        run(member, (const char *const[]){id, (const char *)sqlite3_column_text(users, 1),
                                          (const char *)sqlite3_column_text(users, 0), time, NULL});
    }
    sqlite3_finalize(users);
    sqlite3_finalize(member);
}

/* ---- messages ---- */

typedef struct place {
    char channel[ROWS_ID_SIZE];
    char authors[AUTHORS_MAX][ROWS_ID_SIZE];
    unsigned authors_count;
} place;

static void find_place(const char *slug, place *out_place)
{
    sqlite3_stmt *statement = prepare(
        "SELECT m.channel_id, m.user_id FROM channels c JOIN channel_members m ON m.channel_id = c.id "
        "JOIN users u ON u.id = m.user_id AND NOT u.is_vp WHERE c.slug = ?1 AND m.left_at IS NULL");

    check(sqlite3_bind_text(statement, 1, slug, -1, SQLITE_STATIC));
    while (out_place->authors_count < AUTHORS_MAX && sqlite3_step(statement) == SQLITE_ROW) {
        snprintf(out_place->channel, ROWS_ID_SIZE, "%s", (const char *)sqlite3_column_text(statement, 0));
        snprintf(out_place->authors[out_place->authors_count++], ROWS_ID_SIZE, "%s",
                 (const char *)sqlite3_column_text(statement, 1));
    }
    sqlite3_finalize(statement);
    if (out_place->authors_count == 0) {
        fprintf(stderr, "crowd: there is no channel %s with people in it\n", slug);
        exit(1);
    }
}

/* Short and long ones, some with Markdown, as people write. */
static void word(unsigned number, char *out, size_t size)
{
    static const char *const texts[] = {
        "Number %u: are the shelves in order?",
        "%u. Yes.",
        "I have looked at it again (%u). There are **three** open points:\n\n* the list\n* the *other* "
        "list\n* "
        "and who tells them",
        "`make check` says %u, see [the page](https://example.com/%u).",
        "%u\n\n```c\nfor (size_t i = 0; i < count; i++)\n    sum += items[i];\n```\nThat is the whole of it.",
        "A longer one, number %u. It goes on for a while, so that a line must be broken on a narrow screen, "
        "and "
        "then goes on for a little more, because people do that, too, when they have something to say that "
        "does not fit into a few words.",
    };

    snprintf(out, size, PICK(texts, number), number, number);
}

static void add_messages(const char *slug, unsigned count)
{
    sqlite3_stmt *message = prepare("INSERT INTO messages (id, content, channel_id, author_id, created_at, "
                                    "updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?5)");
    sqlite3_stmt *feed = prepare("INSERT INTO orchd_feed (cursor, kind, channel_id, message_id) "
                                 "SELECT max(cursor) + 1, 1, ?1, ?2 FROM orchd_feed");
    int64_t span_ms = INT64_C(86400000) * DAYS;
    int64_t first_ms = now_ms() - span_ms;
    static place where;

    find_place(slug, &where);
    for (unsigned i = 0; i < count; i++) {
        int64_t at_ms = first_ms + span_ms * i / count;
        char id[ROWS_ID_SIZE], time[ROWS_TIME_SIZE], text[512];

        rows_make_id(at_ms, id);
        rows_write_time(at_ms, ' ', "", time);
        word(i + 1, text, sizeof text);
        run(message, (const char *const[]){id, text, where.channel, where.authors[i % where.authors_count],
                                           time, NULL});
        run(feed, (const char *const[]){where.channel, id, NULL});
    }
    sqlite3_finalize(message);
    sqlite3_finalize(feed);
}

int main(int count, char **words)
{
    bool orchestrators = count >= 4 && strcmp(words[2], "orchestrators") == 0;
    bool messages = count == 5 && strcmp(words[2], "messages") == 0;

    bool people = count == 4 && strcmp(words[2], "people") == 0;
    bool join = count == 4 && strcmp(words[2], "join") == 0;

    if (!orchestrators && !messages && !people && !join) {
        fprintf(stderr, "usage: crowd DATABASE orchestrators COUNT [stopped]\n"
                        "       crowd DATABASE people COUNT\n"
                        "       crowd DATABASE join SLUG\n"
                        "       crowd DATABASE messages SLUG COUNT\n");
        return 2;
    }
    check(sqlite3_open_v2(words[1], &database, SQLITE_OPEN_READWRITE, NULL));
    check(sqlite3_exec(database, "PRAGMA foreign_keys=ON; BEGIN IMMEDIATE", NULL, NULL, NULL));
    if (orchestrators)
        add_orchestrators((unsigned)strtoul(words[3], NULL, 10), count == 5 ? "0" : "1");
    else if (people)
        add_people((unsigned)strtoul(words[3], NULL, 10));
    else if (join)
        join_all(words[3]);
    else
        add_messages(words[3], (unsigned)strtoul(words[4], NULL, 10));
    check(sqlite3_exec(database, "COMMIT", NULL, NULL, NULL));
    check(sqlite3_close(database));
    return 0;
}
