#include "fault_log.h"

#include <inttypes.h>
#include <stdio.h>

#include "log.h"
#include "orchd/error.h"

#define PAUSE_MS 60000 /* between two lines about one fault */

typedef struct meaning {
    const char *name;
    const char *advice;
    const char *over;
} meaning;

static const meaning meanings[ORCH_FAULTS_COUNT] = {
    [ORCH_FAULT_DATABASE_WRITE] =
        {"database-write",
         "Nothing can be stored: messages are refused, replies are kept and stored later. Make room, or mend "
         "the disk; orchd goes on by itself. `orchd doctor` looks closer",
         "The database can be written again"},
    [ORCH_FAULT_DATABASE_READ] = {"database-read",
                                  "The database cannot be read: look at the disk (dmesg) and at `orchd "
                                  "doctor`; orchd goes on by itself",
                                  "The database can be read again"},
    [ORCH_FAULT_DATABASE_ANSWER] = {"database-answer",
                                    "The database does not answer: messages are refused until it does. Look "
                                    "at the disk, and for a program "
                                    "that locks the database file",
                                    "The database answers again"},
    [ORCH_FAULT_DATABASE_DAMAGE] = {"database-damage",
                                    "The database file is damaged: stop orchd, keep a copy of the data "
                                    "directory, see `orchd doctor`, and "
                                    "bring back a backup with `orchd restore`",
                                    "The database file is whole again"},
    [ORCH_FAULT_DISK_SPACE] =
        {"disk-space",
         "The disk of the data directory is nearly full: make room before nothing can be "
         "stored any more",
         "There is room on the disk again"},
    [ORCH_FAULT_DESCRIPTORS] = {"descriptors",
                                "The process may open no more files: new connections wait, calls of models "
                                "are tried again. Raise its "
                                "limit (LimitNOFILE=, ulimit -n)",
                                "Connections are accepted again"},
    [ORCH_FAULT_MEMORY] =
        {"memory",
         "Memory was refused: the requests concerned were answered with no_memory, the others "
         "go on. Give the process more memory (MemoryMax=, ulimit -v)",
         "Memory is no longer refused"},
    [ORCH_FAULT_MODELS] = {"models",
                           "A language model does not answer: turns are tried again, then fail visibly. See "
                           "its address, its key "
                           "and the way to it; `orchd doctor` tries it",
                           "A language model answers again"},
    [ORCH_FAULT_CLOCK] =
        {"clock",
         "The clock of the machine was set, or the process was stopped: nothing is late because "
         "of it",
         "The clock is steady"},
};

const char *orch_fault_name(orch_fault_kind kind)
{
    return meanings[kind].name;
}

const char *orch_fault_advice(orch_fault_kind kind)
{
    return meanings[kind].advice;
}

bool orch_fault_is_open(const orch_fault_log *log, orch_fault_kind kind)
{
    return log->faults[kind].open;
}

/* "fault.database-write", with the code, the detail, and how often and how long. */
static void tell(orch_fault *fault, orch_fault_kind kind, orch_log_level level, const char *message,
                 int64_t now_ms)
{
    char event[48], count[24], seconds[24];
    bool over = level == ORCH_LOG_INFO;
    orch_log_field fields[] = {{"code", orch_error_name(fault->error)},
                               {"detail", over ? NULL : fault->words},
                               {"times", fault->count > 1 || over ? count : NULL},
                               {"seconds", fault->count > 1 || over ? seconds : NULL}};

    snprintf(event, sizeof event, "fault.%s%s", meanings[kind].name, over ? ".over" : "");
    snprintf(count, sizeof count, "%" PRIu64, fault->count);
    snprintf(seconds, sizeof seconds, "%.1f", (double)(now_ms - fault->since_ms) / 1000);
    orch_log(level, event, message, fields, sizeof fields / sizeof fields[0]);
    fault->told_ms = now_ms;
}

void orch_fault_begin(orch_fault_log *log, orch_fault_kind kind, int error, const char *words, int64_t now_ms)
{
    orch_fault *fault = &log->faults[kind];

    if (!fault->open) {
        fault->open = true;
        fault->told = false;
        fault->since_ms = now_ms;
        fault->count = 0;
    }
    fault->error = error;
    fault->last_ms = now_ms;
    fault->count++;
    fault->total++;
    snprintf(fault->words, sizeof fault->words, "%s", words);
    if (fault->told_ms && now_ms - fault->told_ms < PAUSE_MS)
        return;
    fault->told = true;
    tell(fault, kind, ORCH_LOG_WARN, meanings[kind].advice, now_ms);
}

void orch_fault_end(orch_fault_log *log, orch_fault_kind kind, int64_t now_ms)
{
    orch_fault *fault = &log->faults[kind];

    if (!fault->open)
        return;
    fault->open = false;
    if (fault->told)
        tell(fault, kind, ORCH_LOG_INFO, meanings[kind].over, now_ms);
}

void orch_fault_expire(orch_fault_log *log, orch_fault_kind kind, int64_t quiet_ms, int64_t now_ms)
{
    if (now_ms - log->faults[kind].last_ms >= quiet_ms)
        orch_fault_end(log, kind, now_ms);
}
