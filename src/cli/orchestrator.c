/* `orchd orchestrator add`. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "access.h"
#include "json_output.h"

typedef struct orchestrator_options {
    orch__place place;
    const char *name;
    const char *role;
    const char *discipline;
    const char *email;
    const char *charter;
    const char *model;
    orch__option_list channels;
} orchestrator_options;

/* The charter of --charter; NULL with a printed reason. */
static json_t *read_charter(const char *path)
{
    bool given = strcmp(path, "-") == 0;
    FILE *file = given ? stdin : fopen(path, "re");
    json_t *charter = NULL;
    json_error_t error;

    if (file)
        charter = json_loadf(file, JSON_REJECT_DUPLICATES, &error);
    if (!file || ferror(file))
        fprintf(stderr, "error: --charter %s cannot be read: %s\n", path, strerror(errno));
    else if (!charter)
        fprintf(stderr, "error: --charter %s: %s (line %d, column %d)\n", path, error.text, error.line,
                error.column);
    if (file && !given)
        fclose(file);
    return charter;
}

static json_t *request_body(const orchestrator_options *options)
{
    json_t *body =
        json_pack("{s:s,s:s,s:s,s:s*,s:s*}", "name", options->name, "role", options->role, "discipline",
                  options->discipline, "email", options->email, "model", options->model);

    if (body && options->charter) {
        json_t *charter = read_charter(options->charter);

        if (!charter) {
            json_decref(body);
            return NULL;
        }
        json_object_set_new(body, "charter", charter);
    }
    if (body && options->channels.count > 0) {
        json_t *channels = json_array();

        for (size_t i = 0; i < options->channels.count; i++)
            json_array_append_new(channels, json_string(options->channels.items[i]));
        json_object_set_new(body, "channels", channels);
    }
    return body;
}

static void print_orchestrator(const orchestrator_options *options, json_t *reply)
{
    json_t *made = json_object_get(reply, "orchestrator");
    const char *slug = json_string_value(json_object_get(made, "slug"));

    if (options->place.json) {
        orch__print_json(reply);
        return;
    }
    printf("Added %s, %s. Say @%s in one of its channels.\n", options->name, options->role, slug ? slug : "");
}

int orch__command_orchestrator_add(const orch_command *command, int argc, char **argv)
{
    orchestrator_options options = {0};
    const orch__option table[] = {
        {"--name", "N", "its name", ORCH__OPTION_TEXT, &options.name},
        {"--role", "R", "what it is, \"Librarian\"", ORCH__OPTION_TEXT, &options.role},
        {"--discipline", "D", "the field it works in", ORCH__OPTION_TEXT, &options.discipline},
        {"--email", "E", "e-mail address of its user", ORCH__OPTION_TEXT, &options.email},
        {"--charter", "FILE.json", "who it is and how it answers (\"-\": standard input)", ORCH__OPTION_TEXT,
         &options.charter},
        {"--model", "NAME", "its own chain, \"provider/model,provider/model\"", ORCH__OPTION_TEXT,
         &options.model},
        {"--channel", "C", "a channel to join (default: every public one)", ORCH__OPTION_LIST,
         &options.channels},
        ORCH__PLACE_OPTIONS(&options.place),
        {0},
    };
    orch__parsed parsed = orch__parse(command, table, argc, argv, NULL, 0, NULL);
    json_t *body, *reply;

    if (parsed != ORCH__PARSED_OK)
        return orch__parsed_exit(parsed);
    if (!options.name || !options.role || !options.discipline || !options.email)
        return orch__usage_error(command, "--name, --role, --discipline and --email are needed");
    body = request_body(&options);
    reply = body ? orch__post(&options.place, "/api/orchestrators", body) : NULL;
    if (!reply)
        return ORCH_EXIT_FAILURE;
    print_orchestrator(&options, reply);
    json_decref(reply);
    return ORCH_EXIT_OK;
}
