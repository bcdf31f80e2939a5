#include "data_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int join(char out[ORCH_PATH_MAX], const char *path, const char *name)
{
    int length = snprintf(out, ORCH_PATH_MAX, "%s/%s", path, name);

    return length < 0 || length >= ORCH_PATH_MAX ? ORCH_E_TOO_LARGE : 0;
}

int orch__data_directory_init(orch__data_directory *directory, const char *path)
{
    int length = snprintf(directory->path, ORCH_PATH_MAX, "%s", path);

    directory->lock_fd = -1;
    directory->made = directory->made_lock = false;
    if (length < 0 || length >= ORCH_PATH_MAX)
        return ORCH_E_TOO_LARGE;
    if (join(directory->database, path, "orchd.db") || join(directory->lock, path, "orchd.lock") ||
        join(directory->owner_token, path, "owner.token") || join(directory->server, path, "server.json"))
        return ORCH_E_TOO_LARGE;
    return 0;
}

int orch__data_directory_make(orch__data_directory *directory)
{
    directory->made = mkdir(directory->path, 0700) == 0;
    return directory->made || errno == EEXIST ? 0 : ORCH_E_IO;
}

bool orch__data_directory_is_workspace(const orch__data_directory *directory)
{
    return access(directory->database, F_OK) == 0;
}

/* False: who had it before removed it. */
static bool is_file(int fd, const char *path)
{
    struct stat opened, named;

    return fstat(fd, &opened) == 0 && stat(path, &named) == 0 && opened.st_dev == named.st_dev &&
           opened.st_ino == named.st_ino;
}

int orch__data_directory_lock(orch__data_directory *directory)
{
    bool there = access(directory->lock, F_OK) == 0;
    int fd = open(directory->lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0)
        return errno == ENOENT ? ORCH_E_NOT_FOUND : ORCH_E_IO;
    if (flock(fd, LOCK_EX | LOCK_NB)) {
        int error = errno == EWOULDBLOCK ? ORCH_E_LOCKED : ORCH_E_IO;

        close(fd);
        return error;
    }
    if (!is_file(fd, directory->lock)) {
        close(fd);
        return ORCH_E_LOCKED;
    }
    directory->lock_fd = fd;
    directory->made_lock = !there;
    return 0;
}

void orch__data_directory_unlock(orch__data_directory *directory)
{
    if (directory->lock_fd < 0)
        return;
    if (directory->made_lock && !orch__data_directory_is_workspace(directory)) {
        (void)unlink(directory->lock);
        if (directory->made)
            (void)rmdir(directory->path);
    }
    close(directory->lock_fd);
    directory->lock_fd = -1;
}

int orch__data_directory_publish(const orch__data_directory *directory, const char *address, const char *pin)
{
    char beside[ORCH_PATH_MAX + 8];
    json_t *told = json_pack("{s:s,s:s*,s:i,s:s}", "address", address, "pin", pin, "pid", (int)getpid(),
                             "version", ORCHD_VERSION);
    int failed;

    if (!told)
        return ORCH_E_NO_MEMORY;
    /* Written beside and renamed: a command that reads it meanwhile sees the old or the new, never a half. */
    snprintf(beside, sizeof(beside), "%s.new", directory->server);
    failed = json_dump_file(told, beside, JSON_COMPACT) || rename(beside, directory->server);
    json_decref(told);
    return failed ? ORCH_E_IO : 0;
}

void orch__data_directory_unpublish(const orch__data_directory *directory)
{
    (void)unlink(directory->server);
}

bool orch__data_directory_told(const orch__data_directory *directory, orch__server_told *out_told)
{
    json_t *told = json_load_file(directory->server, 0, NULL);
    const char *address = json_string_value(json_object_get(told, "address"));
    const char *version = json_string_value(json_object_get(told, "version"));
    const char *pin = json_string_value(json_object_get(told, "pin"));

    if (address) {
        snprintf(out_told->address, sizeof(out_told->address), "%s", address);
        snprintf(out_told->version, sizeof(out_told->version), "%s", version ? version : "");
        snprintf(out_told->pin, sizeof(out_told->pin), "%s", pin ? pin : "");
        out_told->pid = (int)json_integer_value(json_object_get(told, "pid"));
    }
    json_decref(told);
    return address != NULL;
}

/* A shared lock fails where somebody has the exclusive one. It is held for no time: who comes to lock just then waits or
 * tries again. */
bool orch__data_directory_is_used(const orch__data_directory *directory)
{
    int fd = open(directory->lock, O_RDONLY | O_CLOEXEC);
    bool used;

    if (fd < 0)
        return false;
    used = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    close(fd);
    return used;
}

char *orch__data_directory_token(const orch__data_directory *directory)
{
    char text[256];
    FILE *file = fopen(directory->owner_token, "re");
    char *read;

    if (!file)
        return NULL;
    read = fgets(text, sizeof(text), file);
    fclose(file);
    if (!read)
        return NULL;
    text[strcspn(text, "\r\n")] = '\0';
    return strdup(text);
}
