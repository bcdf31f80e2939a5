/* `orchd status [--watch]`: how every daemon is. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "access.h"
#include "json_output.h"
#include "terminal.h"

#define CELL_MAX 64

enum column { NAME, STATUS, UPTIME, HEARTBEAT, QUEUED, ACTIVE, ANSWERED, RESTARTS, MODEL, COLUMNS };

typedef struct row {
    char cells[COLUMNS][CELL_MAX];
    const char *status; /* borrowed from the reply */
    const char *last_error;
} row;

static const char *const titles[COLUMNS] = {"NAME",   "STATUS",   "UPTIME",   "HEARTBEAT", "QUEUED",
                                            "ACTIVE", "ANSWERED", "RESTARTS", "MODEL"};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

/* "3 d 4 h", "5 min 12 s", "0.4 s". */
static void word_duration(char out[CELL_MAX], long long ms)
{
    long long s = ms / 1000;

    if (ms <= 0)
        snprintf(out, CELL_MAX, "-");
    else if (s >= 86400)
        snprintf(out, CELL_MAX, "%lld d %lld h", s / 86400, s % 86400 / 3600);
    else if (s >= 3600)
        snprintf(out, CELL_MAX, "%lld h %lld min", s / 3600, s % 3600 / 60);
    else if (s >= 60)
        snprintf(out, CELL_MAX, "%lld min %lld s", s / 60, s % 60);
    else
        snprintf(out, CELL_MAX, "%lld.%lld s", s, ms % 1000 / 100);
}

/* Milliseconds since an ISO time of the server; -1 when there is none. */
static long long since(const char *iso)
{
    struct tm parts = {0};
    struct timespec now;
    const char *rest = iso ? strptime(iso, "%Y-%m-%dT%H:%M:%S", &parts) : NULL;
    int fraction = 0;

    if (!rest)
        return -1;
    (void)sscanf(rest, ".%3d", &fraction);
    clock_gettime(CLOCK_REALTIME, &now);
    return (now.tv_sec - timegm(&parts)) * 1000LL + now.tv_nsec / 1000000 - fraction;
}

