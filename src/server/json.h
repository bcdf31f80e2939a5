/* Writes JSON into a growing buffer. Commas and escapes are its business; the caller's is to close what it opens.
 *
 * A failed allocation is remembered, and everything after it is ignored: ask orch__json_failed() once, at the end.
 */
#ifndef ORCHD_SERVER_JSON_H
#define ORCHD_SERVER_JSON_H

#include <jansson.h>

#include "orchd/types.h"

typedef struct orch__json {
    char *ptr;
    size_t len;
    size_t capacity;
    bool comma; /* the next value at this place needs one before it */
    bool failed;
} orch__json;

void orch__json_fini(orch__json *json);
/* Empties it; gives memory back that a large text left behind. */
void orch__json_reset(orch__json *json);
bool orch__json_failed(const orch__json *json);

/* `key` NULL: inside an array, or the outermost value. Keys are literals that need no escapes. */
void orch__json_open(orch__json *json, const char *key, char bracket);
void orch__json_close(orch__json *json, char bracket);
/* Invalid UTF-8 becomes U+FFFD: what goes out is always valid. */
void orch__json_text(orch__json *json, const char *key, orch_str text);
/* NULL becomes null. */
void orch__json_string(orch__json *json, const char *key, const char *text);
void orch__json_integer(orch__json *json, const char *key, int64_t value);
void orch__json_boolean(orch__json *json, const char *key, bool value);
void orch__json_null(orch__json *json, const char *key);
/* JSON as it stands; `fallback` where it is empty. */
void orch__json_raw(orch__json *json, const char *key, orch_str text, const char *fallback);
/* "2026-01-31T12:00:00.123Z"; 0 becomes null. */
void orch__json_time(orch__json *json, const char *key, int64_t ms);
/* Bytes without any treatment, for what stands around a value. */
void orch__json_bytes(orch__json *json, const char *bytes, size_t size);

#define ORCH_TIME_TEXT_MAX 32
void orch__time_format(int64_t ms, char out_text[ORCH_TIME_TEXT_MAX]);
/* "2026-01-31", "2026-01-31T12:00Z", "…T12:00:00Z", "…T12:00:00.123Z" (UTC). False for anything else. */
bool orch__time_parse(orch_str text, int64_t *out_ms);

#define ORCH_JSON_DEPTH_MAX 32

/* Reads one JSON value: no duplicate keys, nothing behind it, at most ORCH_JSON_DEPTH_MAX deep. NULL: `out_why` is a
 * terminated sentence. */
json_t *orch__json_read(orch_str text, char *out_why, size_t why_size);

static inline orch_str orch__str(const char *text)
{
    size_t len = 0;

    while (text && text[len])
        len++;
    return (orch_str){text, len};
}

#endif
