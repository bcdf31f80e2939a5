/* A life with everything in it, while the n-th allocation fails, for every n. Whatever is refused for want of memory
 * leaves every invariant whole, can be tried again, and nothing leaks. */
#include "core_stage.h"

#define MESSAGES 300

/* Tries again where memory was wanting: the second time it is there. Returns the result. */
static int insist(stage *s, orch_event event)
{
    int status = stage_step(s, event);

    stage_validate(s);
    if (status == ORCH_E_NO_MEMORY) {
        s->heap.allow = -1;
        status = stage_step(s, event);
        stage_validate(s);
    }
    return status;
}

static void register_daemon(stage *s, uint32_t daemon)
{
    static const orch_hours hours = {.limited = true, .days = {[1] = {0, 1440}, [3] = {60, 1200}}};
    const orch_str keywords[] = {ORCH_STR("deploy"), ORCH_STR("roll back")};
    orch_daemon_spec spec = {.daemon = {daemon},
                             .user = {100 + daemon},
                             .name = ORCH_STR("Ann Lee"),
                             .role = ORCH_STR("Engineer"),
                             .keywords = keywords,
                             .keywords_count = 2,
                             .auto_respond = true,
                             .heartbeat_ms = 30000,
                             .conversations_running_max = 100,
                             .models_count = 1,
                             .hours = daemon % 2 ? NULL : &hours};

    assert_int_equal(insist(s, (orch_event){.kind = ORCH_EV_REGISTER, .spec = &spec}), 0);
}

static void answer_everything(stage *s, uint32_t daemon)
{
    for (int i = 0; i < MESSAGES * 4 && stage_health(s, daemon).answered < MESSAGES; i++) {
        orch_turn_id done[ORCH_NAMES_MAX * 8];
        size_t count = 0;

        s->now_ms = orch_next_deadline(s->core) > s->now_ms ? s->now_ms + 1 : s->now_ms;
        (void)insist(s, (orch_event){.kind = ORCH_EV_TICK});
        for (uint32_t slot = 1; slot <= MESSAGES * 2 && count < 64; slot++)
            if (stage_turn(s, ORCH_EV_TURN_DONE, (orch_turn_id){(uint64_t)1 << 32 | slot}) == 0)
                done[count++] = (orch_turn_id){(uint64_t)1 << 32 | slot};
        for (size_t k = 0; k < count; k++)
            assert_int_equal(insist(s, (orch_event){.kind = ORCH_EV_TURN_STORED, .turn = done[k]}), 0);
        s->now_ms += 200; /* a start that found no memory is tried again */
    }
    assert_int_equal(stage_health(s, daemon).answered, MESSAGES);
}

static void live(stage *s)
{
    for (uint32_t daemon = 1; daemon <= 3; daemon++)
        register_daemon(s, daemon);
    assert_int_equal(insist(s, (orch_event){.kind = ORCH_EV_START, .daemon = {1}, .managed = true}), 0);
    assert_int_equal(insist(s, (orch_event){.kind = ORCH_EV_OPENED, .daemon = {1}}), 0);
    for (uint32_t i = 1; i <= MESSAGES; i++) {
        bool reserved = i % 2;
        orch_event event = {.kind = ORCH_EV_MESSAGE,
                            .message = {.daemon = {1},
                                        .message = {i},
                                        .channel = {i % 150},
                                        .author = {900},
                                        .addressed = true,
                                        .reserved = reserved}};

        if (reserved) { /* once it is reserved, no want of memory can refuse it */
            assert_int_equal(insist(s, (orch_event){.kind = ORCH_EV_RESERVE, .daemon = {1}}), 0);
            assert_int_equal(stage_step(s, event), 0);
            stage_validate(s);
        } else {
            assert_int_equal(insist(s, event), 0);
        }
    }
    answer_everything(s, 1);
    assert_int_equal(
        insist(s,
               (orch_event){.kind = ORCH_EV_OFFLINE_SENT, .daemon = {2}, .channel = {1}, .at_ms = s->now_ms}),
        0);
    assert_int_equal(insist(s, (orch_event){.kind = ORCH_EV_UNREGISTER, .daemon = {1}}), 0);
}

/* Returns whether the failure came. */
static bool live_with_failure(long allow)
{
    stage s;
    bool failed;

    stage_prepare(&s);
    s.heap.allow = allow;
    if (orch_core_new(&s.config, &s.core) != 0)
        return true;
    live(&s);
    failed = s.heap.calls > allow;
    stage_close(&s);
    return failed;
}

static void survives_the_failure_of_each_allocation(void **state)
{
    long allow = 0;

    (void)state;
    while (live_with_failure(allow))
        allow++;
    assert_in_range(allow, 20, 1000);
}

/* The same load again finds everything in the pools. */
static void a_step_after_warm_up_allocates_nothing(void **state)
{
    stage s;

    (void)state;
    stage_prepare(&s);
    s.config.seen_max = 64;
    stage_open(&s);
    stage_run_daemon(&s, 1, 50);
    for (uint64_t round = 0; round < 20; round++) {
        orch_turn_id turns[100];

        if (round == 3)
            s.heap.allow = s.heap.calls; /* from now on every allocation would fail */
        for (uint64_t i = 0; i < 100; i++)
            assert_int_equal(stage_message(&s, 1, round * 100 + i + 1, i % 50), 0);
        for (uint64_t left = 100; left > 0;) {
            size_t count = 0;

            for (uint32_t slot = 1; slot <= 200; slot++) {
                orch_turn_id turn;

                for (uint32_t generation = 1; generation < 40; generation++) {
                    turn = (orch_turn_id){(uint64_t)generation << 32 | slot};
                    if (stage_turn(&s, ORCH_EV_TURN_DONE, turn) == 0)
                        turns[count++] = turn;
                }
            }
            for (size_t i = 0; i < count; i++, left--)
                assert_int_equal(stage_turn(&s, ORCH_EV_TURN_STORED, turns[i]), 0);
        }
    }
    assert_int_equal(stage_health(&s, 1).answered, 2000);
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(survives_the_failure_of_each_allocation),
        cmocka_unit_test(a_step_after_warm_up_allocates_nothing),
    };

    return STAGE_RUN(tests);
}
