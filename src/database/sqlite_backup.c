/* Copying a database that others write to, with SQLite's online backup (https://www.sqlite.org/backup.html).
 *
 * A transaction that only reads is kept open over the whole copy: so its pages are all of one moment, and a writer in another
 * process does not make the copy begin again and again.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sqlite_connection.h"
#include "sqlite_file.h"

#define STEP_PAGES 256

typedef struct copying {
    const char *from;
    const char *to;
    sqlite3 *source;
    sqlite3 *copy;
    int lock_fd; /* of the copy: one writer at a time */
    orch_sqlite_progress progress;
    void *user;
    char *message;
    size_t message_size;
} copying;

static int explain(const copying *work, sqlite3 *sqlite, int code, const char *path)
{
    int error = orch__sqlite_error(sqlite, code);

    snprintf(work->message, work->message_size, "%s: %s (%s)", path,
             sqlite ? sqlite3_errmsg(sqlite) : sqlite3_errstr(code), orch_error_text(error));
    return error;
}

static int explain_errno(const copying *work, const char *what)
{
    int error = errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? ORCH_E_DISK_FULL : ORCH_E_IO;

    snprintf(work->message, work->message_size, "%s %s: %s", work->to, what, strerror(errno));
    return error;
}

static void remove_beside(const char *path)
{
    static const char *const suffixes[] = {"-journal", "-wal", "-shm"};
    char name[PATH_MAX + 16];

    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        (void)unlink(name);
    }
}

/* An empty file under a lock. What an earlier try left behind, killed in the middle, is not used. */
static int make_target(copying *work)
{
    work->lock_fd = open(work->to, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (work->lock_fd < 0)
        return explain_errno(work, "cannot be written");
    if (flock(work->lock_fd, LOCK_EX | LOCK_NB)) {
        close(work->lock_fd);
        work->lock_fd = -1;
        snprintf(work->message, work->message_size, "another process is writing %s", work->to);
        return ORCH_E_LOCKED;
    }
    remove_beside(work->to);
    if (ftruncate(work->lock_fd, 0) || fchmod(work->lock_fd, 0600))
        return explain_errno(work, "cannot be written");
    return 0;
}

static int begin_reading(copying *work, int flags, bool unshared)
{
    static const char begin[] = "PRAGMA query_only=1; BEGIN; SELECT count(*) FROM sqlite_master;";
    int code = orch__sqlite_open_file(work->from, flags, unshared, NULL, &work->source);

    return code == SQLITE_OK ? sqlite3_exec(work->source, begin, NULL, NULL, NULL) : code;
}

/* Opened for writing, so that the last one to close it tidies the log away; where the directory cannot be written and there
 * is no log, as nobody can write it. */
static int open_source(copying *work)
{
    int code = begin_reading(work, SQLITE_OPEN_READWRITE, false);

    if ((code & 0xff) == SQLITE_CANTOPEN && access(work->from, R_OK) == 0 &&
        !orch_sqlite_has_log(work->from)) {
        (void)sqlite3_close(work->source);
        work->source = NULL;
        code = begin_reading(work, SQLITE_OPEN_READONLY, true);
    }
    return code == SQLITE_OK ? 0 : explain(work, work->source, code, work->from);
}

/* The copy needs no journal of its own: if it is not finished it is thrown away. */
static int open_copy(copying *work)
{
    int code = orch__sqlite_open_file(work->to, SQLITE_OPEN_READWRITE, false, NULL, &work->copy);

    if (code == SQLITE_OK)
        code = sqlite3_exec(work->copy, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;", NULL, NULL, NULL);
    return code == SQLITE_OK ? 0 : explain(work, work->copy, code, work->to);
}

static int copy_pages(copying *work)
{
    sqlite3_backup *backup = sqlite3_backup_init(work->copy, "main", work->source, "main");
    bool go_on = true;
    int code = SQLITE_OK;

    if (!backup)
        return explain(work, work->copy, sqlite3_errcode(work->copy), work->to);
    while (code == SQLITE_OK && go_on) {
        code = sqlite3_backup_step(backup, STEP_PAGES);
        if (work->progress) {
            uint64_t total = (uint64_t)sqlite3_backup_pagecount(backup);

            go_on = work->progress(total - (uint64_t)sqlite3_backup_remaining(backup), total, work->user);
        }
    }
    if (sqlite3_backup_finish(backup) != SQLITE_OK)
        return explain(work, work->copy, code, work->to);
    if (go_on)
        return 0;
    snprintf(work->message, work->message_size, "interrupted");
    return ORCH_E_CANCELLED;
}

/* The pages were taken over with the mark of a database with a log. A copy is one file. */
static int leave_log_mode(copying *work)
{
    int code;

    (void)sqlite3_close(work->copy);
    work->copy = NULL;
    code = orch__sqlite_open_file(work->to, SQLITE_OPEN_READWRITE, false, NULL, &work->copy);
    if (code == SQLITE_OK)
        code = sqlite3_exec(work->copy, "PRAGMA journal_mode=DELETE;", NULL, NULL, NULL);
    return code == SQLITE_OK ? 0 : explain(work, work->copy, code, work->to);
}

static void end(copying *work, int error)
{
    (void)sqlite3_close(work->copy);
    if (work->source && !sqlite3_get_autocommit(work->source))
        (void)sqlite3_exec(work->source, "ROLLBACK", NULL, NULL, NULL);
    (void)sqlite3_close(work->source);
    if (work->lock_fd < 0)
        return;
    remove_beside(work->to);
    if (error)
        (void)unlink(work->to);
    close(work->lock_fd);
}

int orch_sqlite_backup(const char *from, const char *to, orch_sqlite_progress progress, void *user,
                       char *out_message, size_t message_size)
{
    copying work = {from, to, NULL, NULL, -1, progress, user, out_message, message_size};
    int error;

    if (strlen(to) >= PATH_MAX) {
        snprintf(out_message, message_size, "the path %.80s… is too long", to);
        return ORCH_E_TOO_LARGE;
    }
    error = open_source(&work);
    if (!error)
        error = make_target(&work);
    if (!error)
        error = open_copy(&work);
    if (!error)
        error = copy_pages(&work);
    if (!error)
        error = leave_log_mode(&work);
    if (!error && fsync(work.lock_fd))
        error = explain_errno(&work, "cannot be written to the disk");
    end(&work, error);
    return error;
}

bool orch_sqlite_has_log(const char *path)
{
    char name[PATH_MAX + 8];

    snprintf(name, sizeof name, "%s-wal", path);
    return access(name, F_OK) == 0;
}

int orch_sqlite_settle(const char *path, char *out_message, size_t message_size)
{
    copying work = {.to = path, .lock_fd = -1, .message = out_message, .message_size = message_size};
    int error = 0;
    int code = orch__sqlite_open_file(path, SQLITE_OPEN_READWRITE, false, NULL, &work.copy);

    if (code == SQLITE_OK)
        code = sqlite3_exec(work.copy, "PRAGMA journal_mode=DELETE;", NULL, NULL, NULL);
    if (code != SQLITE_OK)
        error = explain(&work, work.copy, code, path);
    (void)sqlite3_close(work.copy);
    if (!error && orch_sqlite_has_log(path)) {
        snprintf(out_message, message_size, "%s: another process has it open", path);
        return ORCH_E_LOCKED;
    }
    return error;
}
