/* A core with a heap beneath it, and short words for its events. For the tests of the core. */
#ifndef ORCHD_CORE_STAGE_H
#define ORCHD_CORE_STAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "orchd/core.h"

/* The heap; fails from the `allow`th allocation on when allow is not negative. */
typedef struct stage_heap {
    long allow;
    long calls;
} stage_heap;

typedef struct stage {
    orch_core *core;
    orch_core_config config;
    stage_heap heap;
    orch_effects effects; /* of the last step */
    int64_t now_ms;
} stage;

static inline void *stage_resize(void *user, void *block, size_t size_old, size_t size_new)
{
    stage_heap *heap = user;

    (void)size_old;
    if (size_new == 0) {
        free(block);
        return NULL;
    }
    heap->calls++;
    if (heap->allow >= 0 && heap->calls > heap->allow)
        return NULL;
    return realloc(block, size_new);
}

static inline void stage_prepare(stage *s)
{
    *s = (stage){.heap.allow = -1, .now_ms = 1000};
    orch_core_config_init(&s->config);
    s->config.allocator = (orch_allocator){stage_resize, &s->heap};
}

static inline void stage_open(stage *s)
{
    assert_int_equal(orch_core_new(&s->config, &s->core), 0);
}

static inline void stage_close(stage *s)
{
    orch_core_free(s->core);
}

static inline void stage_validate(const stage *s)
{
    const char *broken = "";

    if (orch_core_validate(s->core, &broken) != 0)
        fail_msg("broken: %s", broken);
}

static inline int stage_step(stage *s, orch_event event)
{
    return orch_step(s->core, &event, s->now_ms, &s->effects);
}

static inline int stage_daemon(stage *s, orch_event_kind kind, uint32_t daemon)
{
    return stage_step(s, (orch_event){.kind = kind, .daemon = {daemon}});
}

static inline int stage_turn(stage *s, orch_event_kind kind, orch_turn_id turn)
{
    return stage_step(s, (orch_event){.kind = kind, .turn = turn, .error = ORCH_E_MODEL});
}

static inline int stage_message(stage *s, uint32_t daemon, uint64_t message, uint64_t channel)
{
    return stage_step(s, (orch_event){.kind = ORCH_EV_MESSAGE,
                                      .message = {.daemon = {daemon},
                                                  .message = {message},
                                                  .channel = {channel},
                                                  .author = {900},
                                                  .addressed = true}});
}

static inline int stage_register(stage *s, uint32_t daemon, uint32_t running_max)
{
    char name[32];
    orch_daemon_spec spec = {.daemon = {daemon},
                             .user = {100 + daemon},
                             .name = {name, (size_t)snprintf(name, sizeof name, "Agent%u", daemon)},
                             .auto_respond = true,
                             .heartbeat_ms = 30000,
                             .conversations_running_max = running_max,
                             .models_count = 2};

    return stage_step(s, (orch_event){.kind = ORCH_EV_REGISTER, .spec = &spec});
}

/* Registered, managed and running. */
static inline void stage_run_daemon(stage *s, uint32_t daemon, uint32_t running_max)
{
    assert_int_equal(stage_register(s, daemon, running_max), 0);
    assert_int_equal(stage_step(s, (orch_event){.kind = ORCH_EV_START, .daemon = {daemon}, .managed = true}),
                     0);
    assert_int_equal(stage_daemon(s, ORCH_EV_OPENED, daemon), 0);
}

static inline size_t stage_count(const stage *s, orch_effect_kind kind)
{
    size_t count = 0;

    for (size_t i = 0; i < s->effects.count; i++)
        count += s->effects.items[i].kind == kind;
    return count;
}

static inline size_t stage_count_emits(const stage *s, orch_emit emit)
{
    size_t count = 0;

    for (size_t i = 0; i < s->effects.count; i++)
        count += s->effects.items[i].kind == ORCH_FX_EMIT && s->effects.items[i].emit == emit;
    return count;
}

/* The first effect of this kind; the test fails when there is none. */
static inline const orch_effect *stage_first(const stage *s, orch_effect_kind kind)
{
    for (size_t i = 0; i < s->effects.count; i++)
        if (s->effects.items[i].kind == kind)
            return &s->effects.items[i];
    fail_msg("no %s among %zu effects", orch_effect_kind_name(kind), s->effects.count);
    return NULL;
}

static inline orch_health stage_health(const stage *s, uint32_t daemon)
{
    orch_health health = {0};

    assert_int_equal(orch_core_health(s->core, (orch_daemon_id){daemon}, s->now_ms, &health), 0);
    return health;
}

/* The suite's own last line, as every suite of the project ends. */
static inline int stage_report(size_t count, int failed)
{
    printf("%d passed, %d failed\n", (int)count - failed, failed);
    return failed ? 1 : 0;
}

#define STAGE_RUN(tests)                                                                                     \
    stage_report(sizeof(tests) / sizeof *(tests), cmocka_run_group_tests(tests, NULL, NULL))

#endif
