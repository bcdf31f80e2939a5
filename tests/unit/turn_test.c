/* What the scenarios are too small to show: many turns at once. */
#include "core_stage.h"
#include "state.h"
#include "step.h"

#define MANY 1000

/* Drives every step's turns on to their end, like a host whose model answers at once. */
static void answer(stage *s, size_t *out_answered)
{
    orch_effect *effects = malloc(s->effects.count * sizeof *effects + 1);
    size_t count = s->effects.count;

    assert_non_null(effects);
    if (count)
        memcpy(effects, s->effects.items, count * sizeof *effects);
    for (size_t i = 0; i < count; i++) {
        if (effects[i].kind == ORCH_FX_TURN_START) {
            assert_int_equal(stage_turn(s, ORCH_EV_TURN_DONE, effects[i].turn), 0);
            assert_int_equal(stage_turn(s, ORCH_EV_TURN_STORED, effects[i].turn), 0);
            (*out_answered)++;
            answer(s, out_answered);
        }
    }
    free(effects);
}

static void tick(stage *s)
{
    assert_int_equal(stage_daemon(s, ORCH_EV_TICK, 0), 0);
}

static void queue_many(stage *s, uint64_t channels)
{
    for (uint64_t i = 1; i <= MANY; i++)
        assert_int_equal(stage_message(s, 1, i, 1 + i % channels), 0);
}

static void open_daemon(stage *s, uint32_t running_max)
{
    stage_prepare(s);
    stage_open(s);
    assert_int_equal(stage_register(s, 1, running_max), 0);
}

static void start_daemon(stage *s)
{
    assert_int_equal(stage_daemon(s, ORCH_EV_START, 1), 0);
    assert_int_equal(stage_daemon(s, ORCH_EV_OPENED, 1), 0);
}

/* An event starts a bounded number; the deadline asks for the next portions at once, without time passing. */
static void many_starts_come_in_portions(void **state)
{
    size_t started, ticks = 0;
    stage s;

    (void)state;
    open_daemon(&s, 100000);
    queue_many(&s, MANY);
    start_daemon(&s);
    started = stage_count(&s, ORCH_FX_TURN_START);
    assert_int_equal(started, ORCH__STARTS_MAX);
    while (orch_next_deadline(s.core) <= s.now_ms) {
        tick(&s);
        started += stage_count(&s, ORCH_FX_TURN_START);
        ticks++;
        stage_validate(&s);
    }
    assert_in_range(ticks, 2, MANY / ORCH__STARTS_MAX);
    assert_int_equal(started, MANY);
    assert_int_equal(stage_health(&s, 1).conversations_active, MANY);
    stage_close(&s);
}

static void a_failure_cancels_all_of_them_and_the_restart_has_them_all(void **state)
{
    size_t answered = 0;
    stage s;

    (void)state;
    open_daemon(&s, 100000);
    queue_many(&s, MANY);
    start_daemon(&s);
    while (orch_next_deadline(s.core) <= s.now_ms)
        tick(&s);
    assert_int_equal(
        stage_step(&s, (orch_event){.kind = ORCH_EV_FAILED, .daemon = {1}, .error = ORCH_E_INTERNAL}), 0);
    assert_int_equal(stage_count(&s, ORCH_FX_TURN_CANCEL), MANY);
    assert_int_equal(stage_health(&s, 1).queued, MANY);
    stage_validate(&s);

    start_daemon(&s);
    answer(&s, &answered);
    while (orch_next_deadline(s.core) <= s.now_ms) {
        tick(&s);
        answer(&s, &answered);
    }
    assert_int_equal(answered, MANY);
    assert_int_equal(stage_health(&s, 1).answered, MANY);
    stage_validate(&s);
    stage_close(&s);
}

