/* The engine: order of what is sent from inside, one timer, an event log that replays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine.h"

#define TRACE_MAX 16384
#define LOG_MAX   65536

/* The C library's, for libuv too: the clocks of this program, as a test sets them. */
static int64_t real_shift_s;
static int64_t steady_shift_s;

__attribute__((visibility("default"))) int clock_gettime(clockid_t clock, struct timespec *out_now)
{
    int result = (int)syscall(SYS_clock_gettime, clock, out_now);

    out_now->tv_sec += clock == CLOCK_REALTIME ? real_shift_s : steady_shift_s;
    return result;
}

typedef struct host {
    uv_loop_t loop;
    orch_engine *engine;
    char trace[TRACE_MAX];
    size_t trace_len;
    uint8_t log[LOG_MAX];
    size_t log_len;
    unsigned settled;
    unsigned heartbeats;
    bool answers_open;
    bool stops_when_settled;
    bool closed;
} host;

static void note(host *h, const char *line)
{
    h->trace_len += (size_t)snprintf(h->trace + h->trace_len, TRACE_MAX - h->trace_len, "%s\n", line);
    assert_true(h->trace_len < TRACE_MAX);
}

static void carry_out(const orch_effect *effect, void *user)
{
    host *h = user;
    orch_event opened = {.kind = ORCH_EV_OPENED, .daemon = effect->daemon};
    char line[256];

    orch_effect_describe(effect, line, sizeof line);
    note(h, line);
    if (effect->kind == ORCH_FX_DAEMON_OPEN && h->answers_open) {
        assert_true(orch_engine_busy(h->engine));
        assert_int_equal(orch_engine_send(h->engine, &opened), 0);
        note(h, "(opened is sent)");
    }
    if (effect->kind == ORCH_FX_HEARTBEAT) {
        h->heartbeats++;
        uv_stop(&h->loop);
    }
}

static void settled(void *user)
{
    host *h = user;
    orch_event stop = {.kind = ORCH_EV_STOP, .daemon = {1}};

    h->settled++;
    note(h, "settled");
    if (h->stops_when_settled) {
        h->stops_when_settled = false;
        assert_false(orch_engine_busy(h->engine));
        assert_int_equal(orch_engine_send(h->engine, &stop), 0);
    }
}

static void record(const uint8_t *bytes, size_t size, void *user)
{
    host *h = user;

    assert_true(h->log_len + size <= LOG_MAX);
    memcpy(h->log + h->log_len, bytes, size);
    h->log_len += size;
}

static orch_core_config core_config(void)
{
    orch_core_config config;

    orch_core_config_init(&config);
    config.seed = 7;
    return config;
}

static int setup(void **state)
{
    host *h = calloc(1, sizeof *h);
    orch_engine_config config = {
        .core = core_config(), .effect = carry_out, .settled = settled, .record = record, .user = h};

    if (!h || uv_loop_init(&h->loop))
        return -1;
    config.loop = &h->loop;
    h->answers_open = true;
    *state = h;
    return orch_engine_new(&config, &h->engine);
}

static void is_closed(void *user)
{
    host *h = user;

    h->closed = true;
}

static int teardown(void **state)
{
    host *h = *state;
    bool fine;

    orch_engine_close(h->engine, is_closed, h);
    uv_run(&h->loop, UV_RUN_DEFAULT);
    fine = h->closed && uv_loop_close(&h->loop) == 0;
    free(h);
    return fine ? 0 : -1;
}

static int register_daemon(host *h, uint32_t heartbeat_ms)
{
    orch_daemon_spec spec = {.daemon = {1},
                             .user = {10},
                             .name = ORCH_STR("Ada"),
                             .auto_respond = true,
                             .heartbeat_ms = heartbeat_ms,
                             .conversations_running_max = 1,
                             .models_count = 1};
    orch_event event = {.kind = ORCH_EV_REGISTER, .spec = &spec};

    return orch_engine_send(h->engine, &event);
}

static int tell(host *h, orch_event_kind kind)
{
    orch_event event = {.kind = kind, .daemon = {1}};

    return orch_engine_send(h->engine, &event);
}

