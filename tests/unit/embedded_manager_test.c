/* orch_manager: one in a process; many daemons, logins, routing, restarts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "recorder.h"

static recorder r;

static orch_manager *make(void)
{
    orch_manager *manager = orch_manager_get(NULL);

    assert_non_null(manager);
    r = (recorder){0};
    record_manager(&r, manager);
    return manager;
}

static int start_one(orch_manager *manager, const orch_orchestrator_info *info, orch_wait *wait)
{
    orch_manager_start_daemon(manager, info, orch_wait_finished, wait);
    return orch_wait_for(wait);
}

/* ---- the one of the process ---- */

/* What is written to standard error meanwhile. */
typedef struct capture {
    int saved;
    FILE *file;
    char text[4096];
} capture;

static void capture_begin(capture *c)
{
    fflush(stderr);
    c->saved = dup(STDERR_FILENO);
    c->file = tmpfile();
    assert_non_null(c->file);
    assert_true(dup2(fileno(c->file), STDERR_FILENO) >= 0);
}

static void capture_end(capture *c)
{
    size_t len;

    fflush(stderr);
    dup2(c->saved, STDERR_FILENO);
    close(c->saved);
    rewind(c->file);
    len = fread(c->text, 1, sizeof c->text - 1, c->file);
    c->text[len] = '\0';
    fclose(c->file);
}

static unsigned count_of(const char *text, const char *word)
{
    unsigned count = 0;

    for (const char *at = strstr(text, word); at; at = strstr(at + 1, word))
        count++;
    return count;
}

static void a_different_configuration_is_warned_of_once(void **state)
{
    orch_manager *manager = make();
    orch_manager_config config;
    capture c;

    (void)state;
    orch_manager_config_init(&config);
    capture_begin(&c);
    assert_ptr_equal(orch_manager_get(&config), manager); /* the same: nothing to say */
    config.auto_start = false;
    config.max_restart_attempts = 7;
    assert_ptr_equal(orch_manager_get(&config), manager);
    assert_ptr_equal(orch_manager_get(&config), manager);
    capture_end(&c);
    assert_int_equal(count_of(c.text, "auto_start, max_restart_attempts"), 1);
    config.max_restart_attempts = 1001;
    assert_null(orch_manager_get(&config));
    assert_string_equal(orch_last_error(), "max_restart_attempts is 1001; allowed are 0 to 1000");
}

static void initialize_configures_the_live_one(void **state)
{
    orch_manager *manager = make();
    orch_manager_config config;
    orch_wait wait = ORCH_WAIT_INIT;

    (void)state;
    orch_manager_config_init(&config);
    config.auto_start = false;
    assert_ptr_equal(orch_manager_initialize(&config), manager);
    orch_manager_on_user_login(manager, &ann, orch_wait_finished, &wait);
    assert_int_equal(orch_wait_for(&wait), 0);
    assert_false(orch_manager_is_daemon_running(manager, ann.id));
    config.auto_start = true;
    assert_ptr_equal(orch_manager_initialize(&config), manager);
    orch_manager_on_user_login(manager, &ann, orch_wait_finished, &wait);
    assert_int_equal(orch_wait_for(&wait), 0);
    assert_true(orch_manager_is_daemon_running(manager, ann.id));
}

static void takes_its_defaults_from_the_environment(void **state)
{
    orch_manager *manager;
    orch_wait wait = ORCH_WAIT_INIT;

    (void)state;
    setenv("DAEMON_AUTO_START", "off", 1);
    setenv("DAEMON_MAX_RESTART_ATTEMPTS", "many", 1);
    assert_null(orch_manager_get(NULL));
    assert_non_null(strstr(orch_last_error(), "DAEMON_MAX_RESTART_ATTEMPTS"));
    unsetenv("DAEMON_MAX_RESTART_ATTEMPTS");
    manager = orch_manager_get(NULL);
    assert_non_null(manager);
    orch_manager_on_user_login(manager, &ann, orch_wait_finished, &wait);
    assert_int_equal(orch_wait_for(&wait), 0);
    assert_null(orch_manager_get_daemon(manager, ann.id));
}

/* ---- daemons ---- */

