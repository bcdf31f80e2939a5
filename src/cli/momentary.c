#include "momentary.h"

#include <stdio.h>
#include <stdlib.h>

#include "log.h"
#include "node.h"

struct orch__momentary {
    orch__node node;
    uv_thread_t thread;
    uv_async_t end;
    orch__data_directory *directory;
};

static void on_end(uv_async_t *handle)
{
    orch__momentary *momentary = handle->data;

    uv_close((uv_handle_t *)handle, NULL);
    orch__node_end(&momentary->node);
}

static void run(void *user)
{
    orch__momentary *momentary = user;

    orch__node_run(&momentary->node);
}

orch__momentary *orch__momentary_open(orch__data_directory *directory, char *out_message, size_t message_size)
{
    orch__momentary *momentary = calloc(1, sizeof(*momentary));
    orch__node_config config;

    if (!momentary)
        return NULL;
    momentary->directory = directory;
    orch__node_config_init(&config);
    config.directory = directory;
    config.listen = "127.0.0.1:0";
    config.momentary = true;
    orch_log_configure(ORCH_LOG_WARN, ORCH_LOG_AUTO);
    if (orch__node_open(&momentary->node, &config, out_message, message_size)) {
        free(momentary);
        return NULL;
    }
    uv_async_init(&momentary->node.loop, &momentary->end, on_end);
    momentary->end.data = momentary;
    if (uv_thread_create(&momentary->thread, run, momentary) == 0)
        return momentary;
    snprintf(out_message, message_size, "no thread can be started");
    on_end(&momentary->end);
    run(momentary);
    free(momentary);
    return NULL;
}

const char *orch__momentary_address(const orch__momentary *momentary)
{
    return orch_server_address(momentary->node.server);
}

void orch__momentary_close(orch__momentary *momentary)
{
    uv_async_send(&momentary->end);
    uv_thread_join(&momentary->thread);
    orch__data_directory_unlock(momentary->directory);
    free(momentary);
}
