/* Faults for an unmodified orchd: loaded with LD_PRELOAD, it stands between the program (and SQLite, libcurl …) and the C
 * library. The file named by ORCHD_INJECT holds the rules that are in force, one a line; a test rewrites it while orchd runs.
 *
 *     CALL WHAT PROBABILITY SUBJECT
 *
 *     write  ENOSPC|EIO|EROFS|…  0.1  orchd.db      a write to a file whose path contains SUBJECT fails
 *     write  torn                1    orchd.db-wal  half of it is written, then EIO
 *     read   EIO                 1    orchd.db      also: hang
 *     sync   EIO                 1    orchd.db-wal  fsync and fdatasync; also: hang (until the rule goes)
 *     open   EMFILE              1    orchd.db      also by fopen
 *     socket EMFILE              1    -
 *     lookup hang                1    model.test    getaddrinfo of a name that contains SUBJECT; also: fail
 *     clock  -7200               1    -             the wall clock, shifted by so many seconds
 *     malloc 60000               1    -             the main thread gets no block of so many bytes or more
 *
 * The file is mapped, so that looking costs no call and changes are seen at once. Nothing here allocates.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#define RULES_BYTES 4096

typedef struct rule {
    char call[16];
    char what[16];
    double probability;
    char subject[64];
} rule;

static const char *rules;
static _Atomic uint64_t dice = 0x9E3779B97F4A7C15u;

__attribute__((constructor)) static void map_rules(void)
{
    const char *path = getenv("ORCHD_INJECT");
    const char *seed = getenv("ORCHD_INJECT_SEED");
    int fd = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC) : -1;
    void *mapped = MAP_FAILED;

    if (seed)
        dice ^= (uint64_t)strtoull(seed, NULL, 10) * 0xBF58476D1CE4E5B9u;
    if (fd >= 0)
        mapped = mmap(NULL, RULES_BYTES, PROT_READ, MAP_SHARED, fd, 0);
    if (fd >= 0)
        close(fd);
    if (mapped != MAP_FAILED)
        rules = mapped;
}

/* splitmix64, shared by all threads. */
static double chance(void)
{
    uint64_t z = atomic_fetch_add(&dice, 0x9E3779B97F4A7C15u);

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (double)((z ^ (z >> 31)) >> 11) / (double)(UINT64_C(1) << 53);
}

/* The next rule for `call` behind `*at`, which moves on. */
static bool next_rule(const char **at, const char *call, rule *out_rule)
{
    size_t len = strlen(call);

    while (*at && **at) {
        const char *line = *at;
        const char *end = memchr(line, '\n', RULES_BYTES - (size_t)(line - rules));

        *at = end ? end + 1 : NULL;
        if (strncmp(line, call, len) == 0 && line[len] == ' ' &&
            sscanf(line, "%15s %15s %lf %63s", out_rule->call, out_rule->what, &out_rule->probability,
                   out_rule->subject) == 4)
            return true;
    }
    return false;
}

static bool find_rule(const char *call, const char *subject, rule *out_rule)
{
    const char *at = rules;

    while (next_rule(&at, call, out_rule))
        if ((out_rule->subject[0] == '-' || strstr(subject, out_rule->subject)) &&
            (out_rule->probability >= 1 || chance() < out_rule->probability))
            return true;
    return false;
}

static int error_of(const char *what)
{
    static const struct {
        const char *name;
        int number;
    } known[] = {{"ENOSPC", ENOSPC}, {"EROFS", EROFS},   {"EMFILE", EMFILE}, {"ENFILE", ENFILE},
                 {"EDQUOT", EDQUOT}, {"EACCES", EACCES}, {"ENOMEM", ENOMEM}, {"EIO", EIO}};

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i].name, what) == 0)
            return known[i].number;
    return EIO;
}

/* 0, or the errno with which the call fails. Stays here as long as the rule says "hang". */
static int verdict(const char *call, const char *subject, rule *out_rule)
{
    const struct timespec moment = {.tv_nsec = 5000000};

    while (find_rule(call, subject, out_rule)) {
        if (strcmp(out_rule->what, "hang") != 0)
            return error_of(out_rule->what);
        nanosleep(&moment, NULL);
    }
    return 0;
}

static int verdict_on_file(const char *call, int fd, rule *out_rule)
{
    char link[64], path[512];
    int saved = errno;
    ssize_t len;

    if (!rules || !rules[0])
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    len = readlink(link, path, sizeof path - 1);
    path[len > 0 ? len : 0] = '\0';
    errno = saved;
    return len > 0 ? verdict(call, path, out_rule) : 0;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* ---- files ---- */

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t offset)
{
    static __typeof__(&pwrite64) real;
    rule hit;
    int error = verdict_on_file("write", fd, &hit);

    if (!real)
        real = REAL(pwrite64);
    if (!error)
        return real(fd, bytes, size, offset);
    if (strcmp(hit.what, "torn") == 0 && size > 1)
        (void)!real(fd, bytes, size / 2, offset);
    errno = error;
    return -1;
}

