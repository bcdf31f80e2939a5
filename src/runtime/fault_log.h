/* Faults of the world that last a while: a full disk, a model that cannot be reached. Each is logged once when it begins (with
 * what to do), at most once a minute while it lasts (with how often it struck), and once when it is over. One that comes
 * and goes within a minute is not told again. Counted for /metrics and shown by /readyz.
 *
 *     quiet ── begin ──▶ open ── begin: counted ──▶ open ── end ──▶ quiet
 */
#ifndef ORCHD_FAULT_LOG_H
#define ORCHD_FAULT_LOG_H

#include "orchd/types.h"

typedef enum orch_fault_kind {
    ORCH_FAULT_DATABASE_WRITE,
    ORCH_FAULT_DATABASE_READ,
    ORCH_FAULT_DATABASE_ANSWER, /* it has not answered for seconds */
    ORCH_FAULT_DATABASE_DAMAGE, /* open until the next start */
    ORCH_FAULT_DISK_SPACE,
    ORCH_FAULT_DESCRIPTORS,
    ORCH_FAULT_MEMORY,
    ORCH_FAULT_MODELS,
    ORCH_FAULT_CLOCK, /* never open: a jump is over when it is seen */
    ORCH_FAULTS_COUNT
} orch_fault_kind;

typedef struct orch_fault {
    bool open;
    bool told;        /* its begin was logged */
    int error;        /* of the newest strike; an orch_error */
    int64_t since_ms; /* of the monotonic clock, as the next two */
    int64_t last_ms;  /* the newest strike */
    int64_t told_ms;  /* when something of it was logged; 0: never */
    uint64_t count;   /* strikes since it began */
    uint64_t total;   /* strikes since the start of the process */
    char words[256];  /* of the newest strike */
} orch_fault;

typedef struct orch_fault_log {
    orch_fault faults[ORCH_FAULTS_COUNT];
} orch_fault_log;

/* "database-write": the name in /readyz, in /metrics and, after "fault.", of the events in the log. */
const char *orch_fault_name(orch_fault_kind kind);
/* What it means and what to do, a sentence for a person. */
const char *orch_fault_advice(orch_fault_kind kind);

/* It struck. `now_ms` is of a monotonic clock. */
void orch_fault_begin(orch_fault_log *log, orch_fault_kind kind, int error, const char *words,
                      int64_t now_ms);
/* It is over, if it was open. */
void orch_fault_end(orch_fault_log *log, orch_fault_kind kind, int64_t now_ms);
/* It is over if it has not struck for `quiet_ms`: for what has no sign of its end. */
void orch_fault_expire(orch_fault_log *log, orch_fault_kind kind, int64_t quiet_ms, int64_t now_ms);
bool orch_fault_is_open(const orch_fault_log *log, orch_fault_kind kind);

#endif
