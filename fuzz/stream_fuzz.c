/* Any bytes as a model's answer, in any split: exactly one end or error, and the same text however it was split. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "model.h"

typedef struct result {
    char text[1 << 16];
    size_t len;
    unsigned ended;
    int error;
} result;

static void on_delta(void *user, orch_str text)
{
    result *got = user;
    size_t room = sizeof(got->text) - got->len, len = text.len < room ? text.len : room;

    if (got->ended)
        abort();
    memcpy(got->text + got->len, text.ptr, len);
    got->len += len;
}

static void on_end(void *user, orch_stop stop, const orch_usage *usage)
{
    (void)stop;
    (void)usage;
    ((result *)user)->ended++;
}

static void on_error(void *user, const orch_model_error *error)
{
    result *got = user;

    got->error = error->code;
    got->ended++;
}

static void read_stream(const orch_model_provider *provider, int status, const char *bytes, size_t size,
                        size_t step, result *got)
{
    orch_model_sink sink = {on_delta, on_end, on_error, got};
    orch_model_stream *stream = provider->stream_new(&sink);

    memset(got, 0, sizeof(*got));
    if (!stream)
        abort();
    orch_model_stream_status(stream, status);
    orch_model_stream_header(stream, ORCH_STR("content-type"),
                             status == 200 ? ORCH_STR("text/event-stream") : ORCH_STR("application/json"));
    for (size_t at = 0; at < size; at += step)
        orch_model_stream_feed(stream, bytes + at, size - at < step ? size - at : step);
    orch_model_stream_finish(stream, 0, NULL);
    orch_model_stream_free(stream);
    if (got->ended != 1)
        abort();
}

/* The first byte chooses provider, status and split. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static result whole, split;
    const orch_model_provider *provider;
    const char *text = (const char *)bytes + 1;
    int status;

    if (size < 1)
        return 0;
    provider = orch_model_provider_find(bytes[0] & 1 ? ORCH_STR("openai") : ORCH_STR("anthropic"));
    status = bytes[0] & 2 ? 529 : 200;
    read_stream(provider, status, text, size - 1, size, &whole);
    read_stream(provider, status, text, size - 1, 1 + (bytes[0] >> 2) % 16, &split);
    if (whole.error != split.error || whole.len != split.len ||
        memcmp(whole.text, split.text, whole.len) != 0)
        abort();
    return 0;
}
