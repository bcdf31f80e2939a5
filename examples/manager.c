/* Many daemons under one manager, which checks their health and restarts them. Here everything follows from callbacks. */
#include <stdio.h>

#include "orchestrators.h"

static void all_stopped(int error, const char *message, void *user)
{
    orch_manager *manager = user;

    (void)error;
    (void)message;
    printf("Iris runs: %s\n", orch_manager_is_daemon_running(manager, iris.id) ? "yes" : "no");
    orch_manager_reset(NULL, NULL);
}

static void max_stopped(int error, const char *message, void *user)
{
    orch_manager *manager = user;

    (void)error;
    (void)message;
    printf("Running daemons: %zu\n", orch_manager_get_running_daemons(manager, NULL, 0));

    /* Stop all daemons */
    orch_manager_stop_all_daemons(manager, all_stopped, manager);
}

static void max_started(int error, const char *message, void *user)
{
    orch_manager *manager = user;
    orch_managed_daemon status;

    if (error)
        fprintf(stderr, "%s\n", message);

    /* Check if a daemon is running */
    printf("Max runs: %s\n", orch_manager_is_daemon_running(manager, max.id) ? "yes" : "no");
    printf("Running daemons: %zu\n", orch_manager_get_running_daemons(manager, NULL, 0));

    /* Get a daemon, and its status */
    orch_daemon *daemon = orch_manager_get_daemon(manager, iris.id);
    printf("%s is %s\n", orch_daemon_orchestrator(daemon)->user.name,
           orch_status_name(orch_daemon_get_status(daemon)));
    if (orch_manager_get_daemon_status(manager, iris.id, &status) == 0)
        printf("%s was restarted %u times\n", status.orchestrator->user.name, status.restart_count);

    /* Stop a daemon */
    orch_manager_stop_daemon(manager, max.id, max_stopped, manager);
}

static void iris_started(int error, const char *message, void *user)
{
    if (error)
        fprintf(stderr, "%s\n", message);
    orch_manager_start_daemon(user, &max, max_started, user);
}

int main(void)
{
    orch_manager_config config;
    orch_manager *manager;

    /* Get the manager of this process */
    orch_manager_config_init(&config);
    config.auto_start = true;
    config.health_check_interval_ms = 60000;
    config.auto_restart = true;
    config.max_restart_attempts = 3;
    manager = orch_manager_get(&config);
    if (!manager) {
        fprintf(stderr, "%s\n", orch_last_error());
        return 1;
    }

    /* Start a daemon for an orchestrator */
    orch_manager_start_daemon(manager, &iris, iris_started, manager);

    orch_loop_run();
    orch_loop_close();
    return 0;
}
