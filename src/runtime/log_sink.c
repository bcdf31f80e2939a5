/* Invariants
 *  1. A reader that does not read costs the writer PATIENCE_MS once, not each time: until there is room again lines are
 *     refused at once. (A line fits in PIPE_BUF, so a pipe that has room takes it whole.)
 *  2. After a line that went out in part the next one begins on a line of its own.
 *  3. The file keeps its descriptor when it is opened again, so that a line goes to the old file or to the new one.
 */
#include "log_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "orchd/error.h"

#define PATIENCE_MS 100

static struct sink {
    pthread_mutex_t lock;
    int fd;
    char path[PATH_MAX];
    bool stalled;
    bool torn; /* the last line went out in part */
} sink = {.lock = PTHREAD_MUTEX_INITIALIZER, .fd = STDERR_FILENO};

static bool has_room(void)
{
    struct pollfd wait = {.fd = sink.fd, .events = POLLOUT};

    return poll(&wait, 1, sink.stalled ? 0 : PATIENCE_MS) > 0;
}

/* How much went out. */
static size_t put(const char *bytes, size_t len)
{
    size_t done = 0;

    while (done < len) {
        ssize_t wrote = write(sink.fd, bytes + done, len - done);

        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            break;
        done += (size_t)wrote;
    }
    return done;
}

bool orch__log_write(const char *line, size_t len)
{
    size_t done = 0;

    pthread_mutex_lock(&sink.lock);
    sink.stalled = !has_room();
    if (!sink.stalled && sink.torn)
        sink.torn = put("\n", 1) == 0;
    if (!sink.stalled && !sink.torn) {
        done = put(line, len);
        sink.torn = done > 0 && done < len;
    }
    pthread_mutex_unlock(&sink.lock);
    return done == len;
}

int orch__log_fd(void)
{
    return sink.fd;
}

const char *orch_log_path(void)
{
    return sink.path[0] ? sink.path : NULL;
}

static int open_file(const char *path)
{
    return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);
}

int orch_log_open(const char *path)
{
    int fd;

    if (strlen(path) >= sizeof sink.path)
        return ORCH_E_TOO_LARGE;
    fd = open_file(path);
    if (fd < 0)
        return ORCH_E_IO;
    pthread_mutex_lock(&sink.lock);
    if (sink.path[0])
        close(sink.fd);
    sink.fd = fd;
    snprintf(sink.path, sizeof sink.path, "%s", path);
    pthread_mutex_unlock(&sink.lock);
    return 0;
}

int orch_log_reopen(void)
{
    int fd, failed;

    if (!sink.path[0])
        return 0;
    fd = open_file(sink.path);
    if (fd < 0)
        return ORCH_E_IO;
    pthread_mutex_lock(&sink.lock);
    failed = dup3(fd, sink.fd, O_CLOEXEC) < 0;
    sink.torn = false;
    pthread_mutex_unlock(&sink.lock);
    close(fd);
    return failed ? ORCH_E_IO : 0;
}
