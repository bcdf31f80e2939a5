#include "service.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "service_notify.h"

#define END_MAX_S   10
#define BEAT_MS_MAX 10000 /* between two looks at what STATUS tells */

static const int numbers[ORCH__SERVICE_SIGNALS] = {SIGTERM, SIGINT, SIGHUP};

static void tell(const char *state)
{
    static bool told;
    orch_log_field field = {"socket", "NOTIFY_SOCKET"};

    if (orch_service_notify(state) == 0 || told)
        return;
    told = true;
    orch_log(ORCH_LOG_WARN, "service.notify", "The service manager cannot be told how the server is", &field,
             1);
}

/* ---- signals ---- */

static void end(orch__service *service, const char *signal_name)
{
    orch_log_field field = {"signal", signal_name};

    orch_log(ORCH_LOG_INFO, "server.ending", "finishing what is in flight; a second signal does not wait",
             &field, 1);
    if (!service->ending)
        tell("STOPPING=1\nSTATUS=Finishing what is in flight");
    service->ending = true;
    uv_timer_stop(&service->beat);
    /* Whatever hangs below us, a disk for one: what was acknowledged is stored, so that the end can be hard. */
    signal(SIGALRM, SIG_DFL);
    alarm(END_MAX_S);
    orch__node_end(service->node);
}

/* Commands that read server.json believe the new certificate from then on. */
static void reload_certificate(const orch__service *service)
{
    orch_server *server = service->node->server;
    char message[512] = "server.json cannot be written";
    orch_log_field field = {"error", message};

    if (!server || !orch_server_pin(server))
        return;
    if (orch_server_reload(server, message, sizeof(message)) ||
        orch__data_directory_publish(service->directory, orch_server_address(server),
                                     orch_server_pin(server)))
        orch_log(ORCH_LOG_ERROR, "tls.reload",
                 "The TLS certificate cannot be read again: the old one is used", &field, 1);
    else
        orch_log(ORCH_LOG_INFO, "tls.reloaded", "The TLS certificate is read again, for new connections",
                 NULL, 0);
}

static void reload(const orch__service *service)
{
    char state[64];
    orch_log_field fields[] = {{"file", orch_log_path()}, {"error", NULL}};

    /* systemd 253 and newer want to know when it began (sd_notify(3), Type=notify-reload). */
    snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, uv_hrtime() / 1000);
    tell(state);
    if (orch_log_reopen()) {
        fields[1].value = strerror(errno);
        orch_log(ORCH_LOG_ERROR, "log.reopen", "The log's file cannot be opened again: the old one is used",
                 fields, 2);
    } else if (orch_log_path()) {
        orch_log(ORCH_LOG_INFO, "log.reopened", "The log's file is opened again", fields, 1);
    }
    reload_certificate(service);
    tell("READY=1");
}

static void on_signal(uv_signal_t *handle, int number)
{
    orch__service *service = handle->data;

    if (number == SIGTERM)
        end(service, "SIGTERM");
    else if (number == SIGINT)
        end(service, "SIGINT");
    else if (service->on_terminal && !isatty(STDERR_FILENO))
        end(service, "SIGHUP");
    else
        reload(service);
}

/* ---- the watchdog and the status ---- */

static void word_status(const orch__service *service, char *out, size_t size)
{
    orch_runtime_counters counters;

    orch_runtime_count(service->node->runtime, &counters);
    snprintf(out, size, "STATUS=Serving %s: %u daemons run, %u are in error",
             orch_server_address(service->node->server), counters.daemons_running, counters.daemons_error);
}

static void tell_status(orch__service *service)
{
    char status[sizeof(service->status)];

    word_status(service, status, sizeof(status));
    if (strcmp(status, service->status) == 0)
        return;
    snprintf(service->status, sizeof(service->status), "%s", status);
    tell(status);
}

static void on_answer(const orch_problem *problem, void *user)
{
    orch__service *service = user;

    (void)problem; /* an answer in any case */
    service->asked = false;
    if (service->ending)
        return;
    if (service->watchdog)
        tell("WATCHDOG=1");
    tell_status(service);
}

static void on_beat(uv_timer_t *timer)
{
    orch__service *service = timer->data;

    if (service->asked)
        return; /* it hangs: nobody is told that all is well */
    service->asked = orch_workspace_probe(orch_runtime_workspace(service->node->runtime), ORCH_PROBE_ANSWERS,
                                          on_answer, service) == 0;
}

static void start_beat(orch__service *service)
{
    uint64_t every_ms = orch_service_watchdog_ms() / 2;

    service->watchdog = every_ms > 0;
    if (every_ms == 0 || every_ms > BEAT_MS_MAX)
        every_ms = BEAT_MS_MAX;
    if (orch_service_watched())
        uv_timer_start(&service->beat, on_beat, every_ms, every_ms);
}

/* ---- start and stop ---- */

void orch__service_start(orch__service *service, orch__node *node, const orch__data_directory *directory)
{
    *service = (orch__service){.node = node, .directory = directory, .on_terminal = isatty(STDERR_FILENO)};
    for (size_t i = 0; i < ORCH__SERVICE_SIGNALS; i++) {
        uv_signal_init(&node->loop, &service->signals[i]);
        service->signals[i].data = service;
        uv_signal_start(&service->signals[i], on_signal, numbers[i]);
        uv_unref((uv_handle_t *)&service->signals[i]);
    }
    uv_timer_init(&node->loop, &service->beat);
    service->beat.data = service;
    uv_unref((uv_handle_t *)&service->beat);
    start_beat(service);
    tell("READY=1");
    tell_status(service);
}

void orch__service_stop(orch__service *service)
{
    for (size_t i = 0; i < ORCH__SERVICE_SIGNALS; i++)
        uv_close((uv_handle_t *)&service->signals[i], NULL);
    uv_close((uv_handle_t *)&service->beat, NULL);
}
