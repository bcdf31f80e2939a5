/* `orchd doctor`: is everything that a server needs as it should be? Beside a running server or without one, also when the
 * database is damaged. Changes nothing.
 */
#include "doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "json_output.h"
#include "terminal.h"
#include "wrap.h"

#define PROC_FILE_MAX  ((size_t)1 << 20)
#define FINDING_INDENT 25

/* The order matters to the reader, and to what later checks know. */
static const struct {
    const char *name;
    void (*run)(orch__doctor *doctor);
} checks[] = {
    {"server", orch__doctor_server},
    {"configuration", orch__doctor_configuration},
    {"permissions", orch__doctor_permissions},
    {"disk", orch__doctor_disk},
    {"database", orch__doctor_database},
    {"model", orch__doctor_model},
    {"login", orch__doctor_login},
    {"clock", orch__doctor_clock},
    {"limits", orch__doctor_limits},
};

static const char *const verdicts[ORCH__VERDICTS] = {"ok", "warning", "problem"};

static void print_finding(const orch__doctor *doctor, orch__verdict_kind verdict, const char *text,
                          const char *advice)
{
    static const orch__style styles[ORCH__VERDICTS] = {ORCH__STYLE_GREEN, ORCH__STYLE_YELLOW,
                                                       ORCH__STYLE_RED};

    unsigned columns, rows;

    orch__terminal_size(&columns, &rows);
    columns = orch__terminal() ? columns : ORCH__WRAP_NEVER; /* a finding is a line for programs */
    printf("%s%-8s%s  %-14s ", orch__style_text(styles[verdict]), verdicts[verdict],
           orch__style_text(ORCH__STYLE_PLAIN), doctor->check);
    orch__print_wrapped(stdout, text, columns, FINDING_INDENT, FINDING_INDENT);
    if (advice) {
        printf("%*s%s→ ", FINDING_INDENT, "", orch__style_text(ORCH__STYLE_BOLD));
        orch__print_wrapped(stdout, advice, columns, FINDING_INDENT + 2, FINDING_INDENT + 2);
        fputs(orch__style_text(ORCH__STYLE_PLAIN), stdout);
    }
    fflush(stdout);
}

void orch__doctor_say(orch__doctor *doctor, orch__verdict_kind verdict, const char *advice,
                      const char *format, ...)
{
    char text[1024];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    doctor->counts[verdict]++;
    if (!doctor->json) {
        print_finding(doctor, verdict, text, advice);
        return;
    }
    json_array_append_new(doctor->findings, json_pack("{s:s,s:s,s:s,s:s*}", "check", doctor->check, "verdict",
                                                      verdicts[verdict], "message", text, "advice", advice));
}

/* ---- the environment that counts ---- */

/* A file of /proc about the running server: texts, each ended by a NUL. To be freed; NULL: not readable. */
static char *read_proc(const orch__doctor *doctor, const char *name, size_t *out_len)
{
    char path[64];
    char *texts;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/%s", doctor->server.pid, name);
    file = fopen(path, "re");
    if (!file)
        return NULL;
    texts = malloc(PROC_FILE_MAX + 1);
    if (texts) {
        *out_len = fread(texts, 1, PROC_FILE_MAX, file);
        texts[*out_len] = '\0';
    }
    fclose(file);
    return texts;
}

const char *orch__doctor_argument(const orch__doctor *doctor, const char *option)
{
    const char *end = doctor->arguments + doctor->arguments_len;
    size_t len = strlen(option);

    for (const char *at = doctor->arguments; at && at < end; at += strlen(at) + 1) {
        if (strncmp(at, option, len) == 0 && at[len] == '=')
            return at + len + 1;
        if (strcmp(at, option) == 0 && at + len + 1 < end)
            return at + len + 1;
    }
    return NULL;
}

const char *orch__doctor_variable(const char *name, void *user)
{
    const orch__doctor *doctor = user;
    size_t len = strlen(name);

    if (!doctor->environment)
        return getenv(name);
    for (const char *at = doctor->environment; at < doctor->environment + doctor->environment_len;
         at += strlen(at) + 1)
        if (strncmp(at, name, len) == 0 && at[len] == '=')
            return at + len + 1;
    return NULL;
}

/* ---- the whole ---- */

static void print_end(const orch__doctor *doctor)
{
    const unsigned *counts = doctor->counts;
    json_t *out;

    if (!doctor->json) {
        printf("%u ok, %u warning%s, %u problem%s\n", counts[ORCH__WELL], counts[ORCH__WARNING],
               counts[ORCH__WARNING] == 1 ? "" : "s", counts[ORCH__PROBLEM],
               counts[ORCH__PROBLEM] == 1 ? "" : "s");
        return;
    }
    out = json_pack("{s:b,s:i,s:i,s:O}", "ok", counts[ORCH__PROBLEM] == 0, "warnings",
                    (int)counts[ORCH__WARNING], "problems", (int)counts[ORCH__PROBLEM], "findings",
                    doctor->findings);
    orch__print_json(out);
    json_decref(out);
}

static int examine(orch__doctor *doctor)
{
    clock_gettime(CLOCK_REALTIME, &doctor->wall_begin);
    clock_gettime(CLOCK_MONOTONIC, &doctor->steady_begin);
    doctor->findings = json_array();
    doctor->used = orch__data_directory_is_used(&doctor->directory);
    doctor->served = doctor->used && orch__data_directory_told(&doctor->directory, &doctor->server);
    if (doctor->served) {
        doctor->environment = read_proc(doctor, "environ", &doctor->environment_len);
        doctor->arguments = read_proc(doctor, "cmdline", &doctor->arguments_len);
    }
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        doctor->check = checks[i].name;
        checks[i].run(doctor);
    }
    print_end(doctor);
    if (doctor->environment)
        explicit_bzero(doctor->environment, doctor->environment_len);
    free(doctor->environment);
    free(doctor->arguments);
    if (doctor->models_known)
        orch_model_config_fini(&doctor->models);
    json_decref(doctor->findings);
    return doctor->counts[ORCH__PROBLEM] ? ORCH_EXIT_FAILURE : ORCH_EXIT_OK;
}

int orch__command_doctor(const orch_command *command, int argc, char **argv)
{
    orch__doctor *doctor = calloc(1, sizeof(*doctor));
    int code = ORCH_EXIT_FAILURE;
    orch__parsed parsed;

    if (!doctor)
        return code;
    doctor->data = "data";
    const orch__option table[] = {
        ORCH__DATA_OPTION(&doctor->data),
        {"--full", NULL, "compare every index of the database with its table, too", ORCH__OPTION_FLAG,
         &doctor->full},
        ORCH__JSON_OPTION(&doctor->json),
        {0},
    };

    parsed = orch__parse(command, table, argc, argv, NULL, 0, NULL);
    if (parsed != ORCH__PARSED_OK)
        code = orch__parsed_exit(parsed);
    else if (orch__data_directory_init(&doctor->directory, doctor->data))
        fprintf(stderr, "error: the path is too long\n");
    else
        code = examine(doctor);
    free(doctor);
    return code;
}
