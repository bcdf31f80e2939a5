#include "database_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "data_directory.h"
#include "progress.h"
#include "sqlite_file.h"

static int check_pages(const char *path, char *out_message, size_t message_size)
{
    orch_sqlite_report report;
    orch__progress progress;
    int error;

    orch__progress_begin(&progress, "checking");
    error = orch_sqlite_check(path, ORCH_SQLITE_FULL, orch__progress_step, &progress, &report, out_message,
                              message_size);
    orch__progress_end(&progress);
    if (error || (report.damage.count == 0 && report.orphans.count == 0))
        return error;
    snprintf(out_message, message_size,
             "the copy is damaged, as its original is: %s; orchd doctor tells more",
             report.damage.count ? report.damage.texts[0] : report.orphans.texts[0]);
    return ORCH_E_CORRUPT;
}

static int check_workspace(orch__database_copy *copy, const char *path, char *out_message,
                           size_t message_size)
{
    int error = orch_workspace_survey(path, &copy->survey, out_message, message_size);

    if (error || copy->survey.schema <= copy->survey.schema_known)
        return error;
    snprintf(out_message, message_size,
             "it was written by a newer orchd (migration %lld; this program knows %lld): use that one",
             (long long)copy->survey.schema, (long long)copy->survey.schema_known);
    return ORCH_E_UNSUPPORTED;
}

int orch__database_copy_make(orch__database_copy *copy, const char *from, const char *to, char *out_message,
                             size_t message_size)
{
    uint64_t begin = uv_hrtime();
    orch__progress progress;
    struct stat made;
    int error;

    orch__progress_begin(&progress, "copying");
    error = orch_sqlite_backup(from, to, orch__progress_step, &progress, out_message, message_size);
    orch__progress_end(&progress);
    if (error)
        return error;
    error = check_pages(to, out_message, message_size);
    if (!error)
        error = check_workspace(copy, to, out_message, message_size);
    if (!error && stat(to, &made)) {
        snprintf(out_message, message_size, "%s: %s", to, strerror(errno));
        error = ORCH_E_IO;
    }
    if (error) {
        (void)unlink(to);
        return error;
    }
    copy->bytes = (uint64_t)made.st_size;
    copy->seconds = (double)(uv_hrtime() - begin) / 1e9;
    return 0;
}

static bool sync_folder(const char *path)
{
    char copy[ORCH_PATH_MAX];
    int fd;
    bool done;

    snprintf(copy, sizeof(copy), "%s", path);
    fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    done = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return done;
}

int orch__database_copy_place(const char *from, const char *to, char *out_message, size_t message_size)
{
    if (rename(from, to) == 0 && sync_folder(to))
        return 0;
    snprintf(out_message, message_size, "%s cannot be written: %s", to, strerror(errno));
    (void)unlink(from);
    return ORCH_E_IO;
}
