/* orch_manager: one in a process. What it decides (restarts, health checks, logins) the core does; here it is made, configured,
 * ended, and asked.
 *
 *     orch_manager_get ──▶ live ── orch_manager_reset ──▶ ending: daemons stop ──▶ all stopped: ended, told, freed
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "embedded.h"
#include "log.h"

static orch_manager *the_manager;

/* ---- configuration ---- */

static int read_settings(const orch_manager_config *config, orch__settings *settings)
{
    orch_daemon_config from_env;
    int error = 0;

    if (config->daemon)
        return orch__settings_read(settings, config->daemon);
    error = orch_daemon_config_from_env(&from_env);
    return error ? error : orch__settings_read(settings, &from_env);
}

/* Takes `config`, or the environment where it is NULL, and checks it. */
static int read_config(const orch_manager_config *config, orch_manager_config *out_config,
                       orch__settings *out_settings)
{
    int error = 0;

    if (config)
        *out_config = *config;
    else
        error = orch_manager_config_from_env(out_config);
    if (!error)
        error = orch__manager_config_check(out_config);
    if (!error)
        error = read_settings(out_config, out_settings);
    return error;
}

static void configure(orch_manager *manager, const orch_manager_config *config,
                      const orch__settings *settings)
{
    orch__host *host = manager->host;
    orch_event event = {.kind = ORCH_EV_CONFIGURE, .configure = &host->core};

    manager->config = *config;
    manager->config.daemon = NULL;
    manager->config.loop = host->loop;
    manager->settings = *settings;
    manager->verbose = config->verbose;
    host->core.auto_start = config->auto_start;
    host->core.auto_restart = config->auto_restart;
    host->core.restarts_max = config->max_restart_attempts;
    host->core.health_check_ms = config->health_check_interval_ms;
    (void)orch_engine_send(host->engine, &event);
    for (size_t i = 0; i < manager->daemons_count && !config->auto_restart; i++)
        orch__hosted_daemon_set_restart_due(manager->daemons[i], false);
}

static bool settings_differ(const orch__settings *a, const orch__settings *b)
{
    return a->heartbeat_ms != b->heartbeat_ms || a->conversations_max != b->conversations_max ||
           a->auto_respond != b->auto_respond || a->verbose != b->verbose || a->generate != b->generate ||
           a->generate_user != b->generate_user;
}

/* Tells once which fields of a later configuration are not obeyed. */
static void warn_of_difference(orch_manager *manager, const orch_manager_config *config,
                               const orch__settings *settings)
{
    const orch_manager_config *live = &manager->config;
    const struct {
        const char *name;
        bool differs;
    } fields[] = {
        {"auto_start", config->auto_start != live->auto_start},
        {"health_check_interval_ms", config->health_check_interval_ms != live->health_check_interval_ms},
        {"auto_restart", config->auto_restart != live->auto_restart},
        {"max_restart_attempts", config->max_restart_attempts != live->max_restart_attempts},
        {"verbose", config->verbose != live->verbose},
        {"daemon", config->daemon && settings_differ(settings, &manager->settings)},
        {"loop", config->loop && config->loop != live->loop},
    };
    char names[160] = "";
    const orch_log_field field = {"fields", names};

    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        size_t len = strlen(names);

        if (fields[i].differs)
            snprintf(names + len, sizeof names - len, "%s%s", len ? ", " : "", fields[i].name);
    }
    if (!names[0] || manager->warned)
        return;
    manager->warned = true;
    orch_log(ORCH_LOG_WARN, "manager.config_ignored",
             "The daemon manager exists already, a different configuration changes nothing: use "
             "orch_manager_initialize()",
             &field, 1);
}

/* ---- life ---- */

orch_manager *orch__hosted_manager_ref(orch_manager *manager)
{
    manager->refs++;
    return manager;
}

void orch__hosted_manager_unref(orch_manager *manager)
{
    if (!manager || --manager->refs > 0)
        return;
    orch__listeners_fini(&manager->listeners);
    orch__windows_free(manager->windows);
    free(manager);
}