/* Never more conversations at once than allowed, and each conversation's messages in their order. */
static void order_and_limit_hold_under_load(void **state)
{
    uint64_t last[11] = {0};
    orch_turn_id running[8];
    uint64_t channels[8];
    size_t count = 0, done = 0;
    stage s;

    (void)state;
    open_daemon(&s, 3);
    queue_many(&s, 10);
    start_daemon(&s);
    while (done < MANY) {
        for (size_t i = 0; i < s.effects.count; i++) {
            const orch_effect *effect = &s.effects.items[i];

            if (effect->kind != ORCH_FX_TURN_START)
                continue;
            assert_true(effect->message.v > last[effect->channel.v - 1]);
            assert_true(orch_core_turn(s.core, effect->daemon, effect->message).v == effect->turn.v);
            last[effect->channel.v - 1] = effect->message.v;
            for (size_t k = 0; k < count; k++)
                assert_true(channels[k] != effect->channel.v);
            assert_true(count < 3);
            channels[count] = effect->channel.v;
            running[count++] = effect->turn;
        }
        assert_int_equal(stage_health(&s, 1).conversations_active, count);
        assert_int_equal(stage_turn(&s, ORCH_EV_TURN_DONE, running[done % count]), 0);
        assert_int_equal(stage_turn(&s, ORCH_EV_TURN_STORED, running[done % count]), 0);
        count--;
        running[done % (count + 1)] = running[count];
        channels[done % (count + 1)] = channels[count];
        done++;
    }
    assert_int_equal(stage_health(&s, 1).answered, MANY);
    assert_true(orch_core_turn(s.core, (orch_daemon_id){1}, (orch_message_id){last[0]}).v == 0);
    stage_close(&s);
}

/* Jitter takes off up to a quarter, never adds, and the cap holds. */
static void backoff_stays_within_its_bounds(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++) {
        static const int64_t full[] = {500, 1000, 2000, 4000, 8000, 8000};
        orch_turn_id turn;
        stage s;

        stage_prepare(&s);
        s.config.seed = seed;
        s.config.attempts_per_model = 7;
        stage_open(&s);
        stage_run_daemon(&s, 1, 1);
        assert_int_equal(stage_message(&s, 1, 1, 1), 0);
        turn = stage_first(&s, ORCH_FX_TURN_START)->turn;
        for (size_t i = 0; i < 6; i++) {
            int64_t delay;

            assert_int_equal(stage_turn(&s, ORCH_EV_TURN_ERROR, turn), 0);
            delay = stage_first(&s, ORCH_FX_EMIT)->value;
            assert_in_range(delay, full[i] - full[i] / 4, full[i]);
            s.now_ms += delay;
            tick(&s);
            assert_int_equal(stage_first(&s, ORCH_FX_TURN_START)->attempt, i + 2);
        }
        stage_close(&s);
    }
}

/* The attempt's deadline is the shorter of its own time and what is left of the turn's. */
static void an_attempt_never_outlives_its_turn(void **state)
{
    orch_turn_id turn;
    stage s;

    (void)state;
    stage_prepare(&s);
    s.config.turn_deadline_ms = 150000;
    s.config.attempt_timeout_ms = 120000;
    stage_open(&s);
    stage_run_daemon(&s, 1, 1);
    assert_int_equal(stage_message(&s, 1, 1, 1), 0);
    assert_int_equal(stage_first(&s, ORCH_FX_TURN_START)->deadline_ms, 1000 + 120000);
    turn = stage_first(&s, ORCH_FX_TURN_START)->turn;
    s.now_ms += 100000;
    assert_int_equal(stage_step(&s, (orch_event){.kind = ORCH_EV_TURN_ERROR,
                                                 .turn = turn,
                                                 .error = ORCH_E_MODEL,
                                                 .verdict = ORCH_VERDICT_NEXT_MODEL}),
                     0);
    assert_int_equal(stage_first(&s, ORCH_FX_TURN_START)->model, 1);
    assert_int_equal(stage_first(&s, ORCH_FX_TURN_START)->deadline_ms, 1000 + 150000);
    stage_close(&s);
}

