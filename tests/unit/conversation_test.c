/* Conversations come and go; offline messages are remembered within bounds. */
#include "core_stage.h"
#include "state.h"

#define HOUR_MS 3600000

static const orch_hours closed = {.limited = true}; /* start == end on each day */

static void open_closed_daemon(stage *s, uint32_t conversations_max)
{
    orch_daemon_spec spec = {.daemon = {1},
                             .name = ORCH_STR("Ann"),
                             .auto_respond = true,
                             .heartbeat_ms = 86400000,
                             .conversations_running_max = 10,
                             .models_count = 1,
                             .hours = &closed};

    stage_prepare(s);
    s->config.conversations_max = conversations_max;
    stage_open(s);
    assert_int_equal(stage_step(s, (orch_event){.kind = ORCH_EV_REGISTER, .spec = &spec}), 0);
    assert_int_equal(stage_daemon(s, ORCH_EV_START, 1), 0);
    assert_int_equal(stage_daemon(s, ORCH_EV_OPENED, 1), 0);
}

static int offline_sent(stage *s, uint64_t channel, int64_t at_ms)
{
    return stage_step(
        s, (orch_event){.kind = ORCH_EV_OFFLINE_SENT, .daemon = {1}, .channel = {channel}, .at_ms = at_ms});
}

/* Whether a message in this channel would be answered with the offline message; the message ends. */
static bool says_offline(stage *s, uint64_t message, uint64_t channel)
{
    orch_effect effect;

    assert_int_equal(stage_message(s, 1, message, channel), 0);
    assert_int_equal(s->effects.count, 1);
    effect = s->effects.items[0];
    assert_true(effect.kind == ORCH_FX_TURN_OFFLINE || effect.kind == ORCH_FX_TURN_SKIP);
    assert_int_equal(stage_turn(s, ORCH_EV_TURN_DISCARDED, effect.turn), 0);
    return effect.kind == ORCH_FX_TURN_OFFLINE;
}

static void a_conversation_without_work_is_gone(void **state)
{
    stage s;

    (void)state;
    stage_prepare(&s);
    stage_open(&s);
    stage_run_daemon(&s, 1, 10);
    for (uint64_t i = 1; i <= 1000; i++) {
        orch_turn_id turn;

        assert_int_equal(stage_message(&s, 1, i, i), 0);
        turn = stage_first(&s, ORCH_FX_TURN_START)->turn;
        assert_int_equal(s.core->conversations.live, 1);
        assert_int_equal(stage_turn(&s, ORCH_EV_TURN_DONE, turn), 0);
        assert_int_equal(stage_turn(&s, ORCH_EV_TURN_STORED, turn), 0);
    }
    assert_int_equal(s.core->conversations.live, 0);
    stage_close(&s);
}

static void memories_end_after_their_time(void **state)
{
    stage s;

    (void)state;
    open_closed_daemon(&s, 1000);
    s.now_ms = 10 * HOUR_MS;
    assert_int_equal(stage_daemon(&s, ORCH_EV_TICK, 0), 0);
    for (uint64_t channel = 1; channel <= 1000; channel++)
        assert_int_equal(offline_sent(&s, channel, s.now_ms - 1000 + (int64_t)channel), 0);
    stage_validate(&s);
    assert_int_equal(s.core->conversations.live, 1000);
    assert_false(says_offline(&s, 1, 500));
    s.now_ms += HOUR_MS - 500; /* half of them are an hour old */
    while (orch_next_deadline(s.core) <= s.now_ms)
        assert_int_equal(stage_daemon(&s, ORCH_EV_TICK, 0), 0);
    stage_validate(&s);
    assert_int_equal(s.core->conversations.live, 500);
    assert_true(says_offline(&s, 2, 500));
    assert_false(says_offline(&s, 3, 501));
    stage_close(&s);
}

/* They may be told in any order; when the table is full the oldest one goes. */
static void the_oldest_memory_makes_room(void **state)
{
    stage s;

    (void)state;
    open_closed_daemon(&s, 3);
    s.now_ms = 10 * HOUR_MS;
    assert_int_equal(stage_daemon(&s, ORCH_EV_TICK, 0), 0);
    assert_int_equal(offline_sent(&s, 1, s.now_ms - 100), 0);
    assert_int_equal(offline_sent(&s, 2, s.now_ms - 300), 0);
    assert_int_equal(offline_sent(&s, 3, s.now_ms - 200), 0);
    stage_validate(&s);
    assert_int_equal(offline_sent(&s, 4, s.now_ms - 50), 0);
    stage_validate(&s);
    assert_false(says_offline(&s, 1, 1));
    assert_false(says_offline(&s, 2, 3));
    assert_false(says_offline(&s, 3, 4));
    assert_true(says_offline(&s, 4, 2));
    stage_close(&s);
}

static void a_memory_from_the_future_counts_as_of_now(void **state)
{
    stage s;

    (void)state;
    open_closed_daemon(&s, 10);
    assert_int_equal(offline_sent(&s, 1, s.now_ms + 50 * HOUR_MS), 0);
    stage_validate(&s);
    s.now_ms += HOUR_MS - 1;
    assert_false(says_offline(&s, 1, 1));
    s.now_ms += 1;
    assert_true(says_offline(&s, 2, 1));
    assert_int_equal(offline_sent(&s, 2, -5), 0);
    stage_validate(&s);
    stage_close(&s);
}

static void threads_and_channels_are_apart(void **state)
{
    orch_event event = {.kind = ORCH_EV_MESSAGE,
                        .message = {.daemon = {1}, .channel = {1}, .author = {900}, .addressed = true}};
    stage s;

    (void)state;
    stage_prepare(&s);
    stage_open(&s);
    stage_run_daemon(&s, 1, 10);
    for (uint64_t thread = 0; thread < 3; thread++) {
        event.message.message.v++;
        event.message.thread.v = thread;
        assert_int_equal(stage_step(&s, event), 0);
        assert_int_equal(stage_first(&s, ORCH_FX_TURN_START)->thread.v, thread);
    }
    event.message.message.v++;
    assert_int_equal(stage_step(&s, event), 0); /* the last thread again: it waits */
    assert_int_equal(s.effects.count, 0);
    assert_int_equal(stage_health(&s, 1).conversations_active, 3);
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_conversation_without_work_is_gone),
        cmocka_unit_test(memories_end_after_their_time),
        cmocka_unit_test(the_oldest_memory_makes_room),
        cmocka_unit_test(a_memory_from_the_future_counts_as_of_now),
        cmocka_unit_test(threads_and_channels_are_apart),
    };

    return STAGE_RUN(tests);
}
