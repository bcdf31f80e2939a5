/* What the React hook of the document does, in C: watch one daemon. The initial status first, then each health check. */
#include <stdio.h>
#include <string.h>

#include "orchestrators.h"

typedef struct watch {
    const char *orchestrator_id;
    orch_status status;
    bool is_running;
    void (*changed)(const struct watch *watch);
} watch;

static void on_health(const orch_manager_event *event, void *user)
{
    watch *w = user;

    if (strcmp(event->orchestrator_id, w->orchestrator_id) != 0)
        return;
    w->status = event->health.status;
    w->is_running = event->health.status == ORCH_STATUS_RUNNING;
    w->changed(w);
}

static void watch_begin(watch *w)
{
    orch_manager *manager = orch_manager_get(NULL);
    orch_managed_daemon status;

    /* Initial status */
    if (orch_manager_get_daemon_status(manager, w->orchestrator_id, &status) == 0)
        w->status = status.health.status;
    w->is_running = orch_manager_is_daemon_running(manager, w->orchestrator_id);
    w->changed(w);

    /* Listen for health updates */
    orch_manager_on(manager, ORCH_MANAGER_DAEMON_HEALTH, on_health, w);
}

static void watch_end(watch *w)
{
    orch_manager_off(orch_manager_get(NULL), ORCH_MANAGER_DAEMON_HEALTH, on_health, w);
}

static void show(const watch *w)
{
    printf("%s: %s\n", w->orchestrator_id, orch_status_name(w->status));
    if (w->is_running)
        orch_loop_stop();
}

int main(void)
{
    watch w = {.orchestrator_id = iris.id, .changed = show};
    orch_manager_config config;

    orch_manager_config_init(&config);
    config.health_check_interval_ms = 100;
    if (!orch_manager_get(&config)) {
        fprintf(stderr, "%s\n", orch_last_error());
        return 1;
    }
    watch_begin(&w);
    orch_manager_start_daemon(orch_manager_get(NULL), &iris, NULL, NULL);
    orch_loop_run(); /* until the watch has seen it running */
    watch_end(&w);
    orch_loop_close();
    return 0;
}
