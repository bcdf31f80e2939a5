/* A database file as somebody sees it who does not run it: checking it and copying it, also while a server writes to it.
 *
 * Invariants
 *  1. Nothing here changes what a database holds.
 *  2. A copy is one moment of the database: it holds every commit that was acknowledged before it began, and no half of one.
 *
 * All of it blocks.
 */
#ifndef ORCHD_SQLITE_FILE_H
#define ORCHD_SQLITE_FILE_H

#include "orchd/error.h"
#include "orchd/types.h"

/* `done` of `total` pages; `total` 0: not known. False ends the work with ORCH_E_CANCELLED. */
typedef bool (*orch_sqlite_progress)(uint64_t done, uint64_t total, void *user);

/* Copies the database `from` to the file `to`, which is made anew (mode 0600) and is complete and on the disk when 0 is
 * returned: one file without log. Writers of `from` go on; its log cannot shrink meanwhile. ORCH_E_LOCKED: another
 * process writes the same copy. On any other failure `to` is removed. */
ORCH_MUST_USE int orch_sqlite_backup(const char *from, const char *to, orch_sqlite_progress progress,
                                     void *user, char *out_message, size_t message_size);

#define ORCH_SQLITE_FINDINGS_MAX 5
#define ORCH_SQLITE_FINDING_LEN  240

typedef struct orch_sqlite_findings {
    uint64_t count; /* `texts` holds the first of them */
    char texts[ORCH_SQLITE_FINDINGS_MAX][ORCH_SQLITE_FINDING_LEN];
} orch_sqlite_findings;

typedef struct orch_sqlite_report {
    uint64_t pages;
    uint64_t pages_free; /* of deleted rows, for use again */
    uint32_t page_size;
    orch_sqlite_findings damage;  /* the file is no longer what SQLite wrote; counted up to 100 */
    orch_sqlite_findings orphans; /* rows that point at rows that do not exist */
} orch_sqlite_report;

typedef enum orch_sqlite_depth {
    ORCH_SQLITE_QUICK, /* every page, but not whether indexes and tables agree */
    ORCH_SQLITE_FULL,
} orch_sqlite_depth;

/* 0: the check ran to its end, `out_report` says what it found. Otherwise the file cannot even be read as a database, and
 * `out_message` says why. Makes no file beside the database where nobody has it open. */
ORCH_MUST_USE int orch_sqlite_check(const char *path, orch_sqlite_depth depth, orch_sqlite_progress progress,
                                    void *user, orch_sqlite_report *out_report, char *out_message,
                                    size_t message_size);

/* Moves what is in the log into the database file and removes the log, so that the one file is the whole. Only where
 * nobody else has it open: ORCH_E_LOCKED. */
ORCH_MUST_USE int orch_sqlite_settle(const char *path, char *out_message, size_t message_size);

/* True when the database has a log beside it: somebody has it open, or did not end well. */
bool orch_sqlite_has_log(const char *path);

#endif
