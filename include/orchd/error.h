/* Every error that a function of orchd can return: 0 is success, errors are negative.
 *
 * One list holds code, name and text. The name is what travels over the wire (`error.code`), the text
 * is the fallback for a person; wherever a value is known, the caller words a better sentence.
 */
#ifndef ORCHD_ERROR_H
#define ORCHD_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

#define ORCH_ERRORS(X)                                                                                       \
    X(INVALID, -1, "invalid", "a value is not allowed")                                                      \
    X(NO_MEMORY, -2, "no_memory", "out of memory")                                                           \
    X(FULL, -3, "full", "a table has reached its limit")                                                     \
    X(BUSY, -4, "busy", "the orchestrator's queue is full")                                                  \
    X(NOT_FOUND, -5, "not_found", "there is no such thing")                                                  \
    X(EXISTS, -6, "exists", "it exists already")                                                             \
    X(STATE, -7, "wrong_state", "not possible in the present state")                                         \
    X(ALREADY_RUNNING, -8, "already_running", "Daemon is already running")                                   \
    X(NOT_RUNNING, -9, "not_running", "Daemon not running")                                                  \
    X(MAX_RESTARTS, -10, "max_restarts", "Max restart attempts reached")                                     \
    X(HEARTBEAT, -11, "heartbeat_missed", "the daemon missed 3 heartbeats")                                  \
    X(DEADLINE, -12, "deadline", "the turn passed its deadline")                                             \
    X(CANCELLED, -13, "cancelled", "cancelled")                                                              \
    X(TIMEOUT, -14, "timeout", "no answer in time")                                                          \
    X(RATE_LIMITED, -15, "rate_limited", "too many requests")                                                \
    X(OVERLOADED, -16, "overloaded", "the model is overloaded")                                              \
    X(CONNECTION, -17, "connection", "the connection failed or was cut")                                     \
    X(PROTOCOL, -18, "protocol", "the other side broke the protocol")                                        \
    X(MODEL, -19, "model_error", "the model refused the request")                                            \
    X(REFUSED, -20, "refused", "the model refused to answer")                                                \
    X(UNAUTHORIZED, -21, "unauthorized", "not logged in")                                                    \
    X(FORBIDDEN, -22, "forbidden", "not allowed")                                                            \
    X(CONFLICT, -23, "conflict", "somebody else was faster")                                                 \
    X(TOO_LARGE, -24, "too_large", "larger than allowed")                                                    \
    X(IO, -25, "io", "input or output failed")                                                               \
    X(DISK_FULL, -26, "disk_full", "the disk is full")                                                       \
    X(CORRUPT, -27, "corrupt", "the stored data is damaged")                                                 \
    X(LOCKED, -28, "locked", "another process uses it")                                                      \
    X(CLOSED, -29, "closed", "it is closed")                                                                 \
    X(UNSUPPORTED, -30, "unsupported", "not supported")                                                      \
    X(INTERNAL, -31, "internal", "an error inside orchd")                                                    \
    X(STOPPED, -32, "stopped", "the answer was stopped")

typedef enum orch_error {
    ORCH_OK = 0,
#define ORCH_ERROR_ENUM(id, code, name, text) ORCH_E_##id = (code),
    ORCH_ERRORS(ORCH_ERROR_ENUM)
#undef ORCH_ERROR_ENUM
} orch_error;

/* Static texts; "ok" and "unknown" for what is not in the list. Any thread. */
const char *orch_error_name(int error);
const char *orch_error_text(int error);

#ifdef __cplusplus
}
#endif

#endif
