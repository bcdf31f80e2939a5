/* The data directory: who owns it now, and where its server listens.
 *
 *   orchd.db      the database
 *   orchd.lock    locked (flock) by the one process that has the database open
 *   owner.token   written by the server: who can read it owns the workspace (mode 0600)
 *   server.json   {"address", "pin"?, "pid", "version"}: written when `orchd serve` listens, removed when it ends
 *
 * A lock outlives no process, so a server that was killed leaves nothing that must be cleaned up. A command that made the directory or
 * the lock, and no database, takes both away again.
 */
#ifndef ORCHD_DATA_DIRECTORY_H
#define ORCHD_DATA_DIRECTORY_H

#include "orchd/error.h"
#include "orchd/types.h"

#define ORCH_PATH_MAX 4096
#define ORCH_PIN_MAX  64

typedef struct orch__data_directory {
    char path[ORCH_PATH_MAX];
    char database[ORCH_PATH_MAX];
    char lock[ORCH_PATH_MAX];
    char owner_token[ORCH_PATH_MAX];
    char server[ORCH_PATH_MAX];
    int lock_fd;          /* -1: not held */
    bool made, made_lock; /* they were not there before */
} orch__data_directory;

/* Fills in the paths below `path`. ORCH_E_TOO_LARGE. */
ORCH_MUST_USE int orch__data_directory_init(orch__data_directory *directory, const char *path);

/* Makes the directory (mode 0700) where it is missing. ORCH_E_IO with errno. */
ORCH_MUST_USE int orch__data_directory_make(orch__data_directory *directory);

/* It has a database; otherwise errno says why it is not seen: ENOENT where there is none. */
bool orch__data_directory_is_workspace(const orch__data_directory *directory);

/* ORCH_E_LOCKED when another process has it, ORCH_E_NOT_FOUND when there is no such directory, ORCH_E_IO. */
ORCH_MUST_USE int orch__data_directory_lock(orch__data_directory *directory);
/* Where no database came to be, it also removes what was made. */
void orch__data_directory_unlock(orch__data_directory *directory);

/* Says where the server listens, and takes that back. */
ORCH_MUST_USE int orch__data_directory_publish(const orch__data_directory *directory, const char *address,
                                               const char *pin);
void orch__data_directory_unpublish(const orch__data_directory *directory);

typedef struct orch__server_told {
    char address[ORCH_PATH_MAX];
    char version[32];
    char pin[ORCH_PIN_MAX]; /* of its TLS certificate; empty: no TLS */
    int pid;
} orch__server_told;

/* What the running server says of itself; false: none does. */
bool orch__data_directory_told(const orch__data_directory *directory, orch__server_told *out_told);
/* Another process has the directory at this moment. Takes nothing and makes nothing. */
bool orch__data_directory_is_used(const orch__data_directory *directory);
/* The owner's token, to be freed; NULL with errno. */
char *orch__data_directory_token(const orch__data_directory *directory);

#endif
