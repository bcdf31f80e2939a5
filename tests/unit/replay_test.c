/* Random runs: any event at any time, most of them sensible. After each step every invariant holds; the recorded events
 * replayed on a second core give the same trace, and the same dump. */
#include "core_stage.h"
#include "splitmix.h"

#define DAEMONS 6
#define TURNS   64
#define SEEDS   40
#define EVENTS  4000

typedef struct bytes {
    uint8_t *ptr;
    size_t len;
    size_t capacity;
} bytes;

typedef struct chaos {
    stage stage;
    uint64_t random;
    uint64_t messages;
    orch_turn_id turns[TURNS]; /* heard of lately */
    uint32_t turns_next;
    orch_hours hours;
    orch_daemon_spec spec;
    orch_core_config configure;
    bytes log;
    bytes trace;
} chaos;

static void append(bytes *b, const void *from, size_t len)
{
    if (b->len + len >= b->capacity) {
        b->capacity = (b->len + len + 1) * 2;
        b->ptr = realloc(b->ptr, b->capacity);
        assert_non_null(b->ptr);
    }
    memcpy(b->ptr + b->len, from, len);
    b->len += len;
}

static uint64_t roll(chaos *c, uint64_t sides)
{
    return orch__random(&c->random) % sides;
}

static void random_config(chaos *c)
{
    orch_core_config *config = &c->stage.config;

    config->seed = roll(c, 1000);
    config->daemons_max = DAEMONS;
    config->turns_max = 1 + (uint32_t)roll(c, 60);
    config->queue_max = 1 + (uint32_t)roll(c, 20);
    config->seen_max = 1 + (uint32_t)roll(c, 50);
    config->conversations_max = 1 + (uint32_t)roll(c, 30);
    config->restarts_max = (uint32_t)roll(c, 4);
    config->restart_reset_ms = (uint32_t)roll(c, 20000);
    config->turn_deadline_ms = 1 + (uint32_t)roll(c, 60000);
    config->attempts_per_model = 1 + (uint32_t)roll(c, 4);
    config->stop_grace_ms = (uint32_t)roll(c, 5000);
    config->offline_repeat_ms = (uint32_t)roll(c, 20000);
}

static const orch_daemon_spec *random_spec(chaos *c)
{
    c->hours = (orch_hours){.limited = true};
    for (int day = 0; day < 7; day++)
        c->hours.days[day] = (orch_hours_day){(uint16_t)roll(c, 1441), (uint16_t)roll(c, 1441)};
    c->spec = (orch_daemon_spec){.daemon = {(uint32_t)roll(c, DAEMONS + 2)},
                                 .user = {roll(c, 20)},
                                 .name = ORCH_STR("Ann"),
                                 .auto_respond = roll(c, 8) != 0,
                                 .heartbeat_ms = 90 + (uint32_t)roll(c, 3000),
                                 .conversations_running_max = 1 + (uint32_t)roll(c, 4),
                                 .models_count = (uint32_t)roll(c, 20) ? 1 + (uint32_t)roll(c, 3) : 0,
                                 .hours = roll(c, 3) ? NULL : &c->hours};
    return &c->spec;
}

static const orch_core_config *random_configure(chaos *c)
{
    c->configure = c->stage.config;
    c->configure.auto_restart = roll(c, 3) != 0;
    c->configure.auto_start = roll(c, 3) != 0;
    c->configure.restarts_max = (uint32_t)roll(c, 4);
    c->configure.health_check_ms = 90 + (uint32_t)roll(c, 5000);
    return &c->configure;
}

static orch_event_kind random_kind(chaos *c)
{
    static const orch_event_kind common[] = {
        ORCH_EV_TICK,        ORCH_EV_TICK,       ORCH_EV_MESSAGE,     ORCH_EV_MESSAGE,   ORCH_EV_TURN_DONE,
        ORCH_EV_TURN_DONE,   ORCH_EV_TURN_ERROR, ORCH_EV_TURN_STORED, ORCH_EV_HEARTBEAT, ORCH_EV_TURN_STORED,
        ORCH_EV_TURN_STORED, ORCH_EV_START,      ORCH_EV_OPENED,      ORCH_EV_RESERVE,   ORCH_EV_OPENED,
    };

    if (roll(c, 3))
        return common[roll(c, sizeof common / sizeof *common)];
    return (orch_event_kind)(ORCH_EV_TICK + roll(c, ORCH_EV_COUNT));
}

