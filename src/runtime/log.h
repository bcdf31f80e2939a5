/* Structured logging to standard error or to a file: text on a terminal, one JSON object a line otherwise. Never holds secrets
 * or the text of messages. Any thread; a line is written by one call.
 *
 * A log that cannot be written stops nobody: a line that a full disk refuses, or that a reader who is asleep leaves no room
 * for, is dropped, and how many were dropped is told by the next line that gets through.
 */
#ifndef ORCHD_LOG_H
#define ORCHD_LOG_H

#include <stdbool.h>

typedef enum orch_log_level { ORCH_LOG_DEBUG, ORCH_LOG_INFO, ORCH_LOG_WARN, ORCH_LOG_ERROR } orch_log_level;
typedef enum orch_log_format { ORCH_LOG_AUTO, ORCH_LOG_TEXT, ORCH_LOG_JSON } orch_log_format;

void orch_log_configure(orch_log_level least, orch_log_format format);
/* "debug", "info", "warn" or "error". */
bool orch_log_level_read(const char *name, orch_log_level *out_level);

/* From now on to this file (made with mode 0600, appended to) instead of standard error. A negative orch_error with errno;
 * the log then goes where it went before. `path` is copied. */
int orch_log_open(const char *path);
/* Opens the file of orch_log_open again by its name: for log rotation. No line is lost. 0 also where there is none. */
int orch_log_reopen(void);
/* The file's path, or NULL. */
const char *orch_log_path(void);

typedef struct orch_log_field {
    const char *key;
    const char *value; /* NULL: left out */
} orch_log_field;

/* `event` is a stable dotted name, `message` a sentence for a person. */
void orch_log(orch_log_level level, const char *event, const char *message, const orch_log_field *fields,
              unsigned fields_count);

#endif
