/* Every event of a daemon. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "orchestrators.h"

static void on_started(const orch_daemon_event *event, void *user)
{
    (void)event, (void)user;
    printf("Daemon started\n");
}

static void on_stopped(const orch_daemon_event *event, void *user)
{
    (void)event, (void)user;
    printf("Daemon stopped\n");
}

static void on_error(const orch_daemon_event *event, void *user)
{
    (void)user;
    printf("Daemon error: %s\n", event->error.message);
}

static void on_message_processed(const orch_daemon_event *event, void *user)
{
    (void)user;
    printf("Message processed: %s\n", event->incoming.id);
}

static void on_message_send(const orch_daemon_event *event, void *user)
{
    (void)user;
    printf("Sending response: %s\n", event->outgoing.content);
}

static void on_message_error(const orch_daemon_event *event, void *user)
{
    (void)user;
    printf("Message failed: %s: %s\n", event->failed.message.id, event->failed.error.message);
}

static void on_action(const orch_daemon_event *event, void *user)
{
    (void)user;
    printf("Executing action: %s %s\n", event->action.type, event->action.payload_json);
}

static void on_status_changed(const orch_daemon_event *event, void *user)
{
    (void)user;
    printf("Status changed: %s\n", orch_status_name(event->status));
}

static void on_heartbeat(const orch_daemon_event *event, void *user)
{
    (void)user;
    printf("Heartbeat: %s, %llu answered\n", orch_status_name(event->health.status),
           (unsigned long long)event->health.total_messages_processed);
    orch_daemon_stop(event->daemon, NULL, NULL);
}

/* The program's own replies, in place of a language model. */
static void generate(const orch_incoming_message *message, const orch_generate_context *context,
                     orch_reply *reply, void *user)
{
    (void)context, (void)user;
    if (strstr(message->content, "moon"))
        orch_reply_fail(reply, "nobody knows");
    else
        orch_reply_resolve(reply, &(orch_outgoing_message){.content = "Good morning!"});
}

static void on_running(int error, const char *message, void *user)
{
    orch_daemon *daemon = user;
    orch_incoming_message morning = {
        .id = "m1", .content = "@iris good morning", .channel_id = "c1", .author_id = "u1"};
    orch_incoming_message moon = {
        .id = "m2", .content = "@iris the moon?", .channel_id = "c2", .author_id = "u1"};
    orch_incoming_message lunch = {
        .id = "m3", .content = "Lunch, Ann?", .channel_id = "c3", .author_id = "u1"};

    if (error) {
        fprintf(stderr, "%s\n", message);
        return;
    }
    orch_daemon_handle_message(daemon, &morning, NULL, NULL);
    orch_daemon_handle_message(daemon, &moon, NULL, NULL);
    orch_daemon_handle_message(daemon, &lunch, NULL,
                               NULL); /* for somebody else: processed without an answer */
    if (orch_daemon_execute_action(daemon,
                                   &(orch_action){"react", "{\"emoji\":\"+1\",\"messageId\":\"m1\"}"}) != 0)
        fprintf(stderr, "%s\n", orch_last_error());
    if (orch_daemon_execute_action(daemon, &(orch_action){.type = "dance"}) != 0)
        printf("%s\n", orch_last_error());
}

int main(void)
{
    orch_daemon_config config;
    orch_daemon *daemon;

    orch_daemon_config_init(&config);
    config.orchestrator = &iris;
    config.heartbeat_interval_ms = 200;
    config.generate_response = generate;
    daemon = orch_daemon_new(&config);
    if (!daemon) {
        fprintf(stderr, "%s\n", orch_last_error());
        return 1;
    }

    orch_daemon_on(daemon, ORCH_DAEMON_STARTED, on_started, NULL);
    orch_daemon_on(daemon, ORCH_DAEMON_STOPPED, on_stopped, NULL);
    orch_daemon_on(daemon, ORCH_DAEMON_ERROR, on_error, NULL);
    orch_daemon_on(daemon, ORCH_DAEMON_MESSAGE_PROCESSED, on_message_processed, NULL);
    orch_daemon_on(daemon, ORCH_DAEMON_MESSAGE_SEND, on_message_send, NULL);
    orch_daemon_on(daemon, ORCH_DAEMON_MESSAGE_ERROR, on_message_error, NULL);
    orch_daemon_on(daemon, ORCH_DAEMON_ACTION_EXECUTE, on_action, NULL);
    orch_daemon_on(daemon, ORCH_DAEMON_STATUS_CHANGED, on_status_changed, NULL);
    orch_daemon_on(daemon, ORCH_DAEMON_HEARTBEAT, on_heartbeat, NULL);

    orch_daemon_start(daemon, on_running, daemon);
    orch_loop_run(); /* until the heartbeat stops it */

    orch_daemon_free(daemon);
    orch_loop_close();
    return 0;
}
