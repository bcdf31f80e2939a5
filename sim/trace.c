#include "trace.h"

#include <stdarg.h>
#include <stdio.h>

void sim_say(sim_trace *trace, int64_t now_ms, const char *format, ...)
{
    char *line = trace->lines[trace->count++ % SIM_TRACE_LINES];
    int head = snprintf(line, SIM_TRACE_LINE_MAX, "[%8lld.%03d] ", (long long)(now_ms / 1000),
                        (int)(now_ms % 1000));
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(line + head, SIM_TRACE_LINE_MAX - (size_t)head, format, arguments);
    va_end(arguments);
    if (trace->verbose)
        puts(line);
}

void sim_trace_tail(const sim_trace *trace)
{
    uint64_t first = trace->count > SIM_TRACE_LINES ? trace->count - SIM_TRACE_LINES : 0;

    for (uint64_t i = first; i < trace->count; i++)
        puts(trace->lines[i % SIM_TRACE_LINES]);
}
