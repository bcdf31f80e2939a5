/* orch_core_validate() names what is broken: each row breaks one thing and must be told so. */
#include "core_stage.h"
#include "state.h"

/* Two daemons with turns in every state, an idle conversation with a memory, ended messages. */
static void build(stage *s)
{
    orch_event sent = {.kind = ORCH_EV_OFFLINE_SENT, .daemon = {1}, .channel = {50}};
    orch_turn_id first;

    stage_prepare(s);
    stage_open(s);
    stage_run_daemon(s, 1, 2);
    stage_run_daemon(s, 2, 2);
    assert_int_equal(stage_message(s, 1, 1, 1), 0);
    first = stage_first(s, ORCH_FX_TURN_START)->turn;
    assert_int_equal(stage_turn(s, ORCH_EV_TURN_DONE, first), 0);
    assert_int_equal(stage_message(s, 1, 2, 1), 0);
    assert_int_equal(stage_message(s, 1, 3, 2), 0);
    assert_int_equal(stage_message(s, 1, 4, 3), 0);
    assert_int_equal(stage_message(s, 2, 5, 1), 0);
    first = stage_first(s, ORCH_FX_TURN_START)->turn;
    assert_int_equal(stage_turn(s, ORCH_EV_TURN_ERROR, first), 0);
    assert_int_equal(stage_message(s, 2, 6, 2), 0);
    first = stage_first(s, ORCH_FX_TURN_START)->turn;
    assert_int_equal(stage_turn(s, ORCH_EV_TURN_DISCARDED, first), 0);
    sent.at_ms = s->now_ms;
    assert_int_equal(stage_step(s, sent), 0);
    stage_validate(s);
}

static void break_queued(orch_core *core)
{
    orch__daemon_at(core, 1)->queued++;
}

static void break_active(orch_core *core)
{
    orch__daemon_at(core, 1)->active--;
}

static void break_daemons_count(orch_core *core)
{
    core->daemons_count++;
}

static void break_status(orch_core *core)
{
    orch__daemon_at(core, 2)->status = ORCH_STATUS_STOPPED;
}

static void break_wanted(orch_core *core)
{
    orch__daemon_at(core, 2)->wanted = true;
}

static void break_heartbeat(orch_core *core)
{
    orch__timer_disarm(&core->wheel, orch__daemon_at(core, 1)->heartbeat_timer);
}

static void break_health(orch_core *core)
{
    orch__daemon_at(core, 1)->managed = false;
}

static void break_reserved(orch_core *core)
{
    core->reserved++;
}

static void break_turn_state(orch_core *core)
{
    orch__turn_at(core, 1)->state = ORCH__TURN_RUNNING;
}

static void break_turn_seen(orch_core *core)
{
    orch__turn_at(core, 1)->message = 99;
}

static void break_last_turn(orch_core *core)
{
    orch__conversation_at(core, 1)->last_turn = 0;
}

static void break_list(orch_core *core)
{
    orch__conversation_at(core, 1)->prev = 2;
}

static void break_key(orch_core *core)
{
    orch__conversation_at(core, 1)->channel = 77;
}

static void break_memory(orch_core *core)
{
    orch__conversation_at(core, core->memories.first)->offline_ms = core->now_ms + 1;
}

static void break_seen(orch_core *core)
{
    core->seen_ended_count++;
}

static void break_clock(orch_core *core)
{
    core->now_ms--;
}

static void break_wheel(orch_core *core)
{
    core->wheel.filled[6][0] = 1;
}

static void break_deadline(orch_core *core)
{
    orch__timer_at(&core->wheel, orch__daemon_at(core, 1)->health_timer)->deadline_ms += 100000;
}

static void names_what_is_broken(void **state)
{
    static const struct {
        void (*break_it)(orch_core *core);
        const char *named;
    } rows[] = {
        {break_queued, "a daemon counts its turns and its active conversations"},
        {break_active, "a daemon counts its turns and its active conversations"},
        {break_daemons_count, "the registered daemons are counted"},
        {break_status, "turns wait for another attempt only while their daemon runs"},
        {break_wanted, "only a stopping daemon has a start in mind"},
        {break_heartbeat, "heartbeats go exactly while the daemon runs"},
        {break_health, "health checks go exactly for managed daemons that are not stopped"},
        {break_reserved, "reservations and outstanding stops are counted"},
        {break_turn_state, "a running turn has a deadline"},
        {break_turn_seen, "the message of a turn is remembered as taken"},
        {break_last_turn, "a conversation knows its last turn"},
        {break_list, "the lists of conversations are linked both ways"},
        {break_key, "a conversation is found by its key"},
        {break_memory, "offline memories are linked both ways and lie in the past"},
        {break_seen, "the number of ended messages is known and bounded"},
        {break_clock, "the wheel and the core have the same time"},
        {break_wheel, "the bits of the wheel tell which slots are filled"},
        {break_deadline, "a timer lies where its deadline belongs"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *broken = "nothing";
        stage s;

        build(&s);
        rows[i].break_it(s.core);
        if (orch_core_validate(s.core, &broken) == 0)
            fail_msg("nothing is found broken where %s", rows[i].named);
        assert_int_equal(orch_core_validate(s.core, &broken), ORCH_E_INTERNAL);
        assert_string_equal(broken, rows[i].named);
        stage_close(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(names_what_is_broken)};

    return STAGE_RUN(tests);
}