static orch_status status_of(const host *h)
{
    orch_health health;

    assert_int_equal(orch_core_health(orch_engine_core(h->engine), (orch_daemon_id){1},
                                      orch_engine_now(h->engine), &health),
                     0);
    return health.status;
}

/* What an effect's handler sends waits until the effects of the step are carried out. */
static void sends_from_inside_wait(void **state)
{
    host *h = *state;

    assert_int_equal(register_daemon(h, 1000), 0);
    h->trace_len = 0;
    assert_int_equal(tell(h, ORCH_EV_START), 0);
    assert_int_equal(status_of(h), ORCH_STATUS_RUNNING);
    assert_string_equal(h->trace, "emit daemon:status-changed d1 initializing\n"
                                  "daemon-open d1\n"
                                  "(opened is sent)\n"
                                  "emit daemon:status-changed d1 running\n"
                                  "emit daemon:started d1\n"
                                  "settled\n");
    assert_int_equal(orch_engine_counts(h->engine).events, 3);
}

/* The core's own answer comes back from the outermost send. */
static void the_result_is_the_cores(void **state)
{
    host *h = *state;

    assert_int_equal(tell(h, ORCH_EV_START), ORCH_E_NOT_FOUND);
    assert_int_equal(register_daemon(h, 1000), 0);
    assert_int_equal(tell(h, ORCH_EV_START), 0);
    assert_int_equal(tell(h, ORCH_EV_START), ORCH_E_ALREADY_RUNNING);
    assert_int_equal(register_daemon(h, 1), ORCH_E_INVALID);
}

/* What `settled` sends is stepped at once, and settles nothing in its turn. */
static void settled_is_not_re_entered(void **state)
{
    host *h = *state;

    assert_int_equal(register_daemon(h, 1000), 0);
    h->stops_when_settled = true;
    h->settled = 0;
    assert_int_equal(tell(h, ORCH_EV_START), 0);
    assert_int_equal(status_of(h), ORCH_STATUS_STOPPED);
    assert_int_equal(h->settled, 1);
}

