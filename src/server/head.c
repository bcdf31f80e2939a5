#include "head.h"

#include <string.h>

#define METHOD_MAX 16

/* "METHOD TARGET HTTP/1.x" without its line end (RFC 9112, 3); `whole` when the line has one. */
static orch__head_verdict judge_request_line(orch_str line, bool whole)
{
    size_t method = 0;
    const char *space;
    orch_str target;

    while (method < line.len && line.ptr[method] >= 'A' && line.ptr[method] <= 'Z')
        method++;
    if (method > METHOD_MAX || (method < line.len && (method == 0 || line.ptr[method] != ' ')))
        return ORCH__HEAD_NOT_HTTP;
    if (method == line.len)
        return whole ? ORCH__HEAD_NOT_HTTP : ORCH__HEAD_INCOMPLETE;
    target = (orch_str){line.ptr + method + 1, line.len - method - 1};
    space = memchr(target.ptr, ' ', target.len);
    if ((space ? (size_t)(space - target.ptr) : target.len) > ORCH_TARGET_MAX)
        return ORCH__HEAD_TARGET_LONG;
    if (!whole)
        return ORCH__HEAD_INCOMPLETE;
    if (!space || line.ptr + line.len - space != 9 || memcmp(space, " HTTP/1.", 8) != 0 ||
        (space[8] != '0' && space[8] != '1'))
        return ORCH__HEAD_NOT_HTTP;
    return ORCH__HEAD_WHOLE;
}

/* The next line without its end; false: it is not whole yet. A lone LF ends a line as well (RFC 9112, 2.2). */
static bool next_line(orch_str bytes, size_t *at, orch_str *out_line)
{
    const char *begin = bytes.ptr + *at;
    const char *end = memchr(begin, '\n', bytes.len - *at);

    if (!end)
        return false;
    *at += (size_t)(end - begin) + 1;
    *out_line = (orch_str){begin, (size_t)(end - begin)};
    if (out_line->len && out_line->ptr[out_line->len - 1] == '\r')
        out_line->len--;
    return true;
}

orch__head_verdict orch__head_judge(orch_str bytes)
{
    orch__head_verdict verdict;
    orch_str line = bytes;
    size_t at = 0;
    int count = 0;
    bool whole = next_line(bytes, &at, &line);

    verdict = judge_request_line(line, whole);
    if (verdict != ORCH__HEAD_WHOLE)
        return verdict;
    while (next_line(bytes, &at, &line)) {
        if (line.len == 0)
            return at <= ORCH_HEADERS_MAX ? ORCH__HEAD_WHOLE : ORCH__HEAD_LONG;
        if (++count > ORCH_HEADERS_COUNT_MAX)
            return ORCH__HEAD_LONG;
    }
    return bytes.len > ORCH_HEADERS_MAX ? ORCH__HEAD_LONG : ORCH__HEAD_INCOMPLETE;
}
