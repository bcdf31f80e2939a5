/* Who may read and write what belongs to orchd. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "doctor.h"

static void advise_mode(char *out, size_t size, const char *mode, const char *path)
{
    snprintf(out, size, "chmod %s %s", mode, path);
}

static bool check_directory(orch__doctor *doctor)
{
    char advice[ORCH_PATH_MAX + 64];
    struct stat there;

    if (stat(doctor->data, &there)) {
        snprintf(advice, sizeof(advice), "make a workspace with: orchd init --data %s", doctor->data);
        orch__doctor_say(doctor, ORCH__PROBLEM, errno == ENOENT ? advice : "see that this user may enter it",
                         "%s: %s", doctor->data, strerror(errno));
        return false;
    }
    if (!S_ISDIR(there.st_mode)) {
        orch__doctor_say(doctor, ORCH__PROBLEM, "name another --data", "%s is no directory", doctor->data);
        return false;
    }
    if (access(doctor->data, R_OK | W_OK | X_OK)) {
        orch__doctor_say(
            doctor, ORCH__PROBLEM, "run orchd as the user to whom it belongs, or give it to this one (chown)",
            "%s cannot be written by user %u: %s", doctor->data, (unsigned)geteuid(), strerror(errno));
        return false;
    }
    advise_mode(advice, sizeof(advice), "700", doctor->data);
    if (there.st_mode & 022) {
        orch__doctor_say(doctor, ORCH__PROBLEM, advice, "other users may write in %s", doctor->data);
        return false;
    }
    return true;
}

/* A file that holds secrets: for its owner alone, and its owner is who runs orchd. False: something was told. */
static bool check_secret(orch__doctor *doctor, const char *path, orch__verdict_kind readable)
{
    char advice[ORCH_PATH_MAX + 64];
    struct stat there;

    if (stat(path, &there)) {
        if (errno == ENOENT)
            return true;
        orch__doctor_say(doctor, ORCH__PROBLEM, "see that this user may read it", "%s: %s", path,
                         strerror(errno));
        return false;
    }
    if (access(path, R_OK)) {
        orch__doctor_say(doctor, ORCH__PROBLEM,
                         "run orchd as the user to whom it belongs, or give it to this one (chown)",
                         "%s cannot be read by user %u: %s", path, (unsigned)geteuid(), strerror(errno));
        return false;
    }
    if ((there.st_mode & 077) == 0)
        return true;
    advise_mode(advice, sizeof(advice), "600", path);
    orch__doctor_say(doctor, there.st_mode & 022 ? ORCH__PROBLEM : readable, advice,
                     "other users may %s %s (mode %04o)", there.st_mode & 022 ? "write" : "read", path,
                     (unsigned)there.st_mode & 07777);
    return false;
}

static bool check_owner(orch__doctor *doctor)
{
    struct stat database, folder;

    if (stat(doctor->directory.database, &database) || stat(doctor->data, &folder) ||
        database.st_uid == folder.st_uid)
        return true;
    orch__doctor_say(doctor, ORCH__WARNING, "let both belong to the user that runs the server (chown -R)",
                     "%s belongs to user %u, %s to user %u", doctor->data, (unsigned)folder.st_uid,
                     doctor->directory.database, (unsigned)database.st_uid);
    return false;
}

/* Of the running server, which may have been started in another directory: a relative path is not followed. */
static bool check_tls_key(orch__doctor *doctor)
{
    const char *path = orch__doctor_argument(doctor, "--tls-key");

    return !path || path[0] != '/' || check_secret(doctor, path, ORCH__WARNING);
}

void orch__doctor_permissions(orch__doctor *doctor)
{
    static const char *const keys[] = {"ANTHROPIC_API_KEY_FILE", "OPENAI_API_KEY_FILE"};
    char log[ORCH_PATH_MAX + 8];
    bool well;

    if (!check_directory(doctor))
        return;
    snprintf(log, sizeof(log), "%s-wal", doctor->directory.database);
    well = check_secret(doctor, doctor->directory.database, ORCH__WARNING);
    well = check_secret(doctor, log, ORCH__WARNING) && well;
    well = check_secret(doctor, doctor->directory.owner_token, ORCH__PROBLEM) && well;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const char *path = orch__doctor_variable(keys[i], doctor);

        if (path && *path)
            well = check_secret(doctor, path, ORCH__WARNING) && well;
    }
    well = check_tls_key(doctor) && well;
    well = check_owner(doctor) && well;
    if (well)
        orch__doctor_say(doctor, ORCH__WELL, NULL, "%s and its secrets are for their owner alone",
                         doctor->data);
}
