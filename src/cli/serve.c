/* `orchd serve`: the server, until SIGTERM or SIGINT. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arguments.h"
#include "data_directory.h"
#include "log.h"
#include "service.h"
#include "wrap.h"

#define LINE_COLUMNS  80
#define LIMIT_COLUMNS 29 /* NAME=N of the longest limit */
#define LIMIT_INDENT  (10 + LIMIT_COLUMNS + 1)

typedef struct serve_options {
    const char *data;
    const char *listen;
    const char *tls_certificate;
    const char *tls_key;
    const char *record;
    const char *model_timeout;
    const char *model_attempts;
    const char *turn_deadline;
    const char *feed_keep;
    const char *public_url;
    orch__option_list origins;
    orch__option_list proxies;
    orch__option_list limits;
    bool allow_remote;
    bool welcome;
    bool verbose;
    const char *log;
    const char *log_level;
    bool json;
} serve_options;

typedef struct serving {
    orch__node node;
    orch__service service;
} serving;

/* Whether standard output goes into the journal (systemd.exec(5), JOURNAL_STREAM), which keeps what it is told. */
static bool is_logged(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat output;
    char own[64];

    if (!stream || fstat(STDOUT_FILENO, &output) != 0)
        return false;
    snprintf(own, sizeof(own), "%llu:%llu", (unsigned long long)output.st_dev,
             (unsigned long long)output.st_ino);
    return strcmp(own, stream) == 0;
}

/* A link is a secret: it is shown to a person, not to a file or the journal. */
static void print_page(orch_server *server, const serve_options *options, const char *address)
{
    char link[ORCH_LOGIN_URL_MAX];
    const char *email;

    if (!isatty(STDOUT_FILENO) || is_logged() || !orch_server_login_link(server, link, &email)) {
        printf("\nThe page: %s/\nA link that logs you in: %s login-link --data %s\n", address,
               program_invocation_name, options->data);
        return;
    }
    printf("\nThe page, logged in as %s (once, within 10 minutes):\n\n  %s\n\n"
           "Another link: %s login-link --data %s\n",
           email, link, program_invocation_name, options->data);
    explicit_bzero(link, sizeof(link));
}

static void print_try(const char *command, const serve_options *options, const char *about)
{
    char line[ORCH_PATH_MAX];

    snprintf(line, sizeof(line), "%s %s --data %s", program_invocation_name, command, options->data);
    printf("  %-46s  %s\n", line, about);
}

static void print_welcome(orch_server *server, const serve_options *options)
{
    const char *address = orch_server_address(server);

    printf("\nTry next, in another terminal:\n");
    print_try("chat", options, "begin with: @ada hello");
    print_try("status --watch", options, "how their daemons are");
    printf("  curl %s/readyz\n"
           "Ctrl-C ends the server. Without a key for a language model the orchestrators\n"
           "answer by the rules in their charters; set ANTHROPIC_API_KEY, or OPENAI_BASE_URL\n"
           "for any compatible server, and start again.\n",
           address);
    if (orch_server_has_page() && orch_server_has_users(server))
        print_page(server, options, address);
}

/* While there is no user: how to become the first. The code is a secret, and only shown here. */
static void print_setup(orch_server *server, const char *public_url, const char *data)
{
    const char *address = public_url ? public_url : orch_server_address(server);
    const char *code =
        is_logged() || strncmp(address, "unix:", 5) == 0 ? NULL : orch_server_setup_code(server);

    if (code)
        printf("there is no user yet: set it up at %s/setup#%s\n", address, code);
    else if (!orch_server_has_users(server))
        printf("there is no user yet: orchd init --data %s --email E --name N makes the first\n", data);
}

static int lock_data(orch__data_directory *directory, const char *data)
{
    int error = orch__data_directory_init(directory, data);

    if (!error)
        error = orch__data_directory_make(directory);
    if (!error)
        error = orch__data_directory_lock(directory);
    if (error == ORCH_E_LOCKED)
        fprintf(stderr, "error: another process serves %s; stop it first, or use another --data\n", data);
    else if (error)
        fprintf(stderr, "error: %s cannot be opened: %s\n", data, strerror(errno));
    return error;
}