static long long number(json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static void fill_row(row *out, json_t *daemon)
{
    json_t *health = json_object_get(daemon, "health");
    const char *name = json_string_value(json_object_get(daemon, "name"));
    const char *model = json_string_value(json_object_get(daemon, "model"));
    long long beat = since(json_string_value(json_object_get(health, "lastHeartbeat")));

    out->status = json_string_value(json_object_get(health, "status"));
    out->status = out->status ? out->status : "?";
    out->last_error = json_string_value(json_object_get(daemon, "lastError"));
    snprintf(out->cells[NAME], CELL_MAX, "%s", name ? name : "?");
    snprintf(out->cells[STATUS], CELL_MAX, "%s", out->status);
    word_duration(out->cells[UPTIME], number(health, "uptime"));
    if (beat < 0 || number(health, "uptime") == 0)
        snprintf(out->cells[HEARTBEAT], CELL_MAX, "-");
    else
        snprintf(out->cells[HEARTBEAT], CELL_MAX, "%lld s ago", beat / 1000);
    snprintf(out->cells[QUEUED], CELL_MAX, "%lld", number(daemon, "queued"));
    snprintf(out->cells[ACTIVE], CELL_MAX, "%lld", number(health, "activeConversations"));
    snprintf(out->cells[ANSWERED], CELL_MAX, "%lld", number(health, "totalMessagesProcessed"));
    snprintf(out->cells[RESTARTS], CELL_MAX, "%lld", number(daemon, "restartCount"));
    snprintf(out->cells[MODEL], CELL_MAX, "%s", model ? model : "-");
}

static orch_str cell_text(const char *cell)
{
    return (orch_str){cell, strlen(cell)};
}

static bool right_aligned(int column)
{
    return column >= QUEUED && column <= RESTARTS;
}

/* Leaves columns out, by a width of 0, until the table fits the terminal: what one needs least goes first. What is not a
 * terminal gets all of them. */
static void fit(unsigned widths[COLUMNS])
{
    static const enum column least[] = {RESTARTS, HEARTBEAT, MODEL, QUEUED, ACTIVE, UPTIME, ANSWERED};
    unsigned room, rows, all = 0;

    if (!orch__terminal())
        return;
    orch__terminal_size(&room, &rows);
    for (int column = 0; column < COLUMNS; column++)
        all += widths[column] + 2;
    for (size_t i = 0; i < sizeof(least) / sizeof(least[0]) && all > room + 2; i++) {
        all -= widths[least[i]] + 2;
        widths[least[i]] = 0;
    }
}

/* Cells are two columns apart; the first one of a line has nothing before it. */
static void print_cell(const char *cell, unsigned width, int column, orch__style style)
{
    unsigned own = orch__text_width(cell_text(cell));
    int pad = own < width ? (int)(width - own) : 0;

    if (width == 0)
        return;
    if (column > 0)
        fputs("  ", stdout);
    if (right_aligned(column))
        printf("%*s", pad, "");
    printf("%s%s%s", orch__style_text(style), cell, orch__style_text(ORCH__STYLE_PLAIN));
    if (!right_aligned(column) && column != COLUMNS - 1)
        printf("%*s", pad, "");
}

static orch__style status_style(const char *status)
{
    if (strcmp(status, "running") == 0)
        return ORCH__STYLE_GREEN;
    if (strcmp(status, "error") == 0)
        return ORCH__STYLE_RED;
    return strcmp(status, "stopped") == 0 ? ORCH__STYLE_DIM : ORCH__STYLE_YELLOW;
}

static void print_row(const row *item, const unsigned widths[COLUMNS])
{
    for (int column = 0; column < COLUMNS; column++) {
        orch__style style = ORCH__STYLE_PLAIN;

        if (column == STATUS)
            style = status_style(item->status);
        else if (column == NAME)
            style = ORCH__STYLE_BOLD;
        print_cell(item->cells[column], widths[column], column, style);
    }
    fputc('\n', stdout);
    if (item->last_error && strcmp(item->status, "error") == 0)
        printf("    %s%s%s\n", orch__style_text(ORCH__STYLE_RED), item->last_error,
               orch__style_text(ORCH__STYLE_PLAIN));
}

/* Prints at most `rows_max` daemons (0: all that came; of thousands the server tells a part). False: no memory. */
static bool print_table(const json_t *reply, size_t rows_max)
{
    const json_t *daemons = json_object_get(reply, "daemons");
    size_t total = (size_t)json_integer_value(json_object_get(reply, "total"));
    unsigned widths[COLUMNS];
    size_t count = json_array_size(daemons), shown = rows_max && count > rows_max ? rows_max : count;
    row *rows;

    if (count == 0) {
        printf("no orchestrators yet; add one with: orchd orchestrator add\n");
        return true;
    }
    rows = calloc(count, sizeof(*rows));
    if (!rows)
        return false;
    for (int column = 0; column < COLUMNS; column++)
        widths[column] = (unsigned)strlen(titles[column]);
    for (size_t i = 0; i < count; i++) {
        fill_row(&rows[i], json_array_get(daemons, i));
        for (int column = 0; column < COLUMNS; column++) {
            unsigned width = orch__text_width(cell_text(rows[i].cells[column]));

            widths[column] = width > widths[column] ? width : widths[column];
        }
    }
    fit(widths);
    for (int column = 0; column < COLUMNS; column++)
        print_cell(titles[column], widths[column], column, ORCH__STYLE_DIM);
    fputc('\n', stdout);
    for (size_t i = 0; i < shown; i++)
        print_row(&rows[i], widths);
    if (shown < total)
        printf("%s… and %zu more%s\n", orch__style_text(ORCH__STYLE_DIM), total - shown,
               orch__style_text(ORCH__STYLE_PLAIN));
    free(rows);
    return true;
}

/* False: `reply` says why not, and is to be released in either case. */
static bool print_once(orch__access *access, bool json, size_t rows_max, orch__reply *reply)
{
    if (!orch__call(access, "GET", "/api/daemons", NULL, reply))
        return false;
    if (json) {
        orch__print_json(reply->body);
    } else if (!print_table(reply->body, rows_max)) {
        snprintf(reply->message, sizeof(reply->message), "out of memory");
        return false;
    }
    fflush(stdout);
    return true;
}

static bool show(orch__access *access, bool json)
{
    orch__reply reply;
    bool ok = print_once(access, json, 0, &reply);

    if (!ok)
        fprintf(stderr, "error: %s\n", reply.message);
    orch__reply_fini(&reply);
    return ok;
}

/* Redraws each second on the terminal's other screen, so that what was there comes back afterwards. */
static bool watch(orch__access *access, bool json)
{
    bool ok = true, redraw = orch__terminal() && !json;
    struct sigaction action = {.sa_handler = on_interrupt};
    orch__reply reply = {0};

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    if (redraw)
        fputs("\033[?1049h\033[?25l", stdout);
    while (ok && !interrupted) {
        unsigned columns, rows;

        orch__terminal_size(&columns, &rows);
        if (redraw)
            printf("\033[H\033[J%sorchd at %s   every second, Ctrl-C ends%s\n\n",
                   orch__style_text(ORCH__STYLE_DIM), orch__access_address(access),
                   orch__style_text(ORCH__STYLE_PLAIN));
        orch__reply_fini(&reply);
        ok = print_once(access, json, redraw && rows > 6 ? rows - 5 : 0, &reply);
        if (ok && !interrupted)
            sleep(1);
    }
    if (redraw) {
        fputs("\033[?25h\033[?1049l", stdout);
        fflush(stdout);
    }
    if (!ok && !interrupted) /* said where it stays: the other screen is gone */
        fprintf(stderr, "error: %s\n", reply.message);
    orch__reply_fini(&reply);
    return ok || interrupted;
}

int orch__command_status(const orch_command *command, int argc, char **argv)
{
    orch__place place = {0};
    bool watching = false, ok;
    const orch__option table[] = {
        {"--watch", NULL, "a live table, until Ctrl-C", ORCH__OPTION_FLAG, &watching},
        ORCH__PLACE_OPTIONS(&place),
        {0},
    };
    orch__parsed parsed = orch__parse(command, table, argc, argv, NULL, 0, NULL);
    orch__access *access;

    if (parsed != ORCH__PARSED_OK)
        return orch__parsed_exit(parsed);
    access = orch__access_open(&place, false, watching);
    if (!access)
        return ORCH_EXIT_FAILURE;
    ok = watching ? watch(access, place.json) : show(access, place.json);
    orch__access_close(access);
    return ok ? ORCH_EXIT_OK : ORCH_EXIT_FAILURE;
}
