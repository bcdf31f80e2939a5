/* Does the clock tell the time, and does it go as it should? */
#include <stdio.h>
#include <string.h>
#include <sys/timex.h>

#include "doctor.h"

#define PROGRAM_YEAR 2025 /* no clock of a machine that runs this shows less */
#define BEHIND_MS    2000
#define JUMP_MS      500.0

static double since(clockid_t clock, const struct timespec *begin)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)(now.tv_sec - begin->tv_sec) * 1e3 + (double)(now.tv_nsec - begin->tv_nsec) / 1e6;
}

static void check_time(orch__doctor *doctor)
{
    struct timex kernel = {0};
    struct timespec now;
    struct tm utc;
    char text[64];

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &utc);
    int64_t behind_ms =
        doctor->survey.message_newest_ms - ((int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);

    if (utc.tm_year + 1900 < PROGRAM_YEAR)
        orch__doctor_say(doctor, ORCH__PROBLEM, "set it, and let it be kept right (NTP)", "the clock says %s",
                         text);
    else if (doctor->surveyed && behind_ms > BEHIND_MS)
        orch__doctor_say(doctor, ORCH__PROBLEM, "set it right (NTP) before the server starts",
                         "the clock says %s: it is %.0f s behind the newest stored message", text,
                         (double)behind_ms / 1000);
    else
        orch__doctor_say(doctor, ORCH__WELL, NULL, "%s%s", text,
                         adjtimex(&kernel) != -1 && !(kernel.status & STA_UNSYNC) ? ", synchronized" : "");
}

/* Over the time that the checks took. */
static void check_pace(orch__doctor *doctor)
{
    double steady_ms = since(CLOCK_MONOTONIC, &doctor->steady_begin);
    double jump_ms = since(CLOCK_REALTIME, &doctor->wall_begin) - steady_ms;

    if (jump_ms > JUMP_MS || jump_ms < -JUMP_MS)
        orch__doctor_say(doctor, ORCH__WARNING, "something sets it while programs run: look at NTP's log",
                         "the clock jumped by %.1f s within %.1f s", jump_ms / 1000, steady_ms / 1000);
}

static void check_zones(orch__doctor *doctor)
{
    static const char path[] =
        "/usr/share/zoneinfo/Europe/Berlin"; /* where the runtime reads them, one of them */
    char magic[4] = "";
    FILE *file = fopen(path, "re");

    if (!file || fread(magic, 1, sizeof(magic), file) != sizeof(magic) || memcmp(magic, "TZif", 4) != 0)
        orch__doctor_say(doctor, ORCH__PROBLEM, "install the time zones: apt-get install tzdata",
                         "there is no time zone data (%s): work hours cannot be kept", path);
    if (file)
        fclose(file);
}

void orch__doctor_clock(orch__doctor *doctor)
{
    check_time(doctor);
    check_pace(doctor);
    check_zones(doctor);
}
