#include "log.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "log_sink.h"

#define LINE_MAX_BYTES 4096 /* a longer line is cut; a pipe takes as much at once (PIPE_BUF) */
#define VALUE_ROOM     256  /* kept free: a value that comes nearer to the end is cut, a field left out */

static _Atomic int least_level = ORCH_LOG_INFO;
static _Atomic int chosen_format = ORCH_LOG_AUTO;

static _Atomic uint_fast64_t dropped; /* lines, since the last one that got through */

static const char *const level_names[] = {"debug", "info", "warn", "error"};
static const char *const level_colours[] = {"\033[2m", "\033[32m", "\033[33m", "\033[31m"};
/* What the journal of systemd reads from the beginning of a line (sd-daemon(3)). */
static const char *const level_marks[] = {"<7>", "<6>", "<4>", "<3>"};

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

static bool has_colours(int fd)
{
    const char *no = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    return isatty(fd) && !(no && *no) && term && *term && strcmp(term, "dumb") != 0;
}

static void as_text(line *out, orch_log_level level, const char *event, const char *message,
                    const orch_log_field *fields, unsigned fields_count)
{
    bool colours = has_colours(orch__log_fd());

    put(out, colours ? "\033[2m" : "");
    put_time(out, false);
    put(out, colours ? "\033[0m " : " ");
    put(out, colours ? level_colours[level] : "");
    put(out, level_names[level]);
    put(out, colours ? "\033[0m " : " ");
    put_plain(out, event);
    put(out, ": ");
    put_plain(out, message);
    put(out, colours ? "\033[2m" : "");
    for (unsigned i = 0; i < fields_count; i++) {
        if (!fields[i].value || out->len > LINE_MAX_BYTES - VALUE_ROOM)
            continue;
        put_char(out, ' ');
        put_plain(out, fields[i].key);
        put_char(out, '=');
        put_plain(out, fields[i].value);
    }
    if (out->len > LINE_MAX_BYTES - VALUE_ROOM)
        out->len = LINE_MAX_BYTES - VALUE_ROOM; /* the end of the colours must fit */
    put(out, colours ? "\033[0m" : "");
}

void orch_log_configure(orch_log_level least, orch_log_format format)
{
    atomic_store(&least_level, (int)least);
    atomic_store(&chosen_format, (int)format);
}

bool orch_log_level_read(const char *name, orch_log_level *out_level)
{
    for (int level = ORCH_LOG_DEBUG; level <= ORCH_LOG_ERROR; level++)
        if (strcmp(level_names[level], name) == 0) {
            *out_level = (orch_log_level)level;
            return true;
        }
    return false;
}

/* Standard error is the journal's: JOURNAL_STREAM names it by device and inode (systemd.exec(5)). */
static bool is_journal(int fd)
{
    const char *stream = getenv("JOURNAL_STREAM");
    unsigned long long device, inode;
    struct stat file;

    return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 && fstat(fd, &file) == 0 &&
           file.st_dev == device && file.st_ino == inode;
}

static bool write_line(orch_log_level level, const char *event, const char *message,
                       const orch_log_field *fields, unsigned fields_count)
{
    int format = atomic_load(&chosen_format);
    int fd = orch__log_fd();
    line out = {.len = 0};

    if (format == ORCH_LOG_AUTO)
        format = isatty(fd) ? ORCH_LOG_TEXT : ORCH_LOG_JSON;
    if (is_journal(fd))
        put(&out, level_marks[level]);
    if (format == ORCH_LOG_JSON)
        as_json(&out, level, event, message, fields, fields_count);
    else
        as_text(&out, level, event, message, fields, fields_count);
    out.bytes[out.len++] = '\n';
    return orch__log_write(out.bytes, out.len);
}

/* Tells what was dropped before; true when there is nothing (any more) to tell. */
static bool tell_dropped(void)
{
    uint_fast64_t lost = atomic_exchange(&dropped, 0);
    char number[24];
    orch_log_field field = {"count", number};

    if (lost == 0)
        return true;
    snprintf(number, sizeof number, "%llu", (unsigned long long)lost);
    if (write_line(ORCH_LOG_WARN, "log.dropped", "Lines of the log could not be written", &field, 1))
        return true;
    atomic_fetch_add(&dropped, lost);
    return false;
}

void orch_log(orch_log_level level, const char *event, const char *message, const orch_log_field *fields,
              unsigned fields_count)
{
    if ((int)level < atomic_load(&least_level))
        return;
    if (!tell_dropped() || !write_line(level, event, message, fields, fields_count))
        atomic_fetch_add(&dropped, 1);
}
