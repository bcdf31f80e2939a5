/* Any bytes as frames of a WebSocket client, separated by NUL, to a whole server. Whatever comes back is JSON-RPC; the connection is
 * closed for invalid UTF-8 alone, and a ping behind it all is answered. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "running.h"

#define FRAMES_MAX 8

static void check_frame(orch_str frame)
{
    bool answer = memmem(frame.ptr, frame.len, "\"id\":", 5) != NULL;

    fuzz_check_json(frame, "a frame");
    if (!memmem(frame.ptr, frame.len, "\"jsonrpc\":\"2.0\"", 15) ||
        (!answer && !memmem(frame.ptr, frame.len, "\"method\":", 9))) {
        fprintf(stderr, "neither an answer nor a notification: %.*s\n", (int)frame.len, frame.ptr);
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    inside *server = fuzz_running();
    const char *at = (const char *)bytes, *end = at + size;
    bool valid = true;

    if (server->socket.descriptor < 0 && !inside_upgrade(server))
        abort();
    for (int i = 0; i < FRAMES_MAX && at < end; i++) {
        const char *stop = memchr(at, '\0', (size_t)(end - at));
        orch_str frame = {at, (size_t)((stop ? stop : end) - at)};

        valid = valid && fuzz_valid_utf8(frame);
        if (!inside_send(server, frame))
            break;
        at = stop ? stop + 1 : end;
    }
    (void)inside_send(server, ORCH_STR("{\"jsonrpc\":\"2.0\",\"id\":\"the end\",\"method\":\"ping\"}"));
    while (inside_receive(server, "")) {
        check_frame(server->body);
        if (memmem(server->body.ptr, server->body.len, "\"id\":\"the end\"", 14))
            return 0;
    }
    if (server->late || valid) {
        fprintf(stderr, server->late ? "no answer\n" : "closed without a reason\n");
        abort();
    }
    return 0;
}
