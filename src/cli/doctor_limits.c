/* What the system allows the server: of the running one where it can be read, else of this shell. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "doctor.h"

#define FILES_PROBLEM  256
#define FILES_WARNING  1024
#define MEMORY_PROBLEM (UINT64_C(64) << 20)
#define MEMORY_WARNING (UINT64_C(256) << 20)
#define GROWTH         (UINT64_C(1) << 30) /* what a database may become without a second look */
#define NO_LIMIT       UINT64_MAX

/* A line of /proc/PID/limits: "Max open files   1024   4096   files". NO_LIMIT also where it is not known. */
static uint64_t limit_of(const orch__doctor *doctor, int resource, const char *title)
{
    char path[64], line[256];
    struct rlimit own;
    uint64_t value = NO_LIMIT;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/limits", doctor->server.pid);
    file = doctor->served ? fopen(path, "re") : NULL;
    if (!file)
        return getrlimit((__rlimit_resource_t)resource, &own) || own.rlim_cur == RLIM_INFINITY ? NO_LIMIT
                                                                                               : own.rlim_cur;
    while (fgets(line, sizeof(line), file))
        if (strncmp(line, title, strlen(title)) == 0 && !strstr(line + strlen(title), " unlimited"))
            value = strtoull(line + strlen(title), NULL, 10);
    fclose(file);
    return value;
}

static void check_files(orch__doctor *doctor)
{
    uint64_t files = limit_of(doctor, RLIMIT_NOFILE, "Max open files");
    orch__verdict_kind verdict = files < FILES_PROBLEM   ? ORCH__PROBLEM
                                 : files < FILES_WARNING ? ORCH__WARNING
                                                         : ORCH__WELL;

    orch__doctor_say(doctor, verdict,
                     verdict ? "raise it: ulimit -n 65536, or LimitNOFILE=65536 of the service" : NULL,
                     "%" PRIu64 " open files: each connection and each answer of a model needs one", files);
}

static void check_file_size(orch__doctor *doctor)
{
    uint64_t size = limit_of(doctor, RLIMIT_FSIZE, "Max file size");
    struct stat database = {0};

    if (size == NO_LIMIT)
        return;
    (void)stat(doctor->directory.database, &database);
    orch__doctor_say(doctor, size < (uint64_t)database.st_size + GROWTH ? ORCH__PROBLEM : ORCH__WARNING,
                     "lift it: ulimit -f unlimited, or LimitFSIZE=infinity of the service",
                     "a file may have %.0f MB, the database has %.0f MB: beyond it nothing is stored",
                     (double)size / 1e6, (double)database.st_size / 1e6);
}

/* A number of bytes in a file that holds nothing else; "max" and no file: NO_LIMIT. */
static uint64_t read_bytes(const char *path)
{
    uint64_t value = NO_LIMIT;
    FILE *file = fopen(path, "re");

    if (!file)
        return NO_LIMIT;
    if (fscanf(file, "%" SCNu64, &value) != 1)
        value = NO_LIMIT;
    fclose(file);
    return value;
}

static uint64_t available_memory(void)
{
    char line[256];
    uint64_t kilobytes = NO_LIMIT >> 10;
    FILE *file = fopen("/proc/meminfo", "re");

    if (!file)
        return NO_LIMIT;
    while (fgets(line, sizeof(line), file))
        if (sscanf(line, "MemAvailable: %" SCNu64 " kB", &kilobytes) == 1)
            break;
    fclose(file);
    return kilobytes << 10;
}

/* What a container or a service may still take: control groups, version 2, as seen from inside. */
static uint64_t group_memory(void)
{
    uint64_t max = read_bytes("/sys/fs/cgroup/memory.max");
    uint64_t current = read_bytes("/sys/fs/cgroup/memory.current");

    if (max == NO_LIMIT || current == NO_LIMIT)
        return NO_LIMIT;
    return max > current ? max - current : 0;
}

static void check_memory(orch__doctor *doctor)
{
    uint64_t memory = available_memory();
    uint64_t group = group_memory();
    uint64_t space = limit_of(doctor, RLIMIT_AS, "Max address space");
    orch__verdict_kind verdict;

    memory = group < memory ? group : memory;
    memory = space < memory ? space : memory;
    verdict = memory < MEMORY_PROBLEM ? ORCH__PROBLEM : memory < MEMORY_WARNING ? ORCH__WARNING : ORCH__WELL;
    orch__doctor_say(doctor, verdict,
                     verdict ? "free some, or raise the limit (ulimit -v, MemoryMax= of the service)" : NULL,
                     "%.0f MB of memory may be taken", (double)memory / 1e6);
}

void orch__doctor_limits(orch__doctor *doctor)
{
    check_files(doctor);
    check_file_size(doctor);
    check_memory(doctor);
}
