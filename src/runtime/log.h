/* Structured logging to standard error: text on a terminal, one JSON object a line otherwise. Never holds secrets or the text
 * of messages. Any thread; a line is written by one call.
 *
 */
#ifndef ORCHD_LOG_H
#define ORCHD_LOG_H

typedef enum orch_log_level { ORCH_LOG_DEBUG, ORCH_LOG_INFO, ORCH_LOG_WARN, ORCH_LOG_ERROR } orch_log_level;
typedef enum orch_log_format { ORCH_LOG_AUTO, ORCH_LOG_TEXT, ORCH_LOG_JSON } orch_log_format;

void orch_log_configure(orch_log_level least, orch_log_format format);

typedef struct orch_log_field {
    const char *key;
    const char *value; /* NULL: left out */
} orch_log_field;

/* `event` is a stable dotted name, `message` a sentence for a person. */
void orch_log(orch_log_level level, const char *event, const char *message, const orch_log_field *fields,
              unsigned fields_count);

#endif