static orch_manager *make(const orch_manager_config *config, const orch__settings *settings)
{
    uv_loop_t *loop = config->loop ? config->loop : orch_loop();
    orch__host *host = loop ? orch__host_get(loop) : NULL;
    orch_manager *manager = host ? calloc(1, sizeof *manager) : NULL;

    if (manager)
        manager->windows = orch__windows_new();
    if (!manager || !manager->windows) {
        free(manager);
        if (host)
            orch__host_settle(host);
        (void)orch__refuse(ORCH_E_NO_MEMORY, "%s", orch_error_text(ORCH_E_NO_MEMORY));
        return NULL;
    }
    manager->refs = 1;
    manager->host = host;
    manager->next = host->managers;
    host->managers = manager;
    configure(manager, config, settings);
    return manager;
}

orch_manager *orch_manager_get(const orch_manager_config *config)
{
    orch_manager_config checked;
    orch__settings settings;

    if (the_manager && !config)
        return the_manager;
    if (read_config(config, &checked, &settings) != 0)
        return NULL;
    if (the_manager)
        warn_of_difference(the_manager, &checked, &settings);
    else
        the_manager = make(&checked, &settings);
    return the_manager;
}

orch_manager *orch_manager_initialize(const orch_manager_config *config)
{
    orch_manager_config checked;
    orch__settings settings;

    if (read_config(config, &checked, &settings) != 0)
        return NULL;
    if (!the_manager) {
        the_manager = make(&checked, &settings);
        return the_manager;
    }
    if (checked.loop && checked.loop != the_manager->host->loop) {
        (void)orch__refuse(ORCH_E_INVALID, "loop cannot be changed while the manager lives");
        return NULL;
    }
    configure(the_manager, &checked, &settings);
    return the_manager;
}

/* Frees its daemons and takes it out of its host; what still refers to it may go on. */
static void end_manager(orch_manager *manager, bool call)
{
    orch_manager **link = &manager->host->managers;

    while (*link != manager)
        link = &(*link)->next;
    *link = manager->next;
    if (the_manager == manager)
        the_manager = NULL;
    orch__roster_fini(manager, call);
    if (call)
        orch__asked_end(manager->host, manager->reset, 0, NULL);
    else
        orch__asked_drop(manager->reset);
    orch__hosted_manager_unref(manager);
}

void orch__hosted_managers_drop(orch__host *host)
{
    while (host->managers)
        end_manager(host->managers, false);
}

static void all_stopped(int error, const char *message, void *user)
{
    (void)error;
    (void)message;
    end_manager(user, true);
}

void orch_manager_reset(orch_finished_fn finished, void *user)
{
    orch_manager *manager = the_manager;

    if (!manager) {
        if (finished)
            finished(0, NULL, user);
        return;
    }
    if (!orch__asked_new(finished, user, &manager->reset))
        return;
    the_manager = NULL;
    manager->ending = true;
    orch_manager_stop_all_daemons(manager, all_stopped, manager);
}

/* ---- what the program asks ---- */

static void refuse(orch_manager *manager, orch__asked *asked)
{
    orch__asked_end(manager->host, asked, ORCH_E_CLOSED, "the daemon manager was reset");
}

static void open_and_start(orch_manager *manager, const orch_orchestrator_info *orchestrator, bool login,
                           orch__asked *asked)
{
    orch_manager_event_type type = login ? ORCH_MANAGER_AUTO_START_ERROR : ORCH_MANAGER_DAEMON_START_ERROR;
    orch_daemon *daemon;
    int error = orch__roster_open(manager, orchestrator, type, &daemon);

    if (error)
        orch__asked_end(manager->host, asked, error, orch_last_error());
    else
        orch__hosted_daemon_start(daemon, login, asked);
}

void orch_manager_start_daemon(orch_manager *manager, const orch_orchestrator_info *orchestrator,
                               orch_finished_fn finished, void *user)
{
    orch__asked *asked;

    if (!orch__asked_new(finished, user, &asked))
        return;
    if (manager->ending)
        refuse(manager, asked);
    else
        open_and_start(manager, orchestrator, false, asked);
}

void orch_manager_on_user_login(orch_manager *manager, const orch_orchestrator_info *orchestrator,
                                orch_finished_fn finished, void *user)
{
    orch__asked *asked;

    if (!orch__asked_new(finished, user, &asked))
        return;
    if (manager->ending)
        refuse(manager, asked);
    else if (!manager->config.auto_start || !orch_should_run_daemon(&orchestrator->user))
        orch__asked_end(manager->host, asked, 0, NULL);
    else
        open_and_start(manager, orchestrator, true, asked);
}