static void too_late(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

/* The loop runs until the timer brought `count` heartbeats; ten seconds end a test that hangs. */
static void run_until_heartbeats(host *h, unsigned count)
{
    uv_timer_t limit;

    uv_timer_init(&h->loop, &limit);
    uv_timer_start(&limit, too_late, 10000, 0);
    while (h->heartbeats < count && uv_is_active((uv_handle_t *)&limit))
        uv_run(&h->loop, UV_RUN_DEFAULT);
    assert_true(uv_is_active((uv_handle_t *)&limit));
    uv_close((uv_handle_t *)&limit, NULL);
    uv_run(&h->loop, UV_RUN_NOWAIT);
}

static void the_timer_follows_the_deadline(void **state)
{
    host *h = *state;
    uint64_t began;

    assert_int_equal(register_daemon(h, 100), 0);
    assert_int_equal(tell(h, ORCH_EV_START), 0);
    uv_update_time(&h->loop);
    began = uv_now(&h->loop);
    run_until_heartbeats(h, 1);
    assert_in_range(uv_now(&h->loop) - began, 90, 9000);
    assert_int_equal(tell(h, ORCH_EV_HEARTBEAT), 0);
    run_until_heartbeats(h, 2);
}

/* Somebody sets the clock: what is due is still due, and times are shown as the real ones. */
static void a_clock_that_is_set(void **state)
{
    static const int64_t shifts_s[] = {-7200, 7200, 30 * 86400};
    host *h = *state;
    int64_t now_ms;
    orch_health health;

    assert_int_equal(register_daemon(h, 100), 0);
    assert_int_equal(tell(h, ORCH_EV_START), 0);
    for (unsigned i = 0; i < sizeof shifts_s / sizeof shifts_s[0]; i++) {
        now_ms = orch_engine_now(h->engine);
        real_shift_s = shifts_s[i];
        run_until_heartbeats(h, i + 1);
        assert_int_equal(tell(h, ORCH_EV_HEARTBEAT), 0);
        assert_in_range(orch_engine_now(h->engine) - now_ms, 0, 9000);
        assert_int_equal(orch_engine_health(h->engine, (orch_daemon_id){1}, &health), 0);
        assert_int_equal(health.status, ORCH_STATUS_RUNNING);
        assert_in_range(health.last_heartbeat_ms - (now_ms + shifts_s[i] * 1000) + 9000, 0, 18000);
        assert_in_range(orch_engine_skew(h->engine) - shifts_s[i] * 1000 + 9000, 0, 18000);
    }
    real_shift_s = 0;
}

/* The process was stopped for an hour: for the engine it was a moment, and the loop goes on where it was. */
static void a_pause_of_the_process(void **state)
{
    host *h = *state;
    int64_t now_ms;

    assert_int_equal(register_daemon(h, 100), 0);
    assert_int_equal(tell(h, ORCH_EV_START), 0);
    now_ms = orch_engine_now(h->engine);
    steady_shift_s = real_shift_s = 3600;
    uv_update_time(&h->loop);
    run_until_heartbeats(h, 1); /* the engine's timer is the first to see it */
    assert_in_range(orch_engine_now(h->engine) - now_ms, 1000, 12000);
    assert_in_range(orch_engine_suspended(h->engine), 3588000, 3600000);
    assert_in_range(orch_engine_skew(h->engine), 3588000, 3600000);
    assert_int_equal(status_of(h), ORCH_STATUS_RUNNING);
    assert_int_equal(tell(h, ORCH_EV_HEARTBEAT), 0);
    run_until_heartbeats(h, 2);
    steady_shift_s = real_shift_s = 0;
}

/* The recorded events, given to a second core, bring the same effects. */
static void the_event_log_replays(void **state)
{
    host *h = *state;
    host again = {0};
    orch_core_config config = core_config();
    orch_engine_config engine = {.loop = &h->loop, .core = config, .effect = carry_out, .user = &again};
    orch_core *core;
    size_t at = 0;

    assert_int_equal(register_daemon(h, 1000), 0);
    assert_int_equal(tell(h, ORCH_EV_START), 0);
    assert_int_equal(tell(h, ORCH_EV_RESERVE), 0);
    assert_int_equal(tell(h, ORCH_EV_STOP), 0);

    /* An engine only for its allocator: the core is stepped by hand, with the recorded times. */
    assert_int_equal(orch_engine_new(&engine, &again.engine), 0);
    core = (orch_core *)orch_engine_core(again.engine);
    while (at < h->log_len) {
        orch_event_storage storage;
        orch_event event;
        orch_effects effects;
        int64_t now_ms;
        int64_t size = orch_event_decode(h->log + at, h->log_len - at, &storage, &event, &now_ms);

        assert_true(size > 0);
        at += (size_t)size;
        assert_int_equal(orch_step(core, &event, now_ms, &effects), 0);
        for (size_t i = 0; i < effects.count; i++)
            carry_out(&effects.items[i], &again);
    }
    for (char *line = strstr(h->trace, "settled\n"); line; line = strstr(h->trace, "settled\n"))
        memmove(line, line + 8, strlen(line + 8) + 1);
    for (char *line = strstr(h->trace, "(opened is sent)\n"); line;
         line = strstr(h->trace, "(opened is sent)\n"))
        memmove(line, line + 17, strlen(line + 17) + 1);
    assert_string_equal(again.trace, h->trace);
    orch_engine_close(again.engine, NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sends_from_inside_wait, setup, teardown),
        cmocka_unit_test_setup_teardown(the_result_is_the_cores, setup, teardown),
        cmocka_unit_test_setup_teardown(settled_is_not_re_entered, setup, teardown),
        cmocka_unit_test_setup_teardown(the_timer_follows_the_deadline, setup, teardown),
        cmocka_unit_test_setup_teardown(a_clock_that_is_set, setup, teardown),
        cmocka_unit_test_setup_teardown(a_pause_of_the_process, setup, teardown),
        cmocka_unit_test_setup_teardown(the_event_log_replays, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