/* A chain that has become shorter: the next attempt takes its last model. */
static void a_shorter_chain_is_respected(void **state)
{
    orch_daemon_spec spec = {.daemon = {1},
                             .name = ORCH_STR("Agent1"),
                             .auto_respond = true,
                             .heartbeat_ms = 30000,
                             .conversations_running_max = 1,
                             .models_count = 1};
    orch_event error = {
        .kind = ORCH_EV_TURN_ERROR, .error = ORCH_E_MODEL, .verdict = ORCH_VERDICT_NEXT_MODEL};
    stage s;

    (void)state;
    stage_prepare(&s);
    stage_open(&s);
    stage_run_daemon(&s, 1, 1);
    assert_int_equal(stage_message(&s, 1, 1, 1), 0);
    error.turn = stage_first(&s, ORCH_FX_TURN_START)->turn;
    assert_int_equal(stage_step(&s, error), 0);
    assert_int_equal(stage_first(&s, ORCH_FX_TURN_START)->model, 1);
    assert_int_equal(stage_step(&s, (orch_event){.kind = ORCH_EV_REGISTER, .spec = &spec}), 0);
    error.verdict = ORCH_VERDICT_RETRY;
    assert_int_equal(stage_step(&s, error), 0);
    s.now_ms += 1000;
    tick(&s);
    assert_int_equal(stage_first(&s, ORCH_FX_TURN_START)->model, 0);
    stage_close(&s);
}

/* Two queued turns of one conversation: the first is answered, in two steps or in one. */
static void answer_the_first(stage *s, bool at_once, char *out_dump, size_t size)
{
    uint32_t told = at_once ? 0 : 2; /* in one step the host knows what to tell */
    orch_turn_id turn;

    stage_prepare(s);
    stage_open(s);
    stage_run_daemon(s, 1, 1);
    assert_int_equal(stage_message(s, 1, 1, 1), 0);
    turn = stage_first(s, ORCH_FX_TURN_START)->turn;
    assert_int_equal(stage_message(s, 1, 2, 1), 0);
    s->now_ms += 5;
    if (at_once) {
        assert_int_equal(orch__step_answered(s->core, turn, s->now_ms, &s->effects), 0);
    } else {
        assert_int_equal(stage_turn(s, ORCH_EV_TURN_DONE, turn), 0);
        assert_int_equal(stage_turn(s, ORCH_EV_TURN_STORED, turn), 0);
    }
    stage_validate(s);
    assert_true(orch_core_dump(s->core, out_dump, size) < size);
    assert_int_equal(s->effects.count, told + 1);
    if (told) {
        assert_int_equal(s->effects.items[0].emit, ORCH_EMIT_MESSAGE_SEND);
        assert_int_equal(s->effects.items[1].emit, ORCH_EMIT_MESSAGE_PROCESSED);
    }
    assert_int_equal(s->effects.items[told].kind, ORCH_FX_TURN_START);
    assert_int_equal(orch__step_answered(s->core, turn, s->now_ms, &s->effects), ORCH_E_NOT_FOUND);
    assert_int_equal(s->effects.count, 0);
    stage_close(s);
}

static void an_answer_that_needs_no_storing_leaves_the_same(void **state)
{
    char in_two[4096], in_one[4096];
    stage s;

    (void)state;
    answer_the_first(&s, false, in_two, sizeof in_two);
    answer_the_first(&s, true, in_one, sizeof in_one);
    assert_string_equal(in_one, in_two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_starts_come_in_portions),
        cmocka_unit_test(a_failure_cancels_all_of_them_and_the_restart_has_them_all),
        cmocka_unit_test(order_and_limit_hold_under_load),
        cmocka_unit_test(backoff_stays_within_its_bounds),
        cmocka_unit_test(an_attempt_never_outlives_its_turn),
        cmocka_unit_test(a_shorter_chain_is_respected),
        cmocka_unit_test(an_answer_that_needs_no_storing_leaves_the_same),
    };

    return STAGE_RUN(tests);
}
