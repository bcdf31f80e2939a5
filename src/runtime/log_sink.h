/* Where the log's lines go: standard error, or a file that can be opened again under its name. */
#ifndef ORCHD_LOG_SINK_H
#define ORCHD_LOG_SINK_H

#include <stdbool.h>
#include <stddef.h>

/* What is written to. */
int orch__log_fd(void);
/* One line with its end. False: it was not written, or not as a whole. Any thread. */
bool orch__log_write(const char *line, size_t len);

#endif