static void starts_each_orchestrator_once(void **state)
{
    orch_manager *manager = make();
    orch_wait first = ORCH_WAIT_INIT;
    orch_wait second = ORCH_WAIT_INIT;
    orch_daemon *daemon;

    (void)state;
    orch_manager_start_daemon(manager, &ann, orch_wait_finished, &first);
    orch_manager_start_daemon(manager, &ann, orch_wait_finished, &second);
    assert_int_equal(orch_wait_for(&first), 0);
    assert_int_equal(orch_wait_for(&second), 0);
    daemon = orch_manager_get_daemon(manager, ann.id);
    assert_int_equal(start_one(manager, &ann, &first), 0);
    assert_ptr_equal(orch_manager_get_daemon(manager, ann.id), daemon);
    assert_int_equal(orch_manager_get_running_daemons(manager, NULL, 0), 1);
    expect_trace(&r, "daemon:started orch_ann\n");
}

static void tells_the_status_of_each(void **state)
{
    orch_manager *manager = make();
    orch_wait wait = ORCH_WAIT_INIT;
    orch_managed_daemon all[4];
    orch_daemon *running[4];

    (void)state;
    assert_int_equal(orch_manager_get_daemon_status(manager, "orch_ann", &all[0]), ORCH_E_NOT_FOUND);
    assert_int_equal(start_one(manager, &ann, &wait), 0);
    assert_int_equal(start_one(manager, &bob, &wait), 0);
    orch_manager_stop_daemon(manager, bob.id, orch_wait_finished, &wait);
    assert_int_equal(orch_wait_for(&wait), 0);
    assert_int_equal(orch_manager_get_running_daemons(manager, running, 4), 1);
    assert_ptr_equal(running[0], orch_manager_get_daemon(manager, ann.id));
    assert_int_equal(orch_manager_get_all_daemon_statuses(manager, all, 4), 2);
    assert_string_equal(all[0].orchestrator->user.name, "Ann Lee");
    assert_true(all[0].started_at_ms > 0);
    assert_null(all[0].last_error);
    assert_int_equal(all[1].health.status, ORCH_STATUS_STOPPED);
    assert_int_equal(all[1].started_at_ms, 0);
}

static void unknown_daemons(void **state)
{
    orch_manager *manager = make();
    orch_wait wait = ORCH_WAIT_INIT;

    (void)state;
    orch_manager_stop_daemon(manager, "nobody", orch_wait_finished, &wait);
    assert_int_equal(orch_wait_for(&wait), 0);
    orch_manager_on_user_logout(manager, "nobody", orch_wait_finished, &wait);
    assert_int_equal(orch_wait_for(&wait), 0);
    orch_manager_restart_daemon(manager, "nobody", orch_wait_finished, &wait);
    assert_int_equal(orch_wait_for(&wait), ORCH_E_NOT_FOUND);
    assert_string_equal(wait.message, "No daemon running for orchestrator: nobody");
    assert_false(orch_manager_is_daemon_running(manager, "nobody"));
    assert_null(orch_manager_get_daemon(manager, "nobody"));
    orch_manager_stop_all_daemons(manager, orch_wait_finished, &wait);
    assert_int_equal(orch_wait_for(&wait), 0);
}

static void a_changed_orchestrator_is_heard_of(void **state)
{
    orch_manager *manager = make();
    orch_orchestrator_info renamed = ann;
    orch_wait wait = ORCH_WAIT_INIT;
    orch_incoming_message message = message_of("1", "@Anna colour");

    (void)state;
    assert_int_equal(start_one(manager, &ann, &wait), 0);
    renamed.user.name = "Anna";
    assert_int_equal(start_one(manager, &renamed, &wait), 0);
    orch_manager_route_message(manager, &message, orch_wait_finished, &wait);
    assert_int_equal(orch_wait_for(&wait), 0);
    renamed.user.id = "somebody else";
    assert_int_equal(start_one(manager, &renamed, &wait), ORCH_E_CONFLICT);
    expect_trace(
        &r, "daemon:started orch_ann\ndaemon:message-send orch_ann Blue.\n"
            "daemon:message-processed orch_ann 1\n"
            "daemon:start-error orch_ann orchestrator orch_ann belongs to user user_ann, not to somebody "
            "else\n");
}

