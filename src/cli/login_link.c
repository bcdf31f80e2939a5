/* `orchd login-link`: a link that logs somebody in, for a browser to open once. */
#include <stdio.h>

#include "access.h"
#include "json_output.h"

typedef struct login_link_options {
    orch__place place;
    const char *email;
} login_link_options;

static void print_link(json_t *link)
{
    const char *email = json_string_value(json_object_get(json_object_get(link, "user"), "email"));

    printf("%s\n", json_string_value(json_object_get(link, "url")));
    fflush(stdout);
    fprintf(stderr, "Logs in %s, once, within 10 minutes. Who has it is in: give it to nobody else.\n",
            email ? email : "?");
}

int orch__command_login_link(const orch_command *command, int argc, char **argv)
{
    login_link_options options = {0};
    const orch__option table[] = {
        {"--email", "E", "whom (default: the owner of the workspace)", ORCH__OPTION_TEXT, &options.email},
        ORCH__OWNER_PLACE_OPTIONS(&options.place),
        {0},
    };
    orch__parsed parsed = orch__parse(command, table, argc, argv, NULL, 0, NULL);
    orch__access *access;
    json_t *body, *link;

    if (parsed != ORCH__PARSED_OK)
        return orch__parsed_exit(parsed);
    access = orch__access_open(&options.place, false, true);
    if (!access)
        return ORCH_EXIT_FAILURE;
    body = json_pack("{s:s*}", "email", options.email);
    link = orch__ask(access, "POST", "/api/owner/login-links", body);
    json_decref(body);
    orch__access_close(access);
    if (!link)
        return ORCH_EXIT_FAILURE;
    if (options.place.json)
        orch__print_json(link);
    else
        print_link(link);
    json_decref(link);
    return ORCH_EXIT_OK;
}
