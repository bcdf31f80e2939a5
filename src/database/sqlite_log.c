/* Invariants
 *  1. What is gathered follows what is in the file, or replaces it from `at` on; a write elsewhere sends it off first.
 *  2. Nobody else looks at what is gathered: a page of the log counts for other connections when its commit has been
 *     synced. For its own connection a read sends it off first.
 *  3. A piece that could not be written is forgotten and its error told: SQLite then gives the commit up.
 */
#include "sqlite_log.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

/* The system's VFS takes at most 128 KiB - 1 in one write. */
#define PIECE_MAX (120 * 1024)

typedef struct log_file {
    sqlite3_file base;
    sqlite3_file *real; /* behind this struct */
    char *piece;        /* PIECE_MAX bytes, from the first write on */
    int used;
    sqlite3_int64 at; /* where the piece begins in the file */
} log_file;

static log_file *log_of(sqlite3_file *file)
{
    return (log_file *)file;
}

static int send_off(log_file *log)
{
    int used = log->used;

    log->used = 0;
    return used > 0 ? log->real->pMethods->xWrite(log->real, log->piece, used, log->at) : SQLITE_OK;
}

static int log_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 at)
{
    log_file *log = log_of(file);

    if (!log->piece)
        log->piece = malloc(PIECE_MAX);
    if (log->used > 0 && (at != log->at + log->used || log->used + size > PIECE_MAX)) {
        int code = send_off(log);

        if (code != SQLITE_OK)
            return code;
    }
    if (!log->piece || size > PIECE_MAX)
        return log->real->pMethods->xWrite(log->real, bytes, size, at);
    if (log->used == 0)
        log->at = at;
    memcpy(log->piece + log->used, bytes, (size_t)size);
    log->used += size;
    return SQLITE_OK;
}

static int log_read(sqlite3_file *file, void *bytes, int size, sqlite3_int64 at)
{
    int code = send_off(log_of(file));

    return code != SQLITE_OK ? code
                             : log_of(file)->real->pMethods->xRead(log_of(file)->real, bytes, size, at);
}

static int log_sync(sqlite3_file *file, int flags)
{
    int code = send_off(log_of(file));

    return code != SQLITE_OK ? code : log_of(file)->real->pMethods->xSync(log_of(file)->real, flags);
}

static int log_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    int code = send_off(log_of(file));

    return code != SQLITE_OK ? code : log_of(file)->real->pMethods->xTruncate(log_of(file)->real, size);
}

static int log_size(sqlite3_file *file, sqlite3_int64 *out_size)
{
    int code = send_off(log_of(file));

    return code != SQLITE_OK ? code : log_of(file)->real->pMethods->xFileSize(log_of(file)->real, out_size);
}

/* What was not synced was not committed. */
static int log_close(sqlite3_file *file)
{
    log_file *log = log_of(file);

    free(log->piece);
    return log->real->pMethods->xClose(log->real);
}

static int log_lock(sqlite3_file *file, int level)
{
    return log_of(file)->real->pMethods->xLock(log_of(file)->real, level);
}

static int log_unlock(sqlite3_file *file, int level)
{
    return log_of(file)->real->pMethods->xUnlock(log_of(file)->real, level);
}

static int log_reserved(sqlite3_file *file, int *out_reserved)
{
    return log_of(file)->real->pMethods->xCheckReservedLock(log_of(file)->real, out_reserved);
}

static int log_control(sqlite3_file *file, int operation, void *argument)
{
    return log_of(file)->real->pMethods->xFileControl(log_of(file)->real, operation, argument);
}

static int log_sector_size(sqlite3_file *file)
{
    return log_of(file)->real->pMethods->xSectorSize(log_of(file)->real);
}

static int log_characteristics(sqlite3_file *file)
{
    return log_of(file)->real->pMethods->xDeviceCharacteristics(log_of(file)->real);
}

static const sqlite3_io_methods methods = {
    .iVersion = 1,
    .xClose = log_close,
    .xRead = log_read,
    .xWrite = log_write,
    .xTruncate = log_truncate,
    .xSync = log_sync,
    .xFileSize = log_size,
    .xLock = log_lock,
    .xUnlock = log_unlock,
    .xCheckReservedLock = log_reserved,
    .xFileControl = log_control,
    .xSectorSize = log_sector_size,
    .xDeviceCharacteristics = log_characteristics,
};

/* ---- the VFS ---- */

static sqlite3_vfs vfs;
static sqlite3_vfs *system_vfs;

static int open_file(sqlite3_vfs *self, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
    (void)self;
    if (!(flags & SQLITE_OPEN_WAL))
        return system_vfs->xOpen(system_vfs, name, file, flags, out_flags);
    log_file *log = log_of(file);

    *log = (log_file){.real = (sqlite3_file *)(log + 1)};
    int code = system_vfs->xOpen(system_vfs, name, log->real, flags, out_flags);

    /* With methods SQLite closes it also after a failure. */
    if (log->real->pMethods)
        log->base.pMethods = &methods;
    return code;
}

/* SQLite calls the others with the VFS that it was given: they must see the system's. */
static int remove_file(sqlite3_vfs *self, const char *name, int sync_directory)
{
    (void)self;
    return system_vfs->xDelete(system_vfs, name, sync_directory);
}

static int look_at(sqlite3_vfs *self, const char *name, int flags, int *out_result)
{
    (void)self;
    return system_vfs->xAccess(system_vfs, name, flags, out_result);
}

static int full_name(sqlite3_vfs *self, const char *name, int size, char *out_name)
{
    (void)self;
    return system_vfs->xFullPathname(system_vfs, name, size, out_name);
}

static void register_vfs(void)
{
    system_vfs = sqlite3_vfs_find(NULL);
    if (!system_vfs)
        return;
    vfs = *system_vfs;
    vfs.zName = "orchd-log";
    vfs.pNext = NULL;
    vfs.szOsFile = (int)sizeof(log_file) + system_vfs->szOsFile;
    vfs.xOpen = open_file;
    vfs.xDelete = remove_file;
    vfs.xAccess = look_at;
    vfs.xFullPathname = full_name;
    if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK)
        vfs.zName = NULL;
}

const char *orch__sqlite_log_vfs(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    (void)pthread_once(&once, register_vfs);
    return vfs.zName;
}