static orch_event random_event(chaos *c)
{
    orch_daemon_id daemon = {(uint32_t)roll(c, DAEMONS + 2)};
    orch_event event = {.kind = random_kind(c),
                        .daemon = daemon,
                        .turn = roll(c, 10) ? c->turns[roll(c, TURNS)] : (orch_turn_id){roll(c, 100)},
                        .error = -(int32_t)roll(c, 32),
                        .verdict = (orch_verdict)roll(c, 4),
                        .managed = roll(c, 2) != 0,
                        .retry_after_ms = roll(c, 4) ? 0 : (uint32_t)roll(c, 10000),
                        .at_ms = c->stage.now_ms - (int64_t)roll(c, 30000) + 5000,
                        .channel = {1 + roll(c, 5)},
                        .thread = {roll(c, 2)}};

    if ((event.kind == ORCH_EV_TURN_ABANDON || event.kind == ORCH_EV_TURN_STOP) && roll(c, 2))
        event.turn.v = 0;
    event.message = (orch_event_message){.daemon = daemon,
                                         .message = {roll(c, 4) ? ++c->messages : roll(c, c->messages + 1)},
                                         .channel = {1 + roll(c, 5)},
                                         .thread = {roll(c, 2)},
                                         .author = {roll(c, 30)},
                                         .addressed = roll(c, 6) != 0,
                                         .reserved = roll(c, 2) != 0,
                                         .recovered = roll(c, 6) == 0};
    if (event.kind == ORCH_EV_REGISTER)
        event.spec = random_spec(c);
    if (event.kind == ORCH_EV_CONFIGURE)
        event.configure = random_configure(c);
    return event;
}

/* Mostly to the next deadline, sometimes short of it, sometimes far beyond or back. */
static void pass_time(chaos *c)
{
    int64_t next_ms = orch_next_deadline(c->stage.core);

    switch (roll(c, 8)) {
    case 0:
        c->stage.now_ms += (int64_t)roll(c, 20000);
        break;
    case 1:
        c->stage.now_ms -= (int64_t)roll(c, 1000);
        break;
    case 2:
    case 3:
        if (next_ms != INT64_MAX && next_ms > c->stage.now_ms)
            c->stage.now_ms = next_ms;
        break;
    default:
        c->stage.now_ms += (int64_t)roll(c, 50);
    }
}

static void note(bytes *trace, int status, orch_effects effects)
{
    char line[256];
    int len = snprintf(line, sizeof line, "= %d\n", status);

    append(trace, line, (size_t)len);
    for (size_t i = 0; i < effects.count; i++) {
        append(trace, line, orch_effect_describe(&effects.items[i], line, sizeof line));
        append(trace, "\n", 1);
    }
}

static void remember_turns(chaos *c)
{
    for (size_t i = 0; i < c->stage.effects.count; i++)
        if (c->stage.effects.items[i].turn.v)
            c->turns[c->turns_next++ % TURNS] = c->stage.effects.items[i].turn;
}

static void play(chaos *c)
{
    for (int i = 0; i < EVENTS; i++) {
        uint8_t record[8192];
        orch_event event;
        size_t len;
        int status;

        pass_time(c);
        event = random_event(c);
        len = orch_event_encode(&event, c->stage.now_ms, record, sizeof record);
        append(&c->log, record, len);
        status = stage_step(&c->stage, event);
        if (len > 0)
            note(&c->trace, status, c->stage.effects);
        remember_turns(c);
        stage_validate(&c->stage);
    }
}

static void dump_into(const orch_core *core, bytes *out)
{
    size_t len = orch_core_dump(core, NULL, 0);
    char *text = malloc(len + 1);

    assert_non_null(text);
    assert_int_equal(orch_core_dump(core, text, len + 1), len);
    append(out, text, len);
    free(text);
}

static void replay(const chaos *c, bytes *out_trace)
{
    static orch_event_storage storage;
    stage again = {.heap.allow = -1, .config = c->stage.config};
    size_t pos = 0;

    again.config.allocator.user = &again.heap;
    stage_open(&again);
    while (pos < c->log.len) {
        orch_event event;
        int64_t read = orch_event_decode(c->log.ptr + pos, c->log.len - pos, &storage, &event, &again.now_ms);
        int status;

        assert_true(read > 0);
        pos += (size_t)read;
        status = stage_step(&again, event);
        note(out_trace, status, again.effects);
    }
    dump_into(again.core, out_trace);
    stage_close(&again);
}

static void run_seed(uint64_t seed)
{
    chaos *c = calloc(1, sizeof *c);
    bytes again = {0};

    assert_non_null(c);
    c->random = seed;
    stage_prepare(&c->stage);
    random_config(c);
    stage_open(&c->stage);
    play(c);
    dump_into(c->stage.core, &c->trace);
    replay(c, &again);
    if (again.len != c->trace.len || memcmp(again.ptr, c->trace.ptr, again.len) != 0)
        fail_msg("seed %llu replays to another trace", (unsigned long long)seed);
    stage_close(&c->stage);
    free(c->log.ptr);
    free(c->trace.ptr);
    free(again.ptr);
    free(c);
}

static void a_recorded_run_replays_to_the_same_trace(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        run_seed(seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_recorded_run_replays_to_the_same_trace)};

    return STAGE_RUN(tests);
}
