#include "trace.h"

#include <stdarg.h>
#include <stdio.h>

static void print_event(const sim_line_event *event)
{
    printf("> %s", orch_event_kind_name(event->kind));
    if (event->daemon)
        printf(" d%u", event->daemon);
    if (event->turn) /* as orch_effect_describe() writes it */
        printf(" t%u", (unsigned)event->turn);
    if (event->turn >> 32 > 1)
        printf(".%u", (unsigned)(event->turn >> 32));
    if (event->message)
        printf(" m%llu", (unsigned long long)event->message);
    if (event->error)
        printf(" %s", orch_error_name(event->error));
    if (event->result)
        printf(" = %s", orch_error_name(event->result));
    putchar('\n');
}

static void print(const sim_line *line)
{
    char text[SIM_TRACE_LINE_MAX];

    printf("[%8lld.%03d] ", (long long)(line->now_ms / 1000), (int)(line->now_ms % 1000));
    switch (line->kind) {
    case SIM_LINE_WORDS:
        puts(line->words);
        break;
    case SIM_LINE_EVENT:
        print_event(&line->event);
        break;
    default:
        orch_effect_describe(&line->effect, text, sizeof text);
        printf("    %s\n", text);
        break;
    }
}

static sim_line *next_line(sim_trace *trace, sim_line_kind kind, int64_t now_ms)
{
    sim_line *line = &trace->lines[trace->count++ % SIM_TRACE_LINES];

    line->kind = kind;
    line->now_ms = now_ms;
    return line;
}

static void finish(const sim_trace *trace, const sim_line *line)
{
    if (trace->verbose)
        print(line);
}

void sim_say(sim_trace *trace, int64_t now_ms, const char *format, ...)
{
    sim_line *line = next_line(trace, SIM_LINE_WORDS, now_ms);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(line->words, sizeof line->words, format, arguments);
    va_end(arguments);
    finish(trace, line);
}

void sim_say_event(sim_trace *trace, int64_t now_ms, const orch_event *event, int32_t result)
{
    sim_line *line = next_line(trace, SIM_LINE_EVENT, now_ms);

    line->event = (sim_line_event){.kind = event->kind,
                                   .daemon = event->daemon.v,
                                   .turn = event->turn.v,
                                   .error = event->error,
                                   .result = result};
    if (event->kind == ORCH_EV_MESSAGE) {
        line->event.daemon = event->message.daemon.v;
        line->event.message = event->message.message.v;
    }
    finish(trace, line);
}

void sim_say_effect(sim_trace *trace, int64_t now_ms, const orch_effect *effect)
{
    sim_line *line = next_line(trace, SIM_LINE_EFFECT, now_ms);

    line->effect = *effect;
    finish(trace, line);
}

void sim_trace_tail(const sim_trace *trace)
{
    uint64_t first = trace->count > SIM_TRACE_LINES ? trace->count - SIM_TRACE_LINES : 0;

    for (uint64_t i = first; i < trace->count; i++)
        print(&trace->lines[i % SIM_TRACE_LINES]);
}
