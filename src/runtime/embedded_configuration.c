/* Configurations from the program and from the environment, checked; the last error in words; handles. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "embedded.h"
#include "orchd/environment.h"

static _Thread_local char last_error[ORCH__SENTENCE_MAX];

const char *orch_last_error(void)
{
    return last_error;
}

int orch__refuse(int error, const char *format, ...)
{
    char sentence[ORCH__SENTENCE_MAX]; /* an argument may be the last error itself */
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    memcpy(last_error, sentence, sizeof last_error);
    return error;
}

/* ---- the environment ---- */

static const char *look_up(const char *name, void *user)
{
    (void)user;
    return getenv(name);
}

static int read_environment(orch_environment *environment)
{
    char sentence[ORCH__SENTENCE_MAX] = "";
    int error;

    orch_environment_init(environment);
    error = orch_environment_read(environment, look_up, NULL, sentence, sizeof sentence);
    return error ? orch__refuse(error, "%s", sentence) : 0;
}

int orch_is_orchestrator_mode_enabled(void)
{
    orch_environment environment;
    int error = read_environment(&environment);

    return error ? error : environment.orchestrator_mode;
}

int orch_is_daemon_auto_start_enabled(void)
{
    orch_environment environment;
    int error = read_environment(&environment);

    return error ? error : environment.auto_start;
}

int orch_is_daemon_auto_restart_enabled(void)
{
    orch_environment environment;
    int error = read_environment(&environment);

    return error ? error : environment.auto_restart;
}

int orch_is_daemon_verbose_enabled(void)
{
    orch_environment environment;
    int error = read_environment(&environment);

    return error ? error : environment.verbose;
}

int orch_daemon_heartbeat_interval(void)
{
    orch_environment environment;
    int error = read_environment(&environment);

    return error ? error : (int)environment.heartbeat_interval_ms;
}

int orch_health_check_interval(void)
{
    orch_environment environment;
    int error = read_environment(&environment);

    return error ? error : (int)environment.health_check_interval_ms;
}

int orch_max_restart_attempts(void)
{
    orch_environment environment;
    int error = read_environment(&environment);

    return error ? error : (int)environment.restarts_max;
}

int orch_max_concurrent_conversations(void)
{
    orch_environment environment;
    int error = read_environment(&environment);

    return error ? error : (int)environment.conversations_running_max;
}

/* ---- configurations ---- */

static void fill_daemon_config(orch_daemon_config *config, const orch_environment *environment)
{
    *config = (orch_daemon_config){
        .version = ORCH_DAEMON_CONFIG_VERSION,
        .heartbeat_interval_ms = environment->heartbeat_interval_ms,
        .max_concurrent_conversations = environment->conversations_running_max,
        .auto_respond = true,
        .verbose = environment->verbose,
    };
}

static void fill_manager_config(orch_manager_config *config, const orch_environment *environment)
{
    *config = (orch_manager_config){
        .version = ORCH_MANAGER_CONFIG_VERSION,
        .auto_start = environment->auto_start,
        .health_check_interval_ms = environment->health_check_interval_ms,
        .auto_restart = environment->auto_restart,
        .max_restart_attempts = environment->restarts_max,
        .verbose = environment->verbose,
    };
}

void orch_daemon_config_init(orch_daemon_config *config)
{
    orch_environment defaults;

    orch_environment_init(&defaults);
    fill_daemon_config(config, &defaults);
}

void orch_manager_config_init(orch_manager_config *config)
{
    orch_environment defaults;

    orch_environment_init(&defaults);
    fill_manager_config(config, &defaults);
}

int orch_daemon_config_from_env(orch_daemon_config *config)
{
    orch_environment environment;
    int error = read_environment(&environment);

    if (!error)
        fill_daemon_config(config, &environment);
    return error;
}

int orch_manager_config_from_env(orch_manager_config *config)
{
    orch_environment environment;
    int error = read_environment(&environment);

    if (!error)
        fill_manager_config(config, &environment);
    return error;
}

/* The limits of a setting are those of its variable. */
static int check_range(const char *field, uint32_t value, size_t offset)
{
    for (size_t i = 0; i < ORCH_VARIABLES_COUNT; i++) {
        const orch_variable *variable = &orch_variables[i];

        if (variable->offset == offset && (value < variable->min || value > variable->max))
            return orch__refuse(ORCH_E_INVALID, "%s is %u; allowed are %u to %u%s%s", field, value,
                                variable->min, variable->max, *variable->unit ? " " : "", variable->unit);
    }
    return 0;
}

static int check_version(const char *type, uint32_t version, uint32_t known)
{
    if (version >= 1 && version <= known)
        return 0;
    return orch__refuse(ORCH_E_INVALID, "%s.version is %u; allowed are 1 to %u, set by %s_init()", type,
                        version, known, type);
}

void orch__settings_init(orch__settings *settings)
{
    orch_daemon_config config;

    orch_daemon_config_init(&config);
    *settings = (orch__settings){
        .heartbeat_ms = config.heartbeat_interval_ms,
        .conversations_max = config.max_concurrent_conversations,
        .auto_respond = config.auto_respond,
    };
}

int orch__settings_read(orch__settings *settings, const orch_daemon_config *config)
{
    int error = check_version("orch_daemon_config", config->version, ORCH_DAEMON_CONFIG_VERSION);

    if (!error)
        error = check_range("heartbeat_interval_ms", config->heartbeat_interval_ms,
                            offsetof(orch_environment, heartbeat_interval_ms));
    if (!error)
        error = check_range("max_concurrent_conversations", config->max_concurrent_conversations,
                            offsetof(orch_environment, conversations_running_max));
    if (error)
        return error;
    *settings = (orch__settings){
        .heartbeat_ms = config->heartbeat_interval_ms,
        .conversations_max = config->max_concurrent_conversations,
        .auto_respond = config->auto_respond,
        .verbose = config->verbose,
        .generate = config->generate_response,
        .generate_user = config->generate_user,
    };
    return 0;
}

int orch__manager_config_check(const orch_manager_config *config)
{
    int error = check_version("orch_manager_config", config->version, ORCH_MANAGER_CONFIG_VERSION);

    if (!error)
        error = check_range("health_check_interval_ms", config->health_check_interval_ms,
                            offsetof(orch_environment, health_check_interval_ms));
    if (!error)
        error = check_range("max_restart_attempts", config->max_restart_attempts,
                            offsetof(orch_environment, restarts_max));
    return error;
}
