/* The log of a writer, written in large pieces.
 *
 * SQLite writes two pieces for each page of a commit, a head of 24 bytes and the page, and each costs a system call. All of
 * them follow one another in the file, so this VFS (https://www.sqlite.org/vfs.html) gathers them and writes them before the
 * log is synced, read or cut. Every other file is the system's own VFS's.
 */
#ifndef ORCHD_SQLITE_LOG_H
#define ORCHD_SQLITE_LOG_H

/* The VFS's name, for sqlite3_open_v2; NULL: no memory. Only for connections with synchronous=FULL: there a commit is synced
 * before others are told that its pages are in the log. Any thread. */
const char *orch__sqlite_log_vfs(void);

#endif
