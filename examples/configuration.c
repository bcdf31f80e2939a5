/* Configuration: from the environment, and by the program. */
#include <stdio.h>
#include <stdlib.h>

#include <orchd/orchd.h>

static const char *yes(int answer)
{
    return answer > 0 ? "yes" : "no";
}

int main(void)
{
    orch_manager_config manager_config;
    orch_daemon_config daemon_config;

    /* The environment, as the shell or a service file sets it */
    setenv("ORCHESTRATOR_MODE", "true", 1);
    setenv("DAEMON_AUTO_START", "true", 1);
    setenv("DAEMON_HEARTBEAT_INTERVAL", "30000", 1);
    setenv("DAEMON_HEALTH_CHECK_INTERVAL", "60000", 1);
    setenv("DAEMON_AUTO_RESTART", "true", 1);
    setenv("DAEMON_MAX_RESTART_ATTEMPTS", "3", 1);
    setenv("DAEMON_VERBOSE", "false", 1);
    setenv("DAEMON_MAX_CONCURRENT_CONVERSATIONS", "10", 1);
    printf("orchestrator mode: %s\n", yes(orch_is_orchestrator_mode_enabled()));

    /* Build the configurations from it */
    if (orch_manager_config_from_env(&manager_config) != 0 ||
        orch_daemon_config_from_env(&daemon_config) != 0) {
        fprintf(stderr, "%s\n", orch_last_error());
        return 1;
    }
    printf("health check every %u ms, at most %u restarts\n", manager_config.health_check_interval_ms,
           manager_config.max_restart_attempts);
    printf("heartbeat every %u ms, %u conversations at once\n", daemon_config.heartbeat_interval_ms,
           daemon_config.max_concurrent_conversations);

    /* Initialize the manager with a configuration of the program's own */
    manager_config.auto_start = true;
    manager_config.health_check_interval_ms = 60000;
    manager_config.auto_restart = true;
    manager_config.max_restart_attempts = 5;
    manager_config.verbose = true;
    if (!orch_manager_initialize(&manager_config)) {
        fprintf(stderr, "%s\n", orch_last_error());
        return 1;
    }

    /* A value out of range is an error that names the field … */
    manager_config.max_restart_attempts = 5000;
    if (!orch_manager_initialize(&manager_config))
        printf("refused: %s\n", orch_last_error());

    /* … or the variable */
    setenv("DAEMON_HEARTBEAT_INTERVAL", "30s", 1);
    if (orch_daemon_config_from_env(&daemon_config) != 0)
        printf("refused: %s\n", orch_last_error());

    orch_loop_close();
    return 0;
}
