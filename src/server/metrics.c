/* Numbers for Prometheus, text format 0.0.4. */
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "operations.h"

#define TEXT_MAX 16384

typedef struct metric_row {
    const char *name;
    const char *type; /* "counter" or "gauge" */
    const char *about;
    double value;
} metric_row;

typedef struct metrics_page {
    char text[TEXT_MAX];
    size_t len;
} metrics_page;

ORCH_PRINTF(2, 3) static void add_text(metrics_page *page, const char *format, ...)
{
    size_t room = sizeof(page->text) - page->len;
    va_list arguments;
    int len;

    va_start(arguments, format);
    len = vsnprintf(page->text + page->len, room, format, arguments);
    va_end(arguments);
    if (len > 0 && (size_t)len < room)
        page->len += (size_t)len;
}

static void add(metrics_page *page, const metric_row *metric)
{
    int len = snprintf(page->text + page->len, sizeof(page->text) - page->len,
                       "# HELP %s %s\n# TYPE %s %s\n%s %.17g\n", metric->name, metric->about, metric->name,
                       metric->type, metric->name, metric->value);

    if (len > 0 && (size_t)len < sizeof(page->text) - page->len)
        page->len += (size_t)len;
}

/* Of this process, bytes; 0 where it is not told. */
static double resident_memory(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    unsigned long size = 0, resident = 0;
    int read = file ? fscanf(file, "%lu %lu", &size, &resident) : 0;

    if (file)
        (void)fclose(file);
    return read == 2 ? (double)resident * (double)sysconf(_SC_PAGESIZE) : 0;
}

static void add_requests(metrics_page *page, const orch__server_counters *counters)
{
    int len = snprintf(page->text + page->len, sizeof(page->text) - page->len,
                       "# HELP orchd_http_requests_total HTTP requests answered.\n"
                       "# TYPE orchd_http_requests_total counter\n");

    page->len += (size_t)len;
    for (int hundreds = 2; hundreds <= 5; hundreds++) {
        len = snprintf(page->text + page->len, sizeof(page->text) - page->len,
                       "orchd_http_requests_total{status=\"%dxx\"} %llu\n", hundreds,
                       (unsigned long long)counters->requests[hundreds]);
        page->len += (size_t)len;
    }
}

static void add_server(metrics_page *page, const orch_server *server)
{
    const orch__server_counters *c = &server->counters;
    const metric_row metrics[] = {
        {"orchd_uptime_seconds", "gauge", "Since the server listens.",
         (double)(orch__server_now() - server->opened_ms) / 1000},
        {"process_resident_memory_bytes", "gauge", "Memory of the process.", resident_memory()},
        {"orchd_connections", "gauge", "Open connections.", (double)server->connections_count},
        {"orchd_connections_total", "counter", "Connections accepted.", (double)c->connections},
        {"orchd_websockets", "gauge", "Open WebSockets.", (double)server->sockets_count},
        {"orchd_rpc_calls_total", "counter", "JSON-RPC calls answered.", (double)c->calls},
        {"orchd_rpc_errors_total", "counter", "JSON-RPC calls answered with an error.",
         (double)c->calls_failed},
        {"orchd_notices_total", "counter", "Notices of the runtime.", (double)c->notices},
        {"orchd_notices_sent_total", "counter", "Notices sent, over all WebSockets.",
         (double)c->notices_sent},
        {"orchd_resyncs_total", "counter", "Clients that were too slow.", (double)c->resyncs},
        {"orchd_silent_total", "counter", "WebSockets cut because nothing came from there any more.",
         (double)c->silent},
        {"orchd_rate_limited_total", "counter", "Requests and calls refused because they came too fast.",
         (double)c->rate_limited},
        {"orchd_cut_total", "counter", "Clients cut because they held too much memory.", (double)c->cut},
        {"orchd_waiting_bytes", "gauge", "Memory held for clients that do not read, or send in parts.",
         (double)server->burden},
        {"orchd_sent_bytes_total", "counter", "Bytes written to clients.", (double)c->bytes_sent},
        {"orchd_logins_total", "counter", "Logins by password.", (double)c->logins},
        {"orchd_logins_failed_total", "counter", "Logins refused.", (double)c->logins_failed},
    };

    for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++)
        add(page, &metrics[i]);
}

static void add_runtime(metrics_page *page, orch_runtime *runtime)
{
    orch_runtime_counters c;

    orch_runtime_count(runtime, &c);
    const metric_row metrics[] = {
        {"orchd_messages_total", "counter", "Messages accepted.", (double)c.messages_accepted},
        {"orchd_turns_started_total", "counter", "Turns started.", (double)c.turns_started},
        {"orchd_turns_answered_total", "counter", "Turns answered.", (double)c.turns_answered},
        {"orchd_turns_failed_total", "counter", "Turns that ended as a failure.", (double)c.turns_failed},
        {"orchd_turns_skipped_total", "counter", "Turns that ended in silence.", (double)c.turns_skipped},
        {"orchd_model_retries_total", "counter", "Further attempts at a model.", (double)c.retries},
        {"orchd_tokens_input_total", "counter", "Tokens sent to models.", (double)c.tokens_input},
        {"orchd_tokens_output_total", "counter", "Tokens received from models.", (double)c.tokens_output},
        {"orchd_daemons_running", "gauge", "Daemons that run.", (double)c.daemons_running},
        {"orchd_daemons_error", "gauge", "Daemons in error.", (double)c.daemons_error},
        {"orchd_core_events_total", "counter", "Events given to the core.", (double)c.engine.events},
        {"orchd_core_effects_total", "counter", "Effects of the core.", (double)c.engine.effects},
    };

    for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++)
        add(page, &metrics[i]);
}

static void add_faults(metrics_page *page, orch_runtime *runtime)
{
    const orch_fault_log *log = orch_runtime_faults(runtime);

    for (int active = 0; active <= 1; active++) {
        const char *name = active ? "orchd_fault_active" : "orchd_faults_total";

        add_text(page, "# HELP %s %s\n# TYPE %s %s\n", name,
                 active ? "1 while the fault lasts." : "How often a fault of the machine struck.", name,
                 active ? "gauge" : "counter");
        for (orch_fault_kind kind = 0; kind < ORCH_FAULTS_COUNT; kind++)
            add_text(page, "%s{fault=\"%s\"} %llu\n", name, orch_fault_name(kind),
                     (unsigned long long)(active ? log->faults[kind].open : log->faults[kind].total));
    }
}

void orch__do_metrics(orch__exchange *exchange)
{
    metrics_page page = {.len = 0};

    add_server(&page, exchange->server);
    add_requests(&page, &exchange->server->counters);
    add_runtime(&page, exchange->server->runtime);
    add_faults(&page, exchange->server->runtime);
    orch__exchange_text(exchange, "text/plain; version=0.0.4; charset=utf-8",
                        (orch_str){page.text, page.len});
}
