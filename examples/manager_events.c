/* Every event of the manager. The first start fails, so that the restart is seen, too. */
#include <stdio.h>
#include <stdlib.h>

#include "orchestrators.h"

static void on_started(const orch_manager_event *event, void *user)
{
    (void)user;
    printf("Daemon started for %s\n", event->orchestrator->user.name);
}

static void on_stopped(const orch_manager_event *event, void *user)
{
    (void)user;
    printf("Daemon stopped: %s\n", event->orchestrator_id);
}

static void on_error(const orch_manager_event *event, void *user)
{
    (void)user;
    printf("Daemon error: %s: %s\n", event->orchestrator_id, event->error.message);
}

/* daemon:start-error, stop-error, restart-error, health-error and auto-start-error are told in the same way. */
static void on_other_error(const orch_manager_event *event, void *user)
{
    (void)user;
    printf("%s: %s\n", orch_manager_event_name(event->type), event->orchestrator_id);
    unsetenv("ORCHD_MODEL"); /* repaired before the restart */
}

static void on_restarted(const orch_manager_event *event, void *user)
{
    orch_incoming_message question = {
        .id = "m1", .content = "@Iris when?", .channel_id = "c1", .author_id = "u1", .timestamp_ms = 0};
    orch_action action = {"join_channel", "{\"channelId\":\"c2\"}"};

    (void)user;
    printf("Daemon restarted (attempt %u): %s\n", event->restart_count, event->orchestrator_id);
    orch_manager_route_message(event->manager, &question, NULL, NULL);
    if (orch_daemon_execute_action(orch_manager_get_daemon(event->manager, event->orchestrator_id),
                                   &action) != 0)
        fprintf(stderr, "%s\n", orch_last_error());
}

static void on_health(const orch_manager_event *event, void *user)
{
    (void)user;
    printf("Health check: %s is %s, answered %llu\n", event->orchestrator_id,
           orch_status_name(event->health.status),
           (unsigned long long)event->health.total_messages_processed);
    if (event->health.status == ORCH_STATUS_RUNNING)
        orch_manager_stop_all_daemons(event->manager, NULL, NULL);
}

static void on_heartbeat(const orch_manager_event *event, void *user)
{
    (void)user;
    printf("Heartbeat: %s\n", event->orchestrator_id);
}

static void on_message_processed(const orch_manager_event *event, void *user)
{
    (void)user;
    printf("Message processed: %s %s\n", event->orchestrator_id, event->incoming.id);
}

static void on_message_send(const orch_manager_event *event, void *user)
{
    (void)user;
    printf("Message to send to %s: %s\n", event->outgoing.channel_id, event->outgoing.content);
}

static void on_message_error(const orch_manager_event *event, void *user)
{
    (void)user;
    printf("Message failed: %s: %s\n", event->failed.message.id, event->failed.error.message);
}

static void on_action(const orch_manager_event *event, void *user)
{
    (void)user;
    printf("Action: %s\n", event->action.type);
}

static void on_status_changed(const orch_manager_event *event, void *user)
{
    (void)user;
    printf("Status: %s is %s\n", event->orchestrator_id, orch_status_name(event->status));
}

int main(void)
{
    orch_manager_config config;
    orch_daemon_config daemons;
    orch_manager *manager;

    setenv("ORCHD_MODEL", "nonsense", 1);
    orch_daemon_config_init(&daemons);
    daemons.heartbeat_interval_ms = 100;
    orch_manager_config_init(&config);
    config.health_check_interval_ms = 800;
    config.daemon = &daemons;
    manager = orch_manager_get(&config);
    if (!manager) {
        fprintf(stderr, "%s\n", orch_last_error());
        return 1;
    }

    orch_manager_on(manager, ORCH_MANAGER_DAEMON_STARTED, on_started, NULL);
    orch_manager_on(manager, ORCH_MANAGER_DAEMON_STOPPED, on_stopped, NULL);
    orch_manager_on(manager, ORCH_MANAGER_DAEMON_ERROR, on_error, NULL);
    orch_manager_on(manager, ORCH_MANAGER_DAEMON_RESTARTED, on_restarted, NULL);
    orch_manager_on(manager, ORCH_MANAGER_DAEMON_HEALTH, on_health, NULL);
    orch_manager_on(manager, ORCH_MANAGER_DAEMON_MESSAGE_PROCESSED, on_message_processed, NULL);
    orch_manager_on(manager, ORCH_MANAGER_DAEMON_MESSAGE_SEND, on_message_send, NULL);
    orch_manager_on(manager, ORCH_MANAGER_DAEMON_MESSAGE_ERROR, on_message_error, NULL);
    orch_manager_on(manager, ORCH_MANAGER_DAEMON_ACTION, on_action, NULL);
    orch_manager_on(manager, ORCH_MANAGER_DAEMON_STATUS_CHANGED, on_status_changed, NULL);
    orch_manager_once(manager, ORCH_MANAGER_DAEMON_HEARTBEAT, on_heartbeat, NULL);
    orch_manager_on(manager, ORCH_MANAGER_DAEMON_START_ERROR, on_other_error, NULL);
    orch_manager_on(manager, ORCH_MANAGER_DAEMON_STOP_ERROR, on_other_error, NULL);
    orch_manager_on(manager, ORCH_MANAGER_DAEMON_RESTART_ERROR, on_other_error, NULL);
    orch_manager_on(manager, ORCH_MANAGER_DAEMON_HEALTH_ERROR, on_other_error, NULL);
    orch_manager_on(manager, ORCH_MANAGER_AUTO_START_ERROR, on_other_error, NULL);

    orch_manager_on_user_login(manager, &iris, NULL, NULL);
    orch_loop_run(); /* until a health check finds it running and stops it */

    orch_loop_close();
    return 0;
}
