#include "sse.h"

#include <string.h>

static bool is(orch_str text, const char *literal)
{
    return text.len == strlen(literal) && memcmp(text.ptr, literal, text.len) == 0;
}

static int take_data(orch__sse *sse, orch_str value)
{
    if (sse->data_given) {
        int result = orch__buffer_append(&sse->data, "\n", 1, ORCH__SSE_EVENT_MAX);

        if (result < 0)
            return result;
    }
    sse->data_given = true;
    return orch__buffer_append(&sse->data, value.ptr, value.len, ORCH__SSE_EVENT_MAX);
}

static int take_field(orch__sse *sse, orch_str line)
{
    const char *colon = memchr(line.ptr, ':', line.len);
    orch_str field = {line.ptr, colon ? (size_t)(colon - line.ptr) : line.len};
    orch_str value = ORCH_STR("");

    if (colon) {
        value = (orch_str){colon + 1, line.len - field.len - 1};
        if (value.len > 0 && value.ptr[0] == ' ')
            value = (orch_str){value.ptr + 1, value.len - 1};
    }
    if (is(field, "data"))
        return take_data(sse, value);
    if (is(field, "event")) {
        sse->name_len = value.len < sizeof(sse->name) ? value.len : sizeof(sse->name);
        memcpy(sse->name, value.ptr, sse->name_len);
    }
    return 0;
}

static void dispatch(orch__sse *sse, orch__sse_fn event, void *user)
{
    if (sse->data_given)
        event((orch_str){sse->name, sse->name_len},
              (orch_str){sse->data.ptr ? sse->data.ptr : "", sse->data.len}, user);
    sse->data.len = 0;
    sse->data_given = false;
    sse->name_len = 0;
}

static int take_line(orch__sse *sse, orch_str line, orch__sse_fn event, void *user)
{
    if (!sse->begun) {
        sse->begun = true;
        if (line.len >= 3 && memcmp(line.ptr, "\xef\xbb\xbf", 3) == 0)
            line = (orch_str){line.ptr + 3, line.len - 3};
    }
    if (line.len == 0) {
        dispatch(sse, event, user);
        return 0;
    }
    if (line.ptr[0] == ':')
        return 0;
    return take_field(sse, line);
}

/* The line ends with `rest`; what came before it may lie in sse->line. */
static int finish_line(orch__sse *sse, orch_str rest, orch__sse_fn event, void *user)
{
    if (rest.len > ORCH__SSE_LINE_MAX)
        return ORCH_E_TOO_LARGE;
    if (sse->line.len == 0)
        return take_line(sse, rest, event, user);

    int result = orch__buffer_append(&sse->line, rest.ptr, rest.len, ORCH__SSE_LINE_MAX);

    if (result < 0)
        return result;
    result = take_line(sse, (orch_str){sse->line.ptr, sse->line.len}, event, user);
    sse->line.len = 0;
    return result;
}

static size_t line_end(const char *bytes, size_t start, size_t size)
{
    while (start < size && bytes[start] != '\n' && bytes[start] != '\r')
        start++;
    return start;
}

int orch__sse_feed(orch__sse *sse, const char *bytes, size_t size, orch__sse_fn event, void *user)
{
    size_t start = 0;

    if (size == 0)
        return 0;
    if (sse->after_cr && bytes[0] == '\n')
        start = 1;
    sse->after_cr = false;
    for (;;) {
        size_t end = line_end(bytes, start, size);

        if (end == size)
            return orch__buffer_append(&sse->line, bytes + start, end - start, ORCH__SSE_LINE_MAX);

        int result = finish_line(sse, (orch_str){bytes + start, end - start}, event, user);

        if (result < 0)
            return result;
        if (bytes[end] == '\r') {
            if (end + 1 == size)
                sse->after_cr = true;
            else if (bytes[end + 1] == '\n')
                end++;
        }
        start = end + 1;
    }
}

void orch__sse_fini(orch__sse *sse)
{
    orch__buffer_free(&sse->line);
    orch__buffer_free(&sse->data);
}
