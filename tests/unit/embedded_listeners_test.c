/* Listeners come and go, also while they are called. */
#include "recorder.h"

/* What the listeners write down; each is a user pointer of its own. */
static char first[] = "1";
static char second[] = "2";
static char once[] = "once";
static char next[] = "next";
static char last[] = "last";
static char self[] = "self";
static char remover[] = "remover";
static char adder[] = "adder";
static char new_one[] = "new";
static char unknown[] = "unknown";

static recorder r;
static orch_daemon *daemon;

static void act(void)
{
    assert_int_equal(orch_daemon_execute_action(daemon, &(orch_action){.type = "react"}), 0);
    run_due();
}

static int setup(void **state)
{
    clean_setup(state);
    r = (recorder){0};
    daemon = make_daemon(&ann, NULL, NULL);
    start(daemon);
    return 0;
}

static void write_down(const char *name)
{
    while (*name)
        r.trace[r.len++] = *name++;
    r.trace[r.len++] = '\n';
}

static void plain(const orch_daemon_event *event, void *user)
{
    (void)event;
    write_down(user);
}

static void remove_itself(const orch_daemon_event *event, void *user)
{
    write_down(user);
    orch_daemon_off(event->daemon, event->type, remove_itself, user);
}

static void remove_next(const orch_daemon_event *event, void *user)
{
    write_down(user);
    orch_daemon_off(event->daemon, event->type, plain, next);
}

static void add_many(const orch_daemon_event *event, void *user)
{
    write_down(user);
    for (int i = 0; i < 20; i++) /* the list moves in memory meanwhile */
        assert_int_equal(orch_daemon_once(event->daemon, event->type, plain, new_one), 0);
}

static int on(orch_daemon_listener_fn listener, void *user)
{
    return orch_daemon_on(daemon, ORCH_DAEMON_ACTION_EXECUTE, listener, user);
}

static void are_called_in_order(void **state)
{
    (void)state;
    on(plain, first);
    on(plain, second);
    orch_daemon_once(daemon, ORCH_DAEMON_ACTION_EXECUTE, plain, once);
    on(plain, second); /* twice is twice */
    act();
    expect_trace(&r, "1\n2\nonce\n2\n");
    orch_daemon_off(daemon, ORCH_DAEMON_ACTION_EXECUTE, plain, second);
    orch_daemon_off(daemon, ORCH_DAEMON_ACTION_EXECUTE, plain, unknown);
    orch_daemon_off(daemon, ORCH_DAEMON_STARTED, plain, first);
    act();
    expect_trace(&r, "1\n2\n");
}

static void may_remove_themselves_and_others(void **state)
{
    (void)state;
    on(remove_itself, self);
    on(remove_next, remover);
    on(plain, next);
    on(plain, last);
    act();
    expect_trace(&r, "self\nremover\nlast\n");
    act();
    expect_trace(&r, "remover\nlast\n");
}

static void may_add_others(void **state)
{
    (void)state;
    on(add_many, adder);
    on(plain, last);
    act();
    expect_trace(&r, "adder\nlast\n"); /* the new ones are first called for the next event */
    orch_daemon_off(daemon, ORCH_DAEMON_ACTION_EXECUTE, add_many, adder);
    act();
    expect_trace(&r, "last\nnew\nnew\nnew\nnew\nnew\nnew\nnew\nnew\nnew\nnew\nnew\nnew\nnew\nnew\nnew\nnew\n"
                     "new\nnew\nnew\nnew\n");
    act();
    expect_trace(&r, "last\n");
}

static void unknown_types_are_refused(void **state)
{
    (void)state;
    assert_int_equal(orch_daemon_on(daemon, (orch_daemon_event_type)0, plain, NULL), ORCH_E_INVALID);
    assert_int_equal(orch_daemon_on(daemon, ORCH_DAEMON_EVENT_TYPES_END, plain, NULL), ORCH_E_INVALID);
    assert_string_equal(orch_daemon_event_name(ORCH_DAEMON_EVENT_TYPES_END), unknown);
    assert_string_equal(orch_daemon_event_name(ORCH_DAEMON_MESSAGE_SEND), "message:send");
    assert_string_equal(orch_manager_event_name(ORCH_MANAGER_AUTO_START_ERROR), "auto-start-error");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, clean_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(are_called_in_order),
        TEST(may_remove_themselves_and_others),
        TEST(may_add_others),
        TEST(unknown_types_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
