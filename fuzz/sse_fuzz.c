/* Any bytes as server-sent events: the same events however they are cut, and none with a line end in its name. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "sse.h"

#define SEEN_MAX (1u << 17)

typedef struct seen {
    char bytes[SEEN_MAX];
    size_t len;
    int error;
} seen;

static void put(seen *out, const void *bytes, size_t size)
{
    if (out->len + size > SEEN_MAX)
        return;
    if (size)
        memcpy(out->bytes + out->len, bytes, size);
    out->len += size;
}

static void on_event(orch_str name, orch_str data, void *user)
{
    if (name.len && (memchr(name.ptr, '\n', name.len) || memchr(name.ptr, '\r', name.len)))
        abort();
    if (name.len > ORCH__SSE_NAME_MAX || (data.len && memchr(data.ptr, '\r', data.len)))
        abort();
    put(user, &name.len, sizeof(name.len));
    put(user, name.ptr, name.len);
    put(user, &data.len, sizeof(data.len));
    put(user, data.ptr, data.len);
}

/* `cuts` are the lengths of the pieces, in turn; none: whole. */
static void read_all(const char *bytes, size_t size, const uint8_t *cuts, size_t cuts_count, seen *out)
{
    orch__sse sse = {0};
    size_t cut = 0;

    out->len = 0;
    out->error = 0;
    for (size_t at = 0; at < size && !out->error;) {
        size_t piece = cuts_count ? 1 + cuts[cut++ % cuts_count] % 32u : size;

        piece = piece < size - at ? piece : size - at;
        out->error = orch__sse_feed(&sse, bytes + at, piece, on_event, out);
        at += piece;
    }
    orch__sse_fini(&sse);
}

/* The first four bytes say where it is cut. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static seen whole, pieces;
    static const uint8_t single = 0;

    if (size < 4)
        return 0;
    read_all((const char *)bytes + 4, size - 4, NULL, 0, &whole);
    read_all((const char *)bytes + 4, size - 4, bytes, 4, &pieces);
    if (whole.error != pieces.error || whole.len != pieces.len ||
        memcmp(whole.bytes, pieces.bytes, whole.len) != 0)
        abort();
    read_all((const char *)bytes + 4, size - 4, &single, 1, &pieces);
    if (whole.len != pieces.len || memcmp(whole.bytes, pieces.bytes, whole.len) != 0)
        abort();
    return 0;
}
