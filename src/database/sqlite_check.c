/* Is the file still what SQLite wrote (https://www.sqlite.org/pragma.html#pragma_integrity_check), and do its rows point at rows
 * that exist? */
#include <stdio.h>
#include <string.h>

#include "sqlite_connection.h"
#include "sqlite_file.h"

#define PROGRESS_EVERY 5000 /* of the instructions of SQLite's machine: less than a millisecond */

typedef struct checking {
    sqlite3 *sqlite;
    orch_sqlite_progress progress;
    void *user;
    bool cancelled;
} checking;

static int on_progress(void *user)
{
    checking *work = user;

    work->cancelled = !work->progress(0, 0, work->user);
    return work->cancelled;
}

/* As one line, without SQLite's headline. */
static void note(orch_sqlite_findings *findings, const char *text)
{
    static const char headline[] = "*** in database main ***\n";
    char *kept;

    if (findings->count++ >= ORCH_SQLITE_FINDINGS_MAX)
        return;
    kept = findings->texts[findings->count - 1];
    if (strncmp(text, headline, sizeof headline - 1) == 0)
        text += sizeof headline - 1;
    snprintf(kept, ORCH_SQLITE_FINDING_LEN, "%s", text);
    for (; *kept; kept++)
        if (*kept == '\n')
            *kept = ' ';
}

/* One number that a pragma answers. */
static int ask_number(sqlite3 *sqlite, const char *sql, uint64_t *out_number)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(sqlite, sql, -1, &statement, NULL);

    if (code != SQLITE_OK)
        return code;
    code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        *out_number = (uint64_t)sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement); /* repeats the code of the step */
    return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
}

static int measure(sqlite3 *sqlite, orch_sqlite_report *report)
{
    uint64_t page_size = 0;
    int code = ask_number(sqlite, "SELECT count(*) FROM sqlite_master", &page_size);

    if (code == SQLITE_OK)
        code = ask_number(sqlite, "PRAGMA page_size", &page_size);
    if (code == SQLITE_OK)
        code = ask_number(sqlite, "PRAGMA page_count", &report->pages);
    if (code == SQLITE_OK)
        code = ask_number(sqlite, "PRAGMA freelist_count", &report->pages_free);
    report->page_size = (uint32_t)page_size;
    return code;
}

static void word_damage(sqlite3_stmt *statement, orch_sqlite_findings *findings)
{
    const char *text = (const char *)sqlite3_column_text(statement, 0);

    if (text && strcmp(text, "ok") != 0)
        note(findings, text);
}

/* table, rowid, the table that it points at, number of the key */
static void word_orphan(sqlite3_stmt *statement, orch_sqlite_findings *findings)
{
    char text[ORCH_SQLITE_FINDING_LEN];
    const char *table = (const char *)sqlite3_column_text(statement, 0);
    const char *parent = (const char *)sqlite3_column_text(statement, 2);

    snprintf(text, sizeof text, "%s: row %lld points at a row of %s that does not exist", table ? table : "?",
             (long long)sqlite3_column_int64(statement, 1), parent ? parent : "?");
    note(findings, text);
}

/* A check that cannot go on has found damage; its words are a finding as well. */
static int look(checking *work, const char *sql, orch_sqlite_findings *findings,
                void (*word)(sqlite3_stmt *statement, orch_sqlite_findings *findings))
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(work->sqlite, sql, -1, &statement, NULL);
    int error = 0;

    while (code == SQLITE_OK || code == SQLITE_ROW) {
        code = sqlite3_step(statement);
        if (code == SQLITE_ROW)
            word(statement, findings);
    }
    if (code != SQLITE_DONE)
        error = work->cancelled ? ORCH_E_CANCELLED : orch__sqlite_error(work->sqlite, code);
    if (error == ORCH_E_CORRUPT) {
        note(findings, sqlite3_errmsg(work->sqlite));
        error = 0;
    }
    (void)sqlite3_finalize(statement); /* repeats the code of the step */
    return error;
}

static int check(checking *work, orch_sqlite_depth depth, orch_sqlite_report *report)
{
    int error = look(work, depth == ORCH_SQLITE_FULL ? "PRAGMA integrity_check" : "PRAGMA quick_check",
                     &report->damage, word_damage);

    if (!error && report->damage.count == 0)
        error = look(work, "PRAGMA foreign_key_check", &report->orphans, word_orphan);
    return error;
}

int orch_sqlite_check(const char *path, orch_sqlite_depth depth, orch_sqlite_progress progress, void *user,
                      orch_sqlite_report *out_report, char *out_message, size_t message_size)
{
    checking work = {.progress = progress, .user = user};
    orch_sqlite_report report = {0};
    int code =
        orch__sqlite_open_file(path, SQLITE_OPEN_READONLY, !orch_sqlite_has_log(path), NULL, &work.sqlite);
    int error = 0;

    if (code == SQLITE_OK && progress)
        sqlite3_progress_handler(work.sqlite, PROGRESS_EVERY, on_progress, &work);
    if (code == SQLITE_OK)
        code = measure(work.sqlite, &report);
    if (code == SQLITE_OK)
        error = check(&work, depth, &report);
    else
        error = orch__sqlite_error(work.sqlite, code);
    if (error)
        snprintf(out_message, message_size, "%s: %s", path,
                 work.sqlite ? sqlite3_errmsg(work.sqlite) : sqlite3_errstr(code));
    else
        *out_report = report;
    (void)sqlite3_close(work.sqlite);
    return error;
}