static void stop_if_known(orch_manager *manager, orch_daemon *daemon, orch_finished_fn finished, void *user)
{
    orch__asked *asked;

    if (!orch__asked_new(finished, user, &asked))
        return;
    if (daemon)
        orch__hosted_daemon_stop(daemon, asked);
    else
        orch__asked_end(manager->host, asked, 0, NULL);
}

void orch_manager_stop_daemon(orch_manager *manager, const char *orchestrator_id, orch_finished_fn finished,
                              void *user)
{
    stop_if_known(manager, orch__roster_find(manager, orchestrator_id), finished, user);
}

void orch_manager_on_user_logout(orch_manager *manager, const char *id, orch_finished_fn finished, void *user)
{
    stop_if_known(manager, orch__roster_find_any(manager, id), finished, user);
}

void orch_manager_restart_daemon(orch_manager *manager, const char *orchestrator_id,
                                 orch_finished_fn finished, void *user)
{
    orch_daemon *daemon = orch__roster_find(manager, orchestrator_id);
    orch__asked *asked;

    if (!orch__asked_new(finished, user, &asked))
        return;
    if (manager->ending) {
        refuse(manager, asked);
    } else if (!daemon || daemon->status == ORCH_STATUS_STOPPED) {
        (void)orch__refuse(ORCH_E_NOT_FOUND, "No daemon running for orchestrator: %s",
                           orchestrator_id ? orchestrator_id : "(none)");
        orch__asked_end(manager->host, asked, ORCH_E_NOT_FOUND, orch_last_error());
    } else {
        orch__hosted_daemon_restart(daemon, asked);
    }
}

void orch_manager_stop_all_daemons(orch_manager *manager, orch_finished_fn finished, void *user)
{
    orch__asked *asked;
    orch__asked *part;

    if (!orch__asked_new(finished, user, &asked))
        return;
    for (size_t i = 0; i < manager->daemons_count; i++) {
        if (!orch__asked_part(asked, &part))
            part = NULL; /* stopped without waiting for it */
        orch__hosted_daemon_stop(manager->daemons[i], part);
    }
    orch__asked_end(manager->host, asked, 0, NULL);
}

/* ---- routing ---- */

/* Those of the manager that run; returns their number. */
static size_t list_running(const orch_manager *manager, orch_daemon_id *out_running)
{
    size_t count = 0;

    for (size_t i = 0; i < manager->daemons_count; i++) {
        if (orch_daemon_is_running(manager->daemons[i]))
            out_running[count++] = manager->daemons[i]->handle;
    }
    return count;
}

static int route(orch_manager *manager, orch__heard *heard, orch__asked *asked)
{
    orch_daemon_id *running = calloc(2 * (manager->daemons_count + 1), sizeof *running);
    orch_daemon_id *addressed = running + manager->daemons_count + 1;
    orch__asked *part;
    size_t count;
    int error = 0;

    if (!running)
        return ORCH_E_NO_MEMORY;
    count = orch__question_route(manager->host, manager->windows, heard, running,
                                 list_running(manager, running), addressed);
    for (size_t i = 0; i < count && !error; i++) {
        if (orch__asked_part(asked, &part))
            orch__question_ask(orch__host_daemon(manager->host, addressed[i]), heard, true, part);
        else
            error = ORCH_E_NO_MEMORY;
    }
    free(running);
    return error;
}

void orch_manager_route_message(orch_manager *manager, const orch_incoming_message *message,
                                orch_finished_fn finished, void *user)
{
    orch__heard *heard = NULL;
    orch__asked *asked;
    int error;

    if (!orch__asked_new(finished, user, &asked))
        return;
    error = orch__heard_new(message, orch_engine_wall(manager->host->engine), &heard);
    if (error) {
        orch__asked_end(manager->host, asked, error, orch_last_error());
        return;
    }
    error = orch__windows_hear(manager->windows, heard);
    if (!error)
        error = route(manager, heard, asked);
    orch__asked_end(manager->host, asked, error, NULL);
    orch__heard_unref(heard);
}