/* A number of an option times `scale` (1: a whole one); 0 when it is not given. False: printed what is allowed. */
static bool read_number(const orch_command *command, const char *name, const char *text, double scale,
                        double max, uint32_t *out_value)
{
    char *end;
    double value;

    *out_value = 0;
    if (!text)
        return true;
    value = strtod(text, &end);
    if (end == text || *end || !(value <= max) || value * scale < 1 ||
        (scale == 1 && value != (uint32_t)value)) {
        orch__usage_error(command, "%s %s: a %s to %.0f is allowed", name, text,
                          scale == 1 ? "whole number from 1" : "number above 0, up", max);
        return false;
    }
    *out_value = (uint32_t)(value * scale);
    return true;
}

static bool read_numbers(const orch_command *command, const serve_options *options, orch__node_config *config)
{
    return read_number(command, "--model-timeout", options->model_timeout, 1000, 3600,
                       &config->attempt_timeout_ms) &&
           read_number(command, "--model-attempts", options->model_attempts, 1, 100,
                       &config->attempts_per_model) &&
           read_number(command, "--turn-deadline", options->turn_deadline, 1000, 86400,
                       &config->turn_deadline_ms) &&
           read_number(command, "--feed-keep", options->feed_keep, 1, 10000000, &config->feed_keep);
}

static void log_listening(const serving *server)
{
    const orch_log_field fields[] = {{"address", orch_server_address(server->node.server)},
                                     {"version", ORCHD_VERSION}};

    orch_log(ORCH_LOG_INFO, "server.listening", "The server listens", fields, 2);
}

/* From a locked directory to the end of the server. */
static int serve(serving *server, const serve_options *options, const orch__node_config *config)
{
    const orch__data_directory *directory = config->directory;
    char message[512] = "";

    if (orch__node_open(&server->node, config, message, sizeof(message))) {
        fprintf(stderr, "error: %s\n", message);
        return ORCH_EXIT_FAILURE;
    }
    if (orch__data_directory_publish(directory, orch_server_address(server->node.server),
                                     orch_server_pin(server->node.server)))
        fprintf(stderr, "warning: %s cannot be written: other commands will not find this server\n",
                directory->server);
    orch__service_start(&server->service, &server->node,
                        directory); /* whoever reads the line may send a signal at once */
    printf("listening on %s\n", orch_server_address(server->node.server));
    print_setup(server->node.server, server->node.openid.public_url, options->data);
    if (options->welcome)
        print_welcome(server->node.server, options);
    fflush(stdout);
    log_listening(server);
    uv_run(&server->node.loop, UV_RUN_DEFAULT);
    orch__service_stop(&server->service);
    orch__node_run(&server->node);
    orch__data_directory_unpublish(directory);
    return ORCH_EXIT_OK;
}

static orch__parsed read_options(const orch_command *command, int argc, char **argv, serve_options *options)
{
    const orch__option table[] = {
        ORCH__DATA_OPTION(&options->data),
        {"--listen", "ADDR:PORT", "where (default 127.0.0.1:7717; port 0 picks one; or unix:PATH)",
         ORCH__OPTION_TEXT, &options->listen},
        {"--tls-cert", "FILE", "speak TLS: the certificate, its chain behind it (PEM); SIGHUP reads it again",
         ORCH__OPTION_TEXT, &options->tls_certificate},
        {"--tls-key", "FILE", "its private key (PEM, without a passphrase)", ORCH__OPTION_TEXT,
         &options->tls_key},
        {"--allow-remote", NULL, "allow an address beyond loopback without TLS: a proxy before it speaks TLS",
         ORCH__OPTION_FLAG, &options->allow_remote},
        {"--public-url", "URL", "where browsers find this server, for logins by OpenID (or ORCHD_PUBLIC_URL)",
         ORCH__OPTION_TEXT, &options->public_url},
        {"--origin", "URL", "a page of another origin that may use the API", ORCH__OPTION_LIST,
         &options->origins},
        {"--trusted-proxy", "ADDR", "believe its X-Forwarded-For and -Proto: an address, a network or unix",
         ORCH__OPTION_LIST, &options->proxies},
        {"--limit", "NAME=N", "change a limit; --limit help lists them", ORCH__OPTION_LIST, &options->limits},
        {"--model-timeout", "SECONDS", "for one call of a model (default 120)", ORCH__OPTION_TEXT,
         &options->model_timeout},
        {"--model-attempts", "N", "calls of a model before the next of the chain (default 4)",
         ORCH__OPTION_TEXT, &options->model_attempts},
        {"--turn-deadline", "SECONDS", "for a reply, with all its attempts (default 600)", ORCH__OPTION_TEXT,
         &options->turn_deadline},
        {"--feed-keep", "N", "events kept for clients that were away (default 100000)", ORCH__OPTION_TEXT,
         &options->feed_keep},
        {"--record", "FILE", "write the core's event log, for replay", ORCH__OPTION_TEXT, &options->record},
        {"--welcome", NULL, "say what to try next; on a terminal with a link that logs its owner in, once",
         ORCH__OPTION_FLAG, &options->welcome},
        {"--log", "FILE", "log to FILE instead of standard error; SIGHUP opens it again", ORCH__OPTION_TEXT,
         &options->log},
        {"--log-level", "LEVEL", "debug, info (default), warn or error", ORCH__OPTION_TEXT,
         &options->log_level},
        {"--verbose", NULL, "log all that daemons do: --log-level debug", ORCH__OPTION_FLAG,
         &options->verbose},
        {"--json", NULL, "log JSON also on a terminal", ORCH__OPTION_FLAG, &options->json},
        {0},
    };

    *options = (serve_options){.data = "data", .listen = "127.0.0.1:7717"};
    return orch__parse(command, table, argc, argv, NULL, 0, NULL);
}

