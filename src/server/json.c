#include "json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "json_text.h"

#define CAPACITY_FIRST 512
#define CAPACITY_KEPT  (256 * 1024)

void orch__writer_fini(orch__writer *json)
{
    free(json->ptr);
    *json = (orch__writer){0};
}

void orch__writer_reset(orch__writer *json)
{
    if (json->capacity > CAPACITY_KEPT)
        orch__writer_fini(json);
    json->len = 0;
    json->comma = false;
    json->failed = false;
}

bool orch__writer_failed(const orch__writer *json)
{
    return json->failed;
}

/* ---- the buffer ---- */

static bool reserve(orch__writer *json, size_t more)
{
    size_t capacity = json->capacity ? json->capacity : CAPACITY_FIRST;
    char *ptr;

    if (json->failed)
        return false;
    if (json->capacity - json->len >= more)
        return true;
    while (capacity - json->len < more)
        capacity *= 2;
    ptr = realloc(json->ptr, capacity);
    if (!ptr) {
        json->failed = true;
        return false;
    }
    json->ptr = ptr;
    json->capacity = capacity;
    return true;
}

void orch__writer_bytes(orch__writer *json, const char *bytes, size_t size)
{
    if (!size || !reserve(json, size))
        return;
    memcpy(json->ptr + json->len, bytes, size);
    json->len += size;
}

/* What stands before a value: a comma where one is due, and the key. */
static void begin(orch__writer *json, const char *key)
{
    if (json->comma)
        orch__writer_bytes(json, ",", 1);
    json->comma = true;
    if (!key)
        return;
    orch__writer_bytes(json, "\"", 1);
    orch__writer_bytes(json, key, strlen(key));
    orch__writer_bytes(json, "\":", 2);
}

void orch__writer_open(orch__writer *json, const char *key, char bracket)
{
    begin(json, key);
    orch__writer_bytes(json, &bracket, 1);
    json->comma = false;
}

void orch__writer_close(orch__writer *json, char bracket)
{
    orch__writer_bytes(json, &bracket, 1);
    json->comma = true;
}

/* ---- text ---- */

/* Length of the valid UTF-8 sequence at `s` (RFC 3629, table 3-7 of the Unicode standard); 0: invalid. */
static size_t sequence_length(const unsigned char *s, size_t len)
{
    unsigned char low = 0x80, high = 0xBF;
    size_t need;

    if (s[0] < 0x80)
        return 1;
    if (s[0] >= 0xC2 && s[0] <= 0xDF)
        need = 2;
    else if (s[0] >= 0xE0 && s[0] <= 0xEF)
        need = 3;
    else if (s[0] >= 0xF0 && s[0] <= 0xF4)
        need = 4;
    else
        return 0;
    if (s[0] == 0xE0)
        low = 0xA0;
    else if (s[0] == 0xED)
        high = 0x9F;
    else if (s[0] == 0xF0)
        low = 0x90;
    else if (s[0] == 0xF4)
        high = 0x8F;
    if (len < need || s[1] < low || s[1] > high)
        return 0;
    for (size_t i = 2; i < need; i++) {
        if (s[i] < 0x80 || s[i] > 0xBF)
            return 0;
    }
    return need;
}

/* Writes what cannot stand in a JSON text as it is; returns the bytes of input used up. */
static size_t escape_one(orch__writer *json, const unsigned char *s, size_t len)
{
    static const char hex[] = "0123456789abcdef";
    char unicode[6] = {'\\', 'u', '0', '0', 0, 0};
    size_t sequence = sequence_length(s, len);

    if (sequence == 0) {
        orch__writer_bytes(json, "\xEF\xBF\xBD", 3);
        return 1;
    }
    if (sequence > 1) {
        orch__writer_bytes(json, (const char *)s, sequence);
        return sequence;
    }
    switch (s[0]) {
    case '"':
        orch__writer_bytes(json, "\\\"", 2);
        return 1;
    case '\\':
        orch__writer_bytes(json, "\\\\", 2);
        return 1;
    case '\n':
        orch__writer_bytes(json, "\\n", 2);
        return 1;
    case '\r':
        orch__writer_bytes(json, "\\r", 2);
        return 1;
    case '\t':
        orch__writer_bytes(json, "\\t", 2);
        return 1;
    default:
        unicode[4] = hex[s[0] >> 4];
        unicode[5] = hex[s[0] & 15];
        orch__writer_bytes(json, unicode, 6);
        return 1;
    }
}

static bool plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

void orch__writer_text(orch__writer *json, const char *key, orch_str text)
{
    const unsigned char *s = (const unsigned char *)text.ptr;
    size_t i = 0;

    begin(json, key);
    orch__writer_bytes(json, "\"", 1);
    while (i < text.len) {
        size_t run = i;

        while (run < text.len && plain(s[run]))
            run++;
        orch__writer_bytes(json, text.ptr + i, run - i);
        i = run;
        if (i < text.len)
            i += escape_one(json, s + i, text.len - i);
    }
    orch__writer_bytes(json, "\"", 1);
}

void orch__writer_string(orch__writer *json, const char *key, const char *text)
{
    if (text)
        orch__writer_text(json, key, orch__str(text));
    else
        orch__writer_null(json, key);
}

/* ---- other values ---- */

