/* The lines of a scenario.
 *
 *     # a comment
 *     config queue_max=2 restart_base_ms=500          limits that differ from the defaults; before all else
 *     [1000] register d1 name="Ann Lee" user=100      an event at a time; see docs in script.c
 *     [1000] message d1 m7 channel=3 = busy           "= name": the result is this error, not success
 *         emit message:error d1 m7 busy               indented: the effects, as orch_effect_describe words them
 *     [9000] run                                      tick at every deadline up to this time;
 *         4000: heartbeat d1                          effects of a run are preceded by their time
 *     [9000] health d1                                a question; the answer stands below like an effect
 */
#ifndef ORCHD_SCRIPT_H
#define ORCHD_SCRIPT_H

#include "orchd/core.h"

#define SCRIPT_TEXT_MAX     512
#define SCRIPT_TEXTS_MAX    24
#define SCRIPT_MENTIONS_MAX 8

typedef enum script_kind {
    SCRIPT_EVENT,
    SCRIPT_RUN,
    SCRIPT_HEALTH, /* of event.daemon */
    SCRIPT_ROUTE,  /* incoming */
} script_kind;

/* A parsed line; what it points to lies in itself. */
typedef struct script_line {
    script_kind kind;
    int64_t now_ms;
    orch_event event;
    int expected; /* the result, 0 or an error */
    orch_incoming incoming;

    orch_daemon_spec spec;
    orch_hours hours;
    orch_core_config configure;
    orch_str keywords[ORCH_NAMES_MAX];
    orch_daemon_id mentions[SCRIPT_MENTIONS_MAX];
    orch_daemon_id members[SCRIPT_MENTIONS_MAX];
    char texts[SCRIPT_TEXTS_MAX][SCRIPT_TEXT_MAX];
    size_t texts_count;
} script_line;

/* "config …". Returns NULL, or what is wrong. */
const char *script_parse_config(const char *text, orch_core_config *config);

/* "[time] …". `configured` is the present configuration, on which a configure event builds. Returns NULL, or what is
 * wrong. */
const char *script_parse_line(const char *text, const orch_core_config *configured, script_line *out_line);

#endif
