/* Is the database intact, is it one that this program knows, what waits in it? */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "doctor.h"
#include "progress.h"
#include "sqlite_file.h"

#define LOG_LARGE   ((off_t)256 << 20)
#define TURN_OLD_MS INT64_C(3600000)

static const char repair[] =
    "stop the server and keep a copy of the directory; then: orchd restore BACKUP --data DIR --force";

static int64_t now_ms(void)
{
    return (int64_t)time(NULL) * 1000;
}

static void say_findings(orch__doctor *doctor, const char *what, const orch_sqlite_findings *findings)
{
    char text[ORCH_SQLITE_FINDINGS_MAX * (ORCH_SQLITE_FINDING_LEN + 2)] = "";
    size_t len = 0;

    for (uint64_t i = 0; i < findings->count && i < ORCH_SQLITE_FINDINGS_MAX; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", i ? "; " : "", findings->texts[i]);
    if (findings->count > 0)
        orch__doctor_say(doctor, ORCH__PROBLEM, repair, "%s, %" PRIu64 " finding%s: %s", what,
                         findings->count, findings->count == 1 ? "" : "s", text);
}

static bool is_sound(const orch_sqlite_report *report)
{
    return report->damage.count == 0 && report->orphans.count == 0;
}

static int look(orch__doctor *doctor, orch_sqlite_report *report, char *out_message, size_t size)
{
    orch_sqlite_depth depth = doctor->full ? ORCH_SQLITE_FULL : ORCH_SQLITE_QUICK;
    orch__progress progress;
    int error;

    orch__progress_begin(&progress, "checking the database");
    error = orch_sqlite_check(doctor->directory.database, depth, orch__progress_step, &progress, report,
                              out_message, size);
    orch__progress_end(&progress);
    return error;
}

/* False: damaged or not readable. */
static bool check_pages(orch__doctor *doctor)
{
    bool had_log = orch_sqlite_has_log(doctor->directory.database);
    orch_sqlite_report report;
    char message[512];
    int error = look(doctor, &report, message, sizeof(message));

    /* A server began to write while the file was looked at as one that nobody writes: that looks like damage. */
    if (!had_log && orch_sqlite_has_log(doctor->directory.database) && (error || !is_sound(&report)))
        error = look(doctor, &report, message, sizeof(message));
    if (error) {
        orch__doctor_say(doctor, ORCH__PROBLEM,
                         error == ORCH_E_CORRUPT ? repair : "see the checks of permissions and disk",
                         "it cannot be read: %s", message);
        return false;
    }
    say_findings(doctor, "damaged", &report.damage);
    say_findings(doctor, "rows that point at nothing", &report.orphans);
    if (is_sound(&report))
        orch__doctor_say(doctor, ORCH__WELL, NULL,
                         "intact (%s check of %.1f MB, %.0f %% of it free for reuse)",
                         doctor->full ? "full" : "quick", (double)(report.pages * report.page_size) / 1e6,
                         report.pages ? 100.0 * (double)report.pages_free / (double)report.pages : 0);
    return report.damage.count == 0;
}

static void check_log(orch__doctor *doctor)
{
    char log[ORCH_PATH_MAX + 8];
    struct stat there;

    snprintf(log, sizeof(log), "%s-wal", doctor->directory.database);
    if (stat(log, &there) == 0 && there.st_size > LOG_LARGE)
        orch__doctor_say(doctor, ORCH__WARNING,
                         "a backup or another program that reads for long keeps it from shrinking: end it",
                         "the log beside the database has grown to %.0f MB", (double)there.st_size / 1e6);
}

static void check_schema(orch__doctor *doctor)
{
    const orch_survey *survey = &doctor->survey;

    if (survey->schema > survey->schema_known)
        orch__doctor_say(doctor, ORCH__PROBLEM, "use the orchd that wrote it, or a newer one",
                         "it has migration %lld, this program knows them up to %lld",
                         (long long)survey->schema, (long long)survey->schema_known);
    else if (survey->schema < survey->schema_known)
        orch__doctor_say(
            doctor, ORCH__WARNING, "make a backup; the next start of the server brings it up to date",
            "it has migration %lld of %lld", (long long)survey->schema, (long long)survey->schema_known);
    else
        orch__doctor_say(doctor, ORCH__WELL, NULL, "migration %lld, %lld users, %lld orchestrators",
                         (long long)survey->schema, (long long)survey->users,
                         (long long)survey->orchestrators);
}

static void check_turns(orch__doctor *doctor)
{
    const orch_survey *survey = &doctor->survey;
    int64_t age_ms = survey->turn_oldest_ms ? now_ms() - survey->turn_oldest_ms : 0;
    bool old = doctor->served && age_ms > TURN_OLD_MS;

    if (survey->turns_unfinished == 0)
        return;
    orch__doctor_say(doctor, old ? ORCH__WARNING : ORCH__WELL,
                     old ? "orchd status shows whose daemon is off or in error" : NULL,
                     "%lld message%s no answer yet, the oldest for %lld min%s",
                     (long long)survey->turns_unfinished, survey->turns_unfinished == 1 ? " has" : "s have",
                     (long long)age_ms / 60000, doctor->used ? "" : "; the next start of the server answers");
}

void orch__doctor_database(orch__doctor *doctor)
{
    char message[512];
    int error;

    if (access(doctor->directory.database, F_OK)) {
        if (errno == ENOENT)
            orch__doctor_say(doctor, ORCH__PROBLEM, "make a workspace: orchd init; or: orchd restore BACKUP",
                             "there is no %s", doctor->directory.database);
        else
            orch__doctor_say(doctor, ORCH__PROBLEM, "see the check of permissions", "%s: %s",
                             doctor->directory.database, strerror(errno));
        return;
    }
    if (!check_pages(doctor))
        return;
    check_log(doctor);
    error = orch_workspace_survey(doctor->directory.database, &doctor->survey, message, sizeof(message));
    if (error) {
        orch__doctor_say(doctor, ORCH__PROBLEM, "name the data directory of an orchd with --data", "%s",
                         message);
        return;
    }
    doctor->surveyed = true;
    check_schema(doctor);
    check_turns(doctor);
}
