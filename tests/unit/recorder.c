#include "recorder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define WAIT_MAX_MS 20000

const orch_orchestrator_info ann = {
    .id = "orch_ann",
    .role = "Designer",
    .discipline = "Design",
    .user = {.id = "user_ann",
             .name = "Ann Lee",
             .email = "ann@example.com",
             .is_orchestrator = true,
             .config_json = "{\"charter\":{\"rules\":[{\"match\":\"colour\",\"reply\":\"Blue.\"}]}}"},
};

const orch_orchestrator_info bob = {
    .id = "orch_bob",
    .role = "Tester",
    .user = {.id = "user_bob", .name = "Bob", .email = "bob@example.com", .is_orchestrator = true},
};

/* ---- the trace ---- */

static void write_down(recorder *r, const char *name, const char *who, const char *what)
{
    int len = snprintf(r->trace + r->len, sizeof r->trace - r->len, "%s%s%s%s%s\n", name, who ? " " : "",
                       who ? who : "", what ? " " : "", what ? what : "");

    assert_true(len > 0 && (size_t)len < sizeof r->trace - r->len);
    r->len += (size_t)len;
}

static void on_daemon_event(const orch_daemon_event *event, void *user)
{
    recorder *r = user;
    const char *what = NULL;

    switch (event->type) {
    case ORCH_DAEMON_ERROR:
        what = event->error.message;
        break;
    case ORCH_DAEMON_MESSAGE_PROCESSED:
        what = event->incoming.id;
        break;
    case ORCH_DAEMON_MESSAGE_SEND:
        what = event->outgoing.content;
        r->sent++;
        break;
    case ORCH_DAEMON_MESSAGE_ERROR:
        what = event->failed.error.message;
        break;
    case ORCH_DAEMON_ACTION_EXECUTE:
        what = event->action.type;
        break;
    default:
        break;
    }
    write_down(r, orch_daemon_event_name(event->type), NULL, what);
}

static void on_manager_event(const orch_manager_event *event, void *user)
{
    recorder *r = user;
    const char *what = NULL;

    switch (event->type) {
    case ORCH_MANAGER_DAEMON_STARTED:
    case ORCH_MANAGER_DAEMON_STOPPED:
    case ORCH_MANAGER_DAEMON_RESTARTED:
        break;
    case ORCH_MANAGER_DAEMON_MESSAGE_PROCESSED:
        what = event->incoming.id;
        break;
    case ORCH_MANAGER_DAEMON_MESSAGE_SEND:
        what = event->outgoing.content;
        r->sent++;
        break;
    case ORCH_MANAGER_DAEMON_MESSAGE_ERROR:
        what = event->failed.error.message;
        break;
    case ORCH_MANAGER_DAEMON_ACTION:
        what = event->action.type;
        break;
    default:
        what = event->error.message;
        break;
    }
    write_down(r, orch_manager_event_name(event->type), event->orchestrator_id, what);
}

void record_daemon(recorder *r, orch_daemon *daemon)
{
    for (int type = 1; type < ORCH_DAEMON_EVENT_TYPES_END; type++) {
        if (type != ORCH_DAEMON_HEARTBEAT && type != ORCH_DAEMON_STATUS_CHANGED)
            assert_int_equal(orch_daemon_on(daemon, (orch_daemon_event_type)type, on_daemon_event, r), 0);
    }
}

void record_manager(recorder *r, orch_manager *manager)
{
    for (int type = 1; type < ORCH_MANAGER_EVENT_TYPES_END; type++) {
        if (type != ORCH_MANAGER_DAEMON_HEARTBEAT && type != ORCH_MANAGER_DAEMON_STATUS_CHANGED &&
            type != ORCH_MANAGER_DAEMON_HEALTH)
            assert_int_equal(orch_manager_on(manager, (orch_manager_event_type)type, on_manager_event, r), 0);
    }
}

void expect_trace(recorder *r, const char *expected)
{
    r->trace[r->len] = '\0';
    assert_string_equal(r->trace, expected);
    r->len = 0;
}

/* ---- waiting ---- */

void run_until(const unsigned *value, unsigned least)
{
    uint64_t limit = uv_hrtime() + (uint64_t)WAIT_MAX_MS * 1000000;

    while (*value < least) {
        assert_true(uv_hrtime() < limit);
        uv_run(orch_loop(), UV_RUN_ONCE);
    }
}

void run_due(void)
{
    for (int i = 0; i < 8; i++)
        uv_run(orch_loop(), UV_RUN_NOWAIT);
}

/* ---- daemons ---- */

orch_daemon *make_daemon(const orch_orchestrator_info *info, orch_generate_fn generate, void *user)
{
    orch_daemon_config config;
    orch_daemon *daemon;

    orch_daemon_config_init(&config);
    config.orchestrator = info;
    config.generate_response = generate;
    config.generate_user = user;
    daemon = orch_daemon_new(&config);
    assert_non_null(daemon);
    return daemon;
}

void start(orch_daemon *daemon)
{
    orch_wait wait = ORCH_WAIT_INIT;

    orch_daemon_start(daemon, orch_wait_finished, &wait);
    assert_int_equal(orch_wait_for(&wait), 0);
    assert_true(orch_daemon_is_running(daemon));
}

void stop(orch_daemon *daemon)
{
    orch_wait wait = ORCH_WAIT_INIT;

    orch_daemon_stop(daemon, orch_wait_finished, &wait);
    assert_int_equal(orch_wait_for(&wait), 0);
    assert_int_equal(orch_daemon_get_status(daemon), ORCH_STATUS_STOPPED);
}

orch_incoming_message message_of(const char *id, const char *content)
{
    return (orch_incoming_message){
        .id = id, .content = content, .channel_id = "general", .author_id = "guest"};
}

int say(orch_daemon *daemon, const char *id, const char *content)
{
    orch_wait wait = ORCH_WAIT_INIT;
    orch_incoming_message message = message_of(id, content);

    orch_daemon_handle_message(daemon, &message, orch_wait_finished, &wait);
    return orch_wait_for(&wait);
}

uint64_t answered(const orch_daemon *daemon)
{
    orch_daemon_health health;

    orch_daemon_get_health_status(daemon, &health);
    return health.total_messages_processed;
}

/* ---- around a test ---- */

int clean_setup(void **state)
{
    static const char *const names[] = {"ORCHD_MODEL",         "ANTHROPIC_API_KEY",
                                        "OPENAI_API_KEY",      "OPENAI_BASE_URL",
                                        "DAEMON_AUTO_START",   "DAEMON_MAX_RESTART_ATTEMPTS",
                                        "DAEMON_AUTO_RESTART", "DAEMON_HEARTBEAT_INTERVAL"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unsetenv(names[i]);
    return 0;
}

int clean_teardown(void **state)
{
    (void)state;
    orch_loop_close();
    return 0;
}
