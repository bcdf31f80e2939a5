#include "log.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 4096 /* a longer line is cut */
#define VALUE_ROOM     256  /* kept free: a value that comes nearer to the end is cut, a field left out */

static _Atomic int least_level = ORCH_LOG_INFO;
static _Atomic int chosen_format = ORCH_LOG_AUTO;

static const char *const level_names[] = {"debug", "info", "warn", "error"};

typedef struct line {
    char bytes[LINE_MAX_BYTES];
    size_t len; /* at most LINE_MAX_BYTES - 4: room for the end of the line */
} line;

static void put_char(line *out, char c)
{
    if (out->len < LINE_MAX_BYTES - 4)
        out->bytes[out->len++] = c;
}

static void put(line *out, const char *text)
{
    while (*text)
        put_char(out, *text++);
}

/* As a JSON string, cut between two characters where the line is full, so that it stays valid. */
static void put_json(line *out, const char *text)
{
    char escaped[8];

    put_char(out, '"');
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (out->len > LINE_MAX_BYTES - VALUE_ROOM && (c & 0xc0) != 0x80)
            break;
        if (c == '"' || c == '\\') {
            put_char(out, '\\');
            put_char(out, (char)c);
        } else if (c < 0x20) {
            snprintf(escaped, sizeof escaped, "\\u%04x", c);
            put(out, escaped);
        } else {
            put_char(out, (char)c);
        }
    }
    put_char(out, '"');
}

/* Control characters would let a value forge further lines or steer the terminal. */
static void put_plain(line *out, const char *text)
{
    for (; *text; text++)
        put_char(out, (unsigned char)*text < 0x20 || *text == 0x7f ? ' ' : *text);
}

static void put_time(line *out, bool date)
{
    struct timespec now;
    struct tm utc;
    char text[64];
    size_t len;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    len = strftime(text, sizeof text, date ? "%Y-%m-%dT%H:%M:%S" : "%H:%M:%S", &utc);
    snprintf(text + len, sizeof text - len, ".%03ldZ", now.tv_nsec / 1000000);
    put(out, text);
}

static void as_json(line *out, orch_log_level level, const char *event, const char *message,
                    const orch_log_field *fields, unsigned fields_count)
{
    put(out, "{\"time\":\"");
    put_time(out, true);
    put(out, "\",\"level\":\"");
    put(out, level_names[level]);
    put(out, "\",\"event\":");
    put_json(out, event);
    put(out, ",\"message\":");
    put_json(out, message);
    for (unsigned i = 0; i < fields_count; i++) {
        if (!fields[i].value || out->len > LINE_MAX_BYTES - VALUE_ROOM)
            continue;
        put_char(out, ',');
        put_json(out, fields[i].key);
        put_char(out, ':');
        put_json(out, fields[i].value);
    }
    put_char(out, '}');
}

static void as_text(line *out, orch_log_level level, const char *event, const char *message,
                    const orch_log_field *fields, unsigned fields_count)
{
    put_time(out, false);
    put_char(out, ' ');
    put(out, level_names[level]);
    put_char(out, ' ');
    put_plain(out, event);
    put(out, ": ");
    put_plain(out, message);
    for (unsigned i = 0; i < fields_count; i++) {
        if (!fields[i].value)
            continue;
        put_char(out, ' ');
        put_plain(out, fields[i].key);
        put_char(out, '=');
        put_plain(out, fields[i].value);
    }
}

void orch_log_configure(orch_log_level least, orch_log_format format)
{
    atomic_store(&least_level, (int)least);
    atomic_store(&chosen_format, (int)format);
}

void orch_log(orch_log_level level, const char *event, const char *message, const orch_log_field *fields,
              unsigned fields_count)
{
    int format = atomic_load(&chosen_format);
    line out = {.len = 0};

    if ((int)level < atomic_load(&least_level))
        return;
    if (format == ORCH_LOG_AUTO)
        format = isatty(STDERR_FILENO) ? ORCH_LOG_TEXT : ORCH_LOG_JSON;
    if (format == ORCH_LOG_JSON)
        as_json(&out, level, event, message, fields, fields_count);
    else
        as_text(&out, level, event, message, fields, fields_count);
    out.bytes[out.len++] = '\n';
    while (write(STDERR_FILENO, out.bytes, out.len) < 0 && errno == EINTR)
        ;
}
