/* The configuration from the environment (ORCHESTRATOR_MODE, DAEMON_…): one table, one parser, for the server, for C
 * programs and for JavaScript.
 */
#ifndef ORCHD_ENVIRONMENT_H
#define ORCHD_ENVIRONMENT_H

#include "orchd/error.h"
#include "orchd/types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct orch_environment {
    bool orchestrator_mode;
    bool auto_start;
    uint32_t heartbeat_interval_ms;
    uint32_t health_check_interval_ms;
    bool auto_restart;
    uint32_t restarts_max;
    bool verbose;
    uint32_t conversations_running_max;
} orch_environment;

typedef enum orch_variable_kind { ORCH_VARIABLE_BOOLEAN, ORCH_VARIABLE_INTEGER } orch_variable_kind;

typedef struct orch_variable {
    const char *name; /* unprefixed; each is also read as NEXT_PUBLIC_… */
    orch_variable_kind kind;
    uint32_t fallback; /* booleans: 0 or 1 */
    uint32_t min;
    uint32_t max;
    size_t offset;     /* of the field in orch_environment */
    const char *unit;  /* "ms" or "" */
    const char *about; /* one line for --help and the documentation */
} orch_variable;

#define ORCH_VARIABLES_COUNT 8
extern const orch_variable orch_variables[ORCH_VARIABLES_COUNT];

void orch_environment_init(orch_environment *environment);

/* Sets variable `index` from `value` (an empty one means the default). ORCH_E_INVALID: `out_message` is then a
 * terminated sentence that names `name` as the caller read it, the value and what is allowed. */
ORCH_MUST_USE int orch_environment_set(orch_environment *environment, size_t index, orch_str name,
                                       orch_str value, char *out_message, size_t message_size);

/* Reads all of them. `lookup` returns the value or NULL; the unprefixed name wins when both are set. */
ORCH_MUST_USE int orch_environment_read(orch_environment *environment,
                                        const char *(*lookup)(const char *name, void *user), void *user,
                                        char *out_message, size_t message_size);

#ifdef __cplusplus
}
#endif

#endif
