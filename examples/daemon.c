/* One daemon for one orchestrator: start it, hand it a message, look at its health, stop it. */
#include <stdio.h>

#include "orchestrators.h"

/* The daemon's answer: post it to the channel. */
static void post(const orch_daemon_event *event, void *user)
{
    (void)user;
    printf("#%s Iris: %s\n", event->outgoing.channel_id, event->outgoing.content);
}

int main(void)
{
    orch_wait wait = ORCH_WAIT_INIT;
    orch_daemon_health health;
    orch_daemon_config config;
    orch_daemon *daemon;

    /* Create the daemon for an orchestrator user */
    orch_daemon_config_init(&config);
    config.orchestrator = &iris;
    config.heartbeat_interval_ms = 30000;
    config.max_concurrent_conversations = 10;
    config.auto_respond = true;
    daemon = orch_daemon_new(&config);
    if (!daemon) {
        fprintf(stderr, "%s\n", orch_last_error());
        return 1;
    }
    orch_daemon_on(daemon, ORCH_DAEMON_MESSAGE_SEND, post, NULL);

    /* Start it */
    orch_daemon_start(daemon, orch_wait_finished, &wait);
    if (orch_wait_for(&wait) != 0) {
        fprintf(stderr, "%s\n", wait.message);
        return 1;
    }

    /* Handle an incoming message */
    orch_incoming_message message = {
        .id = "msg_123",
        .content = "Hello @orchestrator",
        .channel_id = "ch_456",
        .author_id = "user_789",
    };
    orch_daemon_handle_message(daemon, &message, orch_wait_finished, &wait);
    orch_wait_for(&wait);

    /* Get the health status */
    orch_daemon_get_health_status(daemon, &health);
    printf("Status: %s\n", orch_status_name(health.status));
    printf("Uptime: %lld ms\n", (long long)health.uptime_ms);
    printf("Messages processed: %llu\n", (unsigned long long)health.total_messages_processed);

    /* Stop it */
    orch_daemon_stop(daemon, orch_wait_finished, &wait);
    orch_wait_for(&wait);
    printf("Running: %s\n", orch_daemon_is_running(daemon) ? "yes" : "no");

    orch_daemon_free(daemon);
    orch_loop_close();
    return 0;
}