void orch__writer_integer(orch__writer *json, const char *key, int64_t value)
{
    char text[24];
    size_t at = sizeof(text);
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

    do {
        text[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (value < 0)
        text[--at] = '-';
    begin(json, key);
    orch__writer_bytes(json, text + at, sizeof(text) - at);
}

void orch__writer_boolean(orch__writer *json, const char *key, bool value)
{
    begin(json, key);
    orch__writer_bytes(json, value ? "true" : "false", value ? 4 : 5);
}

void orch__writer_null(orch__writer *json, const char *key)
{
    begin(json, key);
    orch__writer_bytes(json, "null", 4);
}

void orch__writer_raw(orch__writer *json, const char *key, orch_str text, const char *fallback)
{
    begin(json, key);
    if (text.len)
        orch__writer_bytes(json, text.ptr, text.len);
    else
        orch__writer_bytes(json, fallback, strlen(fallback));
}

void orch__writer_time(orch__writer *json, const char *key, int64_t ms)
{
    char text[ORCH_TIME_TEXT_MAX];

    if (ms == 0) {
        orch__writer_null(json, key);
        return;
    }
    orch__time_format(ms, text);
    orch__writer_string(json, key, text);
}

/* ---- time: days and civil dates after Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms" ---- */

static int64_t days_from_civil(int64_t year, unsigned month, unsigned day)
{
    int64_t era, year_of_era, day_of_year;

    year -= month <= 2;
    era = (year >= 0 ? year : year - 399) / 400;
    year_of_era = year - era * 400;
    day_of_year = (153 * (int64_t)(month > 2 ? month - 3 : month + 9) + 2) / 5 + (int64_t)day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

void orch__time_format(int64_t ms, char out_text[ORCH_TIME_TEXT_MAX])
{
    orch__time_text text;

    orch__time_write(ms, &text);
    memcpy(out_text, text.text, ORCH__TIME_LEN);
    out_text[10] = 'T';
    memcpy(out_text + ORCH__TIME_LEN, "Z", 2);
}

/* Reads `count` digits at *at; -1: there are others. */
static int digits(orch_str text, size_t *at, size_t count)
{
    int value = 0;

    if (text.len - *at < count)
        return -1;
    for (size_t i = 0; i < count; i++) {
        char c = text.ptr[*at + i];

        if (c < '0' || c > '9')
            return -1;
        value = value * 10 + (c - '0');
    }
    *at += count;
    return value;
}

static bool literal(orch_str text, size_t *at, char c)
{
    if (*at >= text.len || text.ptr[*at] != c)
        return false;
    (*at)++;
    return true;
}

static bool parse_clock(orch_str text, size_t *at, int64_t *out_ms)
{
    int hour = digits(text, at, 2), minute, second = 0, milli = 0;

    if (hour < 0 || hour > 23 || !literal(text, at, ':'))
        return false;
    minute = digits(text, at, 2);
    if (minute < 0 || minute > 59)
        return false;
    if (literal(text, at, ':')) {
        second = digits(text, at, 2);
        if (second < 0 || second > 59)
            return false;
        if (literal(text, at, '.')) {
            milli = digits(text, at, 3);
            if (milli < 0)
                return false;
        }
    }
    *out_ms = ((int64_t)hour * 3600 + minute * 60 + second) * 1000 + milli;
    return literal(text, at, 'Z');
}

bool orch__time_parse(orch_str text, int64_t *out_ms)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    size_t at = 0;
    int64_t clock = 0;
    int year = digits(text, &at, 4), month, day, length;

    if (year < 0 || !literal(text, &at, '-'))
        return false;
    month = digits(text, &at, 2);
    if (month < 1 || month > 12 || !literal(text, &at, '-'))
        return false;
    length = lengths[month - 1] + (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
    day = digits(text, &at, 2);
    if (day < 1 || day > length)
        return false;
    if (at < text.len && (!literal(text, &at, 'T') || !parse_clock(text, &at, &clock)))
        return false;
    if (at != text.len)
        return false;
    *out_ms = days_from_civil(year, (unsigned)month, (unsigned)day) * 86400000 + clock;
    return true;
}

/* ---- reading ---- */

/* The parser recurses: the depth is bounded before it starts. Text in quotes does not count. */
static bool too_deep(orch_str text)
{
    unsigned depth = 0;
    bool quoted = false;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if (quoted) {
            if (c == '\\')
                i++;
            else if (c == '"')
                quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            if (++depth > ORCH_JSON_DEPTH_MAX)
                return true;
        } else if ((c == '}' || c == ']') && depth > 0) {
            depth--;
        }
    }
    return false;
}

int orch__parse_json(orch_str text, json_t **out_value, char *out_why, size_t why_size)
{
    json_error_t error;
    int result;

    if (too_deep(text)) {
        snprintf(out_why, why_size, "the JSON is nested deeper than %d", ORCH_JSON_DEPTH_MAX);
        return ORCH_E_INVALID;
    }
    result = orch_json_read(text, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, out_value, &error);
    if (result == ORCH_E_NO_MEMORY)
        snprintf(out_why, why_size, "out of memory");
    else if (result)
        snprintf(out_why, why_size, "not valid JSON: %s at line %d, column %d", error.text, error.line,
                 error.column);
    return result;
}
