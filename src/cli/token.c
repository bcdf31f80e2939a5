/* `orchd token create`. */
#include <stdio.h>

#include "access.h"
#include "json_output.h"
#include "session.h"

typedef struct token_options {
    orch__place place;
    const char *email;
    const char *name;
} token_options;

static json_t *create(orch__access *access, const token_options *options)
{
    orch__access *session = orch__session_open(access, options->email);
    json_t *body, *reply;

    if (!session)
        return NULL;
    body = json_pack("{s:s}", "name", options->name);
    reply = orch__ask(session, "POST", "/api/tokens", body);
    json_decref(body);
    orch__session_close(session, access);
    return reply;
}

int orch__command_token_create(const orch_command *command, int argc, char **argv)
{
    token_options options = {.name = "command line"};
    const orch__option table[] = {
        {"--email", "E", "whose token (with --data)", ORCH__OPTION_TEXT, &options.email},
        {"--name", "N", "what it is for", ORCH__OPTION_TEXT, &options.name},
        ORCH__PLACE_OPTIONS(&options.place),
        {0},
    };
    orch__parsed parsed = orch__parse(command, table, argc, argv, NULL, 0, NULL);
    orch__access *access;
    json_t *reply;

    if (parsed != ORCH__PARSED_OK)
        return orch__parsed_exit(parsed);
    if (!options.email && !options.place.server)
        return orch__usage_error(command, "--email is needed");
    access = orch__access_open(&options.place, false, false);
    if (!access)
        return ORCH_EXIT_FAILURE;
    reply = create(access, &options);
    orch__access_close(access);
    if (!reply)
        return ORCH_EXIT_FAILURE;
    if (options.place.json) {
        orch__print_json(reply);
    } else {
        printf("%s\n", json_string_value(json_object_get(reply, "token")));
        fprintf(stderr, "Shown this once. Send it as \"Authorization: Bearer …\".\n");
    }
    json_decref(reply);
    return ORCH_EXIT_OK;
}
