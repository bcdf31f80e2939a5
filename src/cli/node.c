#include "node.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* SIGTERM to the end of the process within 10 s: the last second is for storing and saying goodbye. */
#define STOP_GRACE_MS 8500

static const char *from_environment(const char *name, void *user)
{
    (void)user;
    return getenv(name);
}

static void nothing(void *user)
{
    (void)user;
}

/* Server and runtime end one after the other: connections point at people and channels of the runtime. */
static void server_closed(void *user)
{
    orch__node *node = user;

    orch_runtime_close(node->runtime, nothing, NULL);
    node->runtime = NULL;
}

/* The server stays until the daemons have stopped, so that people see the last replies. */
static void runtime_stopped(void *user)
{
    orch__node *node = user;

    orch_server_close(node->server, server_closed, node);
    node->server = NULL;
}

static void fini_environment(orch__node *node)
{
    orch_model_config_fini(&node->models);
    orch_openid_config_fini(&node->openid);
}

/* A server of a moment logs nobody in by OpenID. */
static int read_providers(orch__node *node, const orch__node_config *config, char *out_message,
                          size_t message_size)
{
    int error =
        config->momentary ? 0 : orch_openid_config_read(&node->openid, environ, out_message, message_size);

    if (!error && config->public_url)
        error = orch_openid_config_publish(&node->openid, "--public-url", config->public_url, out_message,
                                           message_size);
    return error;
}

static int read_environment(orch__node *node, const orch__node_config *config, char *out_message,
                            size_t message_size)
{
    int error = orch_environment_read(&node->environment, from_environment, NULL, out_message, message_size);

    if (error)
        return error;
    if (config->momentary)
        node->environment.auto_start = false;
    error = orch_model_config_read(&node->models, from_environment, NULL, out_message, message_size);
    if (!error)
        error = read_providers(node, config, out_message, message_size);
    if (error)
        fini_environment(node);
    return error;
}

static int open_runtime(orch__node *node, const orch__node_config *config, char *out_message,
                        size_t message_size)
{
    orch_runtime_config runtime;

    orch_runtime_config_init(&runtime);
    runtime.loop = &node->loop;
    runtime.database_path = config->directory->database;
    runtime.environment = &node->environment;
    runtime.models = &node->models;
    runtime.stop_grace_ms = STOP_GRACE_MS;
    runtime.record_path = config->record_path;
    runtime.attempt_timeout_ms = config->attempt_timeout_ms;
    runtime.attempts_per_model = config->attempts_per_model;
    runtime.turn_deadline_ms = config->turn_deadline_ms;
    if (config->feed_keep)
        runtime.feed_keep = config->feed_keep;
    return orch_runtime_open(&runtime, &node->runtime, out_message, message_size);
}

static orch_server_config server_config(orch__node *node, const orch__node_config *config)
{
    orch_server_config server;

    orch_server_config_init(&server);
    server.loop = &node->loop;
    server.listen = config->listen;
    server.tls_certificate = config->tls_certificate;
    server.tls_key = config->tls_key;
    server.allow_remote = config->allow_remote;
    server.origins = config->origins;
    server.origins_count = config->origins_count;
    server.proxies = config->proxies;
    server.proxies_count = config->proxies_count;
    server.limits = config->limits;
    server.owner_token_path = config->directory->owner_token;
    server.openid = &node->openid;
    return server;
}

void orch__node_config_init(orch__node_config *config)
{
    *config = (orch__node_config){.listen = "127.0.0.1:7717"};
    orch_server_limits_init(&config->limits);
}

/* A limit on the size of files shall be an error of the write, as a full disk is, not the end of the process. */
static void ignore_file_limits(void)
{
    (void)signal(SIGXFSZ, SIG_IGN);
}

static bool is_about_record(const orch__node_config *config, const char *message)
{
    return config->record_path && strncmp(message, config->record_path, strlen(config->record_path)) == 0;
}

/* What to do about a database that cannot be opened. */
static void advise(int error, const orch__node_config *config, char *message, size_t message_size)
{
    size_t len = strlen(message);
    const char *database = config->directory->database;

    if (error == ORCH_E_CORRUPT)
        snprintf(message + len, message_size - len,
                 ". Nothing was changed. `orchd doctor` looks closer; `orchd restore` brings back a backup");
    else if ((error == ORCH_E_IO || error == ORCH_E_DISK_FULL) && !is_about_record(config, message))
        snprintf(message + len, message_size - len,
                 ". Nothing was changed. %s and its directory must be writable and the disk must have room",
                 database);
}

/* Runtime and server. An address that is wrong or taken, or a wrong certificate, is told before a daemon starts. */
static int open_parts(orch__node *node, const orch__node_config *config, char *out_message,
                      size_t message_size)
{
    orch_server_config settings = server_config(node, config);
    orch_server *server;
    int error = orch_server_prepare(&settings, &server, out_message, message_size);

    if (error)
        return error;
    error = open_runtime(node, config, out_message, message_size);
    if (error) {
        advise(error, config, out_message, message_size);
        orch_server_discard(server);
        return error;
    }
    settings.runtime = node->runtime;
    error = orch_server_open(server, &settings, out_message, message_size);
    if (error)
        orch_runtime_close(node->runtime, nothing, NULL);
    else
        node->server = server;
    return error;
}

int orch__node_open(orch__node *node, const orch__node_config *config, char *out_message, size_t message_size)
{
    int error;

    *node = (orch__node){0};
    ignore_file_limits();
    error = read_environment(node, config, out_message, message_size);
    if (error)
        return error;
    if (uv_loop_init(&node->loop)) {
        fini_environment(node);
        snprintf(out_message, message_size, "no event loop: out of file descriptors or memory");
        return ORCH_E_IO;
    }
    error = open_parts(node, config, out_message, message_size);
    if (error) {
        uv_run(&node->loop, UV_RUN_DEFAULT);
        (void)uv_loop_close(&node->loop);
        fini_environment(node);
    }
    return error;
}

void orch__node_end(orch__node *node)
{
    if (!node->server)
        return;
    orch_server_drain(node->server);
    orch_runtime_stop(node->runtime, runtime_stopped, node);
}

void orch__node_run(orch__node *node)
{
    uv_run(&node->loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&node->loop);
    fini_environment(node);
}