/* ---- logins ---- */

static void logs_in_and_out(void **state)
{
    orch_manager *manager = make();
    orch_wait wait = ORCH_WAIT_INIT;
    orch_orchestrator_info person = bob;
    const char *ids[] = {ann.user.id, ann.id};

    (void)state;
    for (int i = 0; i < 2; i++) {
        orch_manager_on_user_login(manager, &ann, orch_wait_finished, &wait);
        assert_int_equal(orch_wait_for(&wait), 0);
        assert_true(orch_manager_is_daemon_running(manager, ann.id));
        orch_manager_on_user_logout(manager, ids[i], orch_wait_finished, &wait);
        assert_int_equal(orch_wait_for(&wait), 0);
        assert_false(orch_manager_is_daemon_running(manager, ann.id));
    }
    person.user.is_orchestrator = false;
    orch_manager_on_user_login(manager, &person, orch_wait_finished, &wait);
    assert_int_equal(orch_wait_for(&wait), 0);
    assert_null(orch_manager_get_daemon(manager, bob.id));
}

static void a_login_with_a_bad_charter_is_told(void **state)
{
    orch_manager *manager = make();
    orch_orchestrator_info info = ann;
    orch_wait wait = ORCH_WAIT_INIT;

    (void)state;
    info.user.config_json = "{\"charter\":7}";
    orch_manager_on_user_login(manager, &info, orch_wait_finished, &wait);
    assert_true(orch_wait_for(&wait) < 0);
    run_due();
    assert_int_equal(strncmp(r.trace, "auto-start-error orch_ann orchestrator.user.config_json: charter", 64),
                     0);
}

/* ---- failures ---- */

static void gives_up_after_the_last_restart(void **state)
{
    orch_manager *manager;
    orch_manager_config config;
    orch_wait wait = ORCH_WAIT_INIT;
    orch_managed_daemon status;

    (void)state;
    orch_manager_config_init(&config);
    config.max_restart_attempts = 0;
    manager = orch_manager_get(&config);
    r = (recorder){0};
    setenv("ORCHD_MODEL", "abacus/1", 1);
    record_manager(&r, manager);
    assert_int_equal(start_one(manager, &ann, &wait), ORCH_E_INVALID);
    run_due();
    assert_int_equal(orch_manager_get_daemon_status(manager, ann.id, &status), 0);
    assert_int_equal(status.health.status, ORCH_STATUS_ERROR);
    assert_string_equal(status.last_error, "Max restart attempts (0) reached for orchestrator: orch_ann");
    assert_non_null(strstr(r.trace, "daemon:restart-error orch_ann Max restart attempts (0) reached"));
    orch_loop_run(); /* nothing is alive: returns */
}

static unsigned restarts;

static void count_restart(const orch_manager_event *event, void *user)
{
    (void)user;
    assert_string_equal(event->orchestrator_id, "orch_ann");
    restarts = event->restart_count;
    orch_loop_stop();
}

static void a_failed_first_start_is_tried_again(void **state)
{
    orch_manager *manager = make();
    orch_wait wait = ORCH_WAIT_INIT;
    orch_managed_daemon status;

    (void)state;
    restarts = 0;
    orch_manager_on(manager, ORCH_MANAGER_DAEMON_RESTARTED, count_restart, NULL);
    setenv("ORCHD_MODEL", "abacus/1", 1);
    assert_int_equal(start_one(manager, &ann, &wait), ORCH_E_INVALID);
    unsetenv("ORCHD_MODEL");
    orch_loop_run(); /* a restart is due: it does not return before */
    assert_int_equal(restarts, 1);
    assert_true(orch_manager_is_daemon_running(manager, ann.id));
    assert_int_equal(orch_manager_get_daemon_status(manager, ann.id, &status), 0);
    assert_int_equal(status.restart_count, 1);
    assert_non_null(status.last_error);
}

/* ---- messages ---- */