static bool wants_limits_listed(const serve_options *options)
{
    return options->limits.count == 1 && strcmp(options->limits.items[0], "help") == 0;
}

static void list_limits(void)
{
    char line[160];

    for (size_t row = 0; orch_server_limits_describe(row, line, sizeof(line)); row++) {
        size_t len = strcspn(line, " ");

        printf("  --limit %-*.*s ", LIMIT_COLUMNS, (int)len, line);
        orch__print_wrapped(stdout, line + len + strspn(line + len, " "), LINE_COLUMNS, LIMIT_INDENT,
                            LIMIT_INDENT);
    }
}

static bool read_limits(const orch_command *command, const serve_options *options, orch_server_limits *limits)
{
    char message[512];

    for (size_t i = 0; i < options->limits.count; i++) {
        if (orch_server_limits_set(limits, options->limits.items[i], message, sizeof(message))) {
            orch__usage_error(command, "--limit %s", message);
            return false;
        }
    }
    return true;
}

/* False: printed what is wrong. */
static bool make_config(const orch_command *command, const serve_options *options, orch__node_config *config)
{
    orch__node_config_init(config);
    config->listen = options->listen;
    config->allow_remote = options->allow_remote;
    config->tls_certificate = options->tls_certificate;
    config->tls_key = options->tls_key;
    config->record_path = options->record;
    config->public_url = options->public_url;
    config->proxies = options->proxies.items;
    config->proxies_count = options->proxies.count;
    config->origins = options->origins.items;
    config->origins_count = options->origins.count;
    return read_numbers(command, options, config) && read_limits(command, options, &config->limits);
}

/* False: printed what is wrong. */
static bool configure_log(const orch_command *command, const serve_options *options)
{
    orch_log_level level = options->verbose ? ORCH_LOG_DEBUG : ORCH_LOG_INFO;

    if (options->log_level && !orch_log_level_read(options->log_level, &level)) {
        orch__usage_error(command, "--log-level %s: debug, info, warn and error are allowed",
                          options->log_level);
        return false;
    }
    orch_log_configure(level, options->json ? ORCH_LOG_JSON : ORCH_LOG_AUTO);
    if (!options->log || orch_log_open(options->log) == 0)
        return true;
    orch__usage_error(command, "--log %s cannot be written: %s", options->log, strerror(errno));
    return false;
}

int orch__command_serve(const orch_command *command, int argc, char **argv)
{
    serve_options options;
    orch__parsed parsed = read_options(command, argc, argv, &options);
    orch__data_directory directory;
    orch__node_config config;
    serving *server;
    int code;

    if (parsed != ORCH__PARSED_OK)
        return orch__parsed_exit(parsed);
    if (wants_limits_listed(&options)) {
        list_limits();
        return ORCH_EXIT_OK;
    }
    if (!configure_log(command, &options) || !make_config(command, &options, &config))
        return ORCH_EXIT_USAGE;
    config.directory = &directory;
    if (lock_data(&directory, options.data))
        return ORCH_EXIT_FAILURE;
    server = calloc(1, sizeof(*server));
    code = server ? serve(server, &options, &config) : ORCH_EXIT_FAILURE;
    free(server);
    orch__data_directory_unlock(&directory);
    return code;
}
