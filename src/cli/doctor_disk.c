/* Room, kind of file system, and whether a write reaches the disk. The write goes to a file without name. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <uv.h>

#include "doctor.h"

#define FREE_PROBLEM  (UINT64_C(100) << 20)
#define FREE_WARNING  (UINT64_C(1) << 30)
#define SYNCS         5
#define SYNC_SLOW_MS  50
#define INODES_NEEDED 100

typedef struct kind {
    uint64_t magic; /* statfs(2) */
    const char *name;
    const char *warning; /* what is wrong with it for a database; NULL: nothing */
} kind;

static const char by_network[] = "its locks and its syncs are as good as the network: use a local disk";
static const char forgets[] = "everything is lost when the machine restarts";

static const kind kinds[] = {
    {0xEF53, "ext", NULL},
    {0x58465342, "xfs", NULL},
    {0x9123683E, "btrfs", NULL},
    {0x2FC12FC1, "zfs", NULL},
    {0xF2F52010, "f2fs", NULL},
    {0x794C7630, "overlay", "a container's own layer goes with the container: mount a volume"},
    {0x01021994, "tmpfs", forgets},
    {0x858458F6, "ramfs", forgets},
    {0x6969, "nfs", by_network},
    {0x517B, "smb", by_network},
    {0xFE534D42, "smb2", by_network},
    {0xFF534D42, "cifs", by_network},
    {0x00C36400, "ceph", by_network},
    {0x01021997, "9p", by_network},
    {0x65735546, "fuse", "whether a sync reaches a disk depends on the program behind it"},
    {0x4D44, "vfat", "it knows no permissions: everybody may read the database"},
    {0x2011BAB0, "exfat", "it knows no permissions: everybody may read the database"},
};

static const kind *find_kind(const char *path)
{
    static const kind unknown = {0, "unknown", NULL};
    struct statfs system;

    if (statfs(path, &system))
        return &unknown;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (kinds[i].magic == ((uint64_t)system.f_type & 0xFFFFFFFF))
            return &kinds[i];
    return &unknown;
}

static void check_room(orch__doctor *doctor)
{
    const kind *found = find_kind(doctor->data);
    struct statvfs room;

    if (statvfs(doctor->data, &room)) {
        orch__doctor_say(doctor, ORCH__PROBLEM, "see that the disk is there", "%s: %s", doctor->data,
                         strerror(errno));
        return;
    }
    uint64_t available = (uint64_t)room.f_bavail * room.f_frsize;
    uint64_t total = (uint64_t)room.f_blocks * room.f_frsize;
    orch__verdict_kind verdict = available < FREE_PROBLEM   ? ORCH__PROBLEM
                                 : available < FREE_WARNING ? ORCH__WARNING
                                                            : ORCH__WELL;

    orch__doctor_say(
        doctor, verdict, verdict ? "make room: a full disk refuses messages until there is some again" : NULL,
        "%.1f GB free of %.1f GB (%s)", (double)available / 1e9, (double)total / 1e9, found->name);
    if (room.f_files > 0 && room.f_favail < INODES_NEEDED)
        orch__doctor_say(doctor, ORCH__PROBLEM, "remove files that nobody needs",
                         "no room for new files: %llu inodes free", (unsigned long long)room.f_favail);
    if (found->warning)
        orch__doctor_say(doctor, ORCH__WARNING, found->warning, "%s is on a file system of kind %s",
                         doctor->data, found->name);
    if (room.f_flag & ST_RDONLY)
        orch__doctor_say(doctor, ORCH__PROBLEM,
                         "mount it for writing; a disk that turned so by itself has errors (see dmesg)",
                         "the file system of %s is read-only", doctor->data);
}

static int open_nameless(const char *folder)
{
    char path[ORCH_PATH_MAX + 32];
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
        return fd;
    snprintf(path, sizeof(path), "%s/.orchd-doctor-XXXXXX", folder);
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        (void)unlink(path);
    return fd;
}

static int by_size(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return (left > right) - (left < right);
}

/* The median of a few syncs in milliseconds; negative: errno says why. */
static double measure_sync(int fd)
{
    static const char block[4096] = "orchd doctor";
    double taken[SYNCS];

    for (int i = 0; i < SYNCS; i++) {
        uint64_t begin = uv_hrtime();

        errno = ENOSPC; /* a write that is too short says no more */
        if (pwrite(fd, block, sizeof(block), (off_t)i * (off_t)sizeof(block)) != (ssize_t)sizeof(block) ||
            fsync(fd))
            return -1;
        taken[i] = (double)(uv_hrtime() - begin) / 1e6;
    }
    qsort(taken, SYNCS, sizeof(taken[0]), by_size);
    return taken[SYNCS / 2];
}

static void check_sync(orch__doctor *doctor)
{
    int fd = open_nameless(doctor->data);
    double ms = fd < 0 ? -1 : measure_sync(fd);

    if (ms < 0)
        orch__doctor_say(doctor, ORCH__PROBLEM,
                         "nothing can be stored: make room, look for a quota or a limit, or repair the disk",
                         "a write to %s fails: %s", doctor->data, strerror(errno));
    else
        orch__doctor_say(doctor, ms > SYNC_SLOW_MS ? ORCH__WARNING : ORCH__WELL,
                         ms > SYNC_SLOW_MS ? "every message waits for it: use a faster disk" : NULL,
                         "a write reaches the disk in %.2f ms", ms);
    if (fd >= 0)
        close(fd);
}

void orch__doctor_disk(orch__doctor *doctor)
{
    struct stat there;

    if (stat(doctor->data, &there) || !S_ISDIR(there.st_mode))
        return; /* told already */
    check_room(doctor);
    check_sync(doctor);
}