ssize_t write(int fd, const void *bytes, size_t size)
{
    static __typeof__(&write) real;
    rule hit;
    int error = fd > 2 ? verdict_on_file("write", fd, &hit) : 0;

    if (!real)
        real = REAL(write);
    if (!error)
        return real(fd, bytes, size);
    errno = error;
    return -1;
}

int ftruncate64(int fd, off64_t size)
{
    static __typeof__(&ftruncate64) real;
    rule hit;
    int error = verdict_on_file("write", fd, &hit);

    if (!real)
        real = REAL(ftruncate64);
    if (!error)
        return real(fd, size);
    errno = error;
    return -1;
}

ssize_t pread64(int fd, void *bytes, size_t size, off64_t offset)
{
    static __typeof__(&pread64) real;
    rule hit;
    int error = verdict_on_file("read", fd, &hit);

    if (!real)
        real = REAL(pread64);
    if (!error)
        return real(fd, bytes, size, offset);
    errno = error;
    return -1;
}

int fdatasync(int fd)
{
    static __typeof__(&fdatasync) real;
    rule hit;
    int error = verdict_on_file("sync", fd, &hit);

    if (!real)
        real = REAL(fdatasync);
    if (!error)
        return real(fd);
    errno = error;
    return -1;
}

int fsync(int fd)
{
    static __typeof__(&fsync) real;
    rule hit;
    int error = verdict_on_file("sync", fd, &hit);

    if (!real)
        real = REAL(fsync);
    if (!error)
        return real(fd);
    errno = error;
    return -1;
}

int open64(const char *path, int flags, ...)
{
    rule hit;
    va_list arguments;
    mode_t mode;
    int error = rules && rules[0] ? verdict("open", path, &hit) : 0;

    va_start(arguments, flags);
    mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    if (!error)
        return (int)syscall(SYS_openat, AT_FDCWD, path, flags | O_LARGEFILE, mode);
    errno = error;
    return -1;
}

FILE *fopen64(const char *path, const char *mode)
{
    static __typeof__(&fopen64) real;
    rule hit;
    int error = rules && rules[0] ? verdict("open", path, &hit) : 0;

    if (!real)
        real = REAL(fopen64);
    if (!error)
        return real(path, mode);
    errno = error;
    return NULL;
}

/* ---- the network ---- */

int socket(int domain, int type, int protocol)
{
    rule hit;
    int error = rules && rules[0] ? verdict("socket", "", &hit) : 0;

    if (!error)
        return (int)syscall(SYS_socket, domain, type, protocol);
    errno = error;
    return -1;
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **out)
{
    static __typeof__(&getaddrinfo) real;
    rule hit;

    if (!real)
        real = REAL(getaddrinfo);
    if (rules && rules[0] && name && verdict("lookup", name, &hit))
        return EAI_AGAIN;
    return real(name, service, hints, out);
}

/* ---- the clock ---- */

static time_t shift(void)
{
    const char *at = rules;
    rule hit;

    return rules && rules[0] && next_rule(&at, "clock", &hit) ? (time_t)strtol(hit.what, NULL, 10) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *out_now)
{
    static __typeof__(&clock_gettime) real;
    int result;

    if (!real)
        real = REAL(clock_gettime);
    result = real(clock, out_now);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        out_now->tv_sec += shift();
    return result;
}

int gettimeofday(struct timeval *restrict out_now, void *restrict zone)
{
    struct timespec now;

    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    out_now->tv_sec = now.tv_sec;
    out_now->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *out_now)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    if (out_now)
        *out_now = now.tv_sec;
    return now.tv_sec;
}

/* ---- memory ---- */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);

static bool refused(size_t size)
{
    const char *at = rules;
    rule hit;

    if (!rules || !rules[0] || size < 1024 || syscall(SYS_gettid) != getpid())
        return false;
    return next_rule(&at, "malloc", &hit) && size >= strtoul(hit.what, NULL, 10) &&
           (hit.probability >= 1 || chance() < hit.probability);
}

void *malloc(size_t size)
{
    if (!refused(size))
        return __libc_malloc(size);
    errno = ENOMEM;
    return NULL;
}

void *calloc(size_t count, size_t size)
{
    if (size == 0 || count > SIZE_MAX / size || !refused(count * size))
        return __libc_calloc(count, size);
    errno = ENOMEM;
    return NULL;
}

void *realloc(void *block, size_t size)
{
    if (!refused(size))
        return __libc_realloc(block, size);
    errno = ENOMEM;
    return NULL;
}
