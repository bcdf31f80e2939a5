/* Any bytes as a message and as names: the addressing must neither read beyond them nor name somebody twice. */
#include <stdlib.h>

#include "fuzz.h"
#include "orchd/core.h"
#include "orchd/prompt.h"

static void *resize(void *user, void *block, size_t size_old, size_t size_new)
{
    (void)user;
    (void)size_old;
    if (size_new)
        return realloc(block, size_new);
    free(block);
    return NULL;
}

static void enter(orch_core *core, uint32_t number, orch_str name, orch_str role)
{
    orch_daemon_spec spec = {
        .daemon = {number},
        .user = {number},
        .name = name,
        .role = role,
        .email = ORCH_STR("ann@example.org"),
        .auto_respond = true,
        .heartbeat_ms = 30000,
        .conversations_running_max = 1,
        .models_count = 1,
    };
    orch_event event = {.kind = ORCH_EV_REGISTER, .daemon = {number}, .spec = &spec};
    orch_effects effects;

    if (orch_step(core, &event, 0, &effects) && number == 1)
        abort();
}

/* The first byte says where the name ends and the message begins. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    orch_core_config config;
    orch_core *core;
    orch_daemon_id found[4];
    orch_incoming incoming = {.author = {99}, .everybody = true};
    size_t split = size ? bytes[0] % (size < 64 ? size : 64) : 0, count;
    orch_str name = {(const char *)bytes, split};
    orch_str content = {(const char *)bytes + split, size - split};

    orch_core_config_init(&config);
    config.allocator.resize = resize;
    if (orch_core_new(&config, &core))
        abort();
    enter(core, 1, ORCH_STR("Ann Lee"), ORCH_STR("Designer"));
    enter(core, 2, name, name);
    incoming.content = content;
    count = orch_route(core, &incoming, found, 4);
    if (count > 2 || (count == 2 && found[0].v >= found[1].v))
        abort();
    (void)orch_phrase_in(content, name);
    (void)orch_prompt_tokens(content);
    orch_core_free(core);
    return 0;
}