static void routes_to_whom_it_concerns(void **state)
{
    orch_manager *manager = make();
    orch_wait wait = ORCH_WAIT_INIT;
    orch_incoming_message both = message_of("1", "@orchestrator which colour?");
    orch_incoming_message one = message_of("2", "Ann Lee, which colour?");
    orch_incoming_message none = message_of("3", "planning");

    (void)state;
    assert_int_equal(start_one(manager, &ann, &wait), 0);
    assert_int_equal(start_one(manager, &bob, &wait), 0);
    r.len = 0;
    orch_manager_route_message(manager, &one, orch_wait_finished, &wait);
    assert_int_equal(orch_wait_for(&wait), 0);
    orch_manager_route_message(manager, &none, orch_wait_finished, &wait);
    assert_int_equal(orch_wait_for(&wait), 0);
    expect_trace(&r, "daemon:message-send orch_ann Blue.\ndaemon:message-processed orch_ann 2\n");
    r.sent = 0;
    orch_manager_route_message(manager, &both, orch_wait_finished, &wait);
    assert_int_equal(orch_wait_for(&wait), 0);
    assert_int_equal(r.sent, 2);
    orch_manager_stop_daemon(manager, bob.id, NULL, NULL);
    both.id = "4";
    orch_manager_route_message(manager, &both, orch_wait_finished, &wait);
    assert_int_equal(orch_wait_for(&wait), 0);
    assert_int_equal(r.sent, 3);
    none.content = "";
    orch_manager_route_message(manager, &none, orch_wait_finished, &wait);
    assert_int_equal(orch_wait_for(&wait), ORCH_E_INVALID);
}

/* Two that always call each other: each reply is handed to the manager as the channel's next message. */
static unsigned posted;

static void call_the_other(const orch_incoming_message *message, const orch_generate_context *context,
                           orch_reply *reply, void *user)
{
    bool is_ann = strcmp(context->orchestrator->id, "orch_ann") == 0;

    (void)message, (void)user;
    orch_reply_resolve(reply,
                       &(orch_outgoing_message){.content = is_ann ? "@bob over to you" : "@ann over to you"});
}

static void post_reply(const orch_manager_event *event, void *user)
{
    const bool *with_metadata = user;
    char id[16];
    orch_incoming_message message = {
        .id = id,
        .content = event->outgoing.content,
        .channel_id = event->outgoing.channel_id,
        .author_id = event->user_id,
        .metadata_json = *with_metadata ? event->outgoing.metadata_json : NULL,
    };

    snprintf(id, sizeof id, "reply %u", ++posted);
    assert_true(posted < 100);
    orch_manager_route_message(event->manager, &message, NULL, NULL);
}

static void expect_chain_to_end(bool with_metadata)
{
    orch_daemon_config daemons;
    orch_manager_config config;
    orch_manager *manager;
    orch_wait wait = ORCH_WAIT_INIT;
    orch_incoming_message first = message_of("1", "@ann begin");

    orch_daemon_config_init(&daemons);
    daemons.generate_response = call_the_other;
    orch_manager_config_init(&config);
    config.daemon = &daemons;
    manager = orch_manager_get(&config);
    posted = 0;
    orch_manager_on(manager, ORCH_MANAGER_DAEMON_MESSAGE_SEND, post_reply, &with_metadata);
    assert_int_equal(start_one(manager, &ann, &wait), 0);
    assert_int_equal(start_one(manager, &bob, &wait), 0);
    orch_manager_route_message(manager, &first, orch_wait_finished, &wait);
    assert_int_equal(orch_wait_for(&wait), 0);
    run_due();
    assert_int_equal(posted, 4);
    orch_manager_reset(orch_wait_finished, &wait);
    assert_int_equal(orch_wait_for(&wait), 0);
}

static void a_chain_of_orchestrators_ends(void **state)
{
    (void)state;
    expect_chain_to_end(true);
    expect_chain_to_end(false);
}

