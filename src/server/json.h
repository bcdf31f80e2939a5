/* Writes JSON into a growing buffer. Commas and escapes are its business; the caller's is to close what it opens.
 *
 * A failed allocation is remembered, and everything after it is ignored: ask orch__writer_failed() once, at the end.
 */
#ifndef ORCHD_SERVER_JSON_H
#define ORCHD_SERVER_JSON_H

#include <jansson.h>

#include "orchd/error.h"
#include "orchd/types.h"

typedef struct orch__writer {
    char *ptr;
    size_t len;
    size_t capacity;
    bool comma; /* the next value at this place needs one before it */
    bool failed;
} orch__writer;

void orch__writer_fini(orch__writer *json);
/* Empties it; gives memory back that a large text left behind. */
void orch__writer_reset(orch__writer *json);
bool orch__writer_failed(const orch__writer *json);

/* `key` NULL: inside an array, or the outermost value. Keys are literals that need no escapes. */
void orch__writer_open(orch__writer *json, const char *key, char bracket);
void orch__writer_close(orch__writer *json, char bracket);
/* Invalid UTF-8 becomes U+FFFD: what goes out is always valid. */
void orch__writer_text(orch__writer *json, const char *key, orch_str text);
/* NULL becomes null. */
void orch__writer_string(orch__writer *json, const char *key, const char *text);
void orch__writer_integer(orch__writer *json, const char *key, int64_t value);
void orch__writer_boolean(orch__writer *json, const char *key, bool value);
void orch__writer_null(orch__writer *json, const char *key);
/* JSON as it stands; `fallback` where it is empty. */
void orch__writer_raw(orch__writer *json, const char *key, orch_str text, const char *fallback);
/* "2026-01-31T12:00:00.123Z"; 0 becomes null, what is before 1970 becomes its first moment. */
void orch__writer_time(orch__writer *json, const char *key, int64_t ms);
/* Bytes without any treatment, for what stands around a value. */
void orch__writer_bytes(orch__writer *json, const char *bytes, size_t size);

#define ORCH_TIME_TEXT_MAX 32
void orch__time_format(int64_t ms, char out_text[ORCH_TIME_TEXT_MAX]);
/* "2026-01-31", "2026-01-31T12:00Z", "…T12:00:00Z", "…T12:00:00.123Z" (UTC). False for anything else. */
bool orch__time_parse(orch_str text, int64_t *out_ms);

#define ORCH_JSON_DEPTH_MAX 32

/* Reads one JSON value: no duplicate keys, nothing behind it, at most ORCH_JSON_DEPTH_MAX deep. ORCH_E_INVALID or
 * ORCH_E_NO_MEMORY: `out_why` is a terminated sentence. */
ORCH_MUST_USE int orch__parse_json(orch_str text, json_t **out_value, char *out_why, size_t why_size);

static inline orch_str orch__str(const char *text)
{
    size_t len = 0;

    while (text && text[len])
        len++;
    return (orch_str){text, len};
}

#endif