/* One that runs elsewhere is known by the hops in its message: then only an '@' addresses, and not for ever. */
static void orchestrators_of_elsewhere_need_an_at(void **state)
{
    static const struct {
        const char *content;
        const char *metadata;
        unsigned sent;
    } cases[] = {
        {"Ann Lee, which colour?", NULL, 1},
        {"Ann Lee, which colour?", "{\"hops\":1}", 1},
        {"@ann which colour?", "{\"hops\":1}", 2},
        {"@ann which colour?", "{\"hops\":4}", 2},
    };
    orch_manager *manager = make();
    orch_wait wait = ORCH_WAIT_INIT;
    char id[8];

    (void)state;
    assert_int_equal(start_one(manager, &ann, &wait), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        orch_incoming_message message = message_of(id, cases[i].content);

        snprintf(id, sizeof id, "%zu", i);
        message.metadata_json = cases[i].metadata;
        orch_manager_route_message(manager, &message, orch_wait_finished, &wait);
        assert_int_equal(orch_wait_for(&wait), 0);
        assert_int_equal(r.sent, cases[i].sent);
    }
}

/* ---- the end ---- */

static orch_reply *held;
static unsigned held_count;

static void hold(const orch_incoming_message *message, const orch_generate_context *context,
                 orch_reply *reply, void *user)
{
    (void)message, (void)context, (void)user;
    held = reply;
    held_count++;
}

static void a_reset_loses_no_reply(void **state)
{
    orch_daemon_config daemons;
    orch_manager_config config;
    orch_manager *manager;
    orch_wait wait = ORCH_WAIT_INIT;
    orch_incoming_message message = message_of("1", "@ann hello");

    (void)state;
    held_count = 0;
    orch_daemon_config_init(&daemons);
    daemons.generate_response = hold;
    orch_manager_config_init(&config);
    config.daemon = &daemons;
    manager = orch_manager_get(&config);
    r = (recorder){0};
    record_manager(&r, manager);
    assert_int_equal(start_one(manager, &ann, &wait), 0);
    orch_manager_route_message(manager, &message, NULL, NULL);
    run_until(&held_count, 1);

    orch_manager_reset(orch_wait_finished, &wait);
    assert_non_null(orch_manager_get(NULL)); /* a new one, while the old one ends */
    assert_null(orch_manager_get_daemon(orch_manager_get(NULL), ann.id));
    run_due();
    assert_false(wait.finished);
    orch_reply_resolve(held, &(orch_outgoing_message){.content = "Hello!"});
    assert_int_equal(orch_wait_for(&wait), 0);
    expect_trace(&r, "daemon:started orch_ann\ndaemon:message-send orch_ann Hello!\n"
                     "daemon:message-processed orch_ann 1\ndaemon:stopped orch_ann\n");
}

static void reset_it(const orch_manager_event *event, void *user)
{
    orch_wait *waits = user;

    orch_manager_reset(orch_wait_finished, &waits[0]);
    orch_manager_start_daemon(event->manager, &bob, orch_wait_finished, &waits[1]);
}

static void a_listener_may_reset_the_manager(void **state)
{
    orch_manager *manager = make();
    orch_wait waits[2] = {ORCH_WAIT_INIT};

    (void)state;
    orch_manager_on(manager, ORCH_MANAGER_DAEMON_STARTED, reset_it, waits);
    orch_manager_start_daemon(manager, &ann, NULL, NULL);
    assert_int_equal(orch_wait_for(&waits[0]), 0);
    assert_int_equal(orch_wait_for(&waits[1]), ORCH_E_CLOSED);
    expect_trace(&r, "daemon:started orch_ann\ndaemon:stopped orch_ann\n");
    orch_manager_reset(orch_wait_finished, &waits[0]); /* there is none */
    assert_true(waits[0].finished);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, clean_setup, clean_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_different_configuration_is_warned_of_once),
        TEST(initialize_configures_the_live_one),
        TEST(takes_its_defaults_from_the_environment),
        TEST(starts_each_orchestrator_once),
        TEST(tells_the_status_of_each),
        TEST(unknown_daemons),
        TEST(a_changed_orchestrator_is_heard_of),
        TEST(logs_in_and_out),
        TEST(a_login_with_a_bad_charter_is_told),
        TEST(gives_up_after_the_last_restart),
        TEST(a_failed_first_start_is_tried_again),
        TEST(routes_to_whom_it_concerns),
        TEST(a_chain_of_orchestrators_ends),
        TEST(orchestrators_of_elsewhere_need_an_at),
        TEST(a_reset_loses_no_reply),
        TEST(a_listener_may_reset_the_manager),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
