/* `orchd login` and `orchd logout`: an orchestrator's daemon goes on and off with its login. */
#include <stdio.h>
#include <strings.h>

#include "access.h"
#include "json_output.h"

typedef struct login_options {
    orch__place place;
    const char *email;
} login_options;

/* The id of the orchestrator with this address, borrowed from `list`; NULL: there is none. */
static const char *find_orchestrator(json_t *list, const char *email)
{
    json_t *item;
    size_t index;

    json_array_foreach(json_object_get(list, "orchestrators"), index, item)
    {
        const char *own = json_string_value(json_object_get(item, "email"));

        if (own && strcasecmp(own, email) == 0)
            return json_string_value(json_object_get(item, "id"));
    }
    return NULL;
}

/* Looks through the list, a page at a time. False: printed why not. */
static bool look_up(orch__access *access, const char *email, char *out_id, size_t size)
{
    char path[128] = "/api/orchestrators", next[64] = "";
    const char *found, *more;
    json_t *list;

    do {
        list = orch__ask(access, "GET", path, NULL);
        if (!list)
            return false;
        found = find_orchestrator(list, email);
        more = json_string_value(json_object_get(list, "next"));
        snprintf(out_id, size, "%s", found ? found : "");
        snprintf(next, sizeof(next), "%s", more ? more : "");
        snprintf(path, sizeof(path), "/api/orchestrators?after=%s", next);
        json_decref(list);
    } while (!*out_id && *next);
    if (!*out_id)
        fprintf(stderr, "error: %s is no orchestrator of this workspace; orchd status lists them\n", email);
    return *out_id;
}

static json_t *set_login(orch__access *access, const char *email, const char *verb)
{
    char id[64], path[128];

    if (!look_up(access, email, id, sizeof(id)))
        return NULL;
    snprintf(path, sizeof(path), "/api/orchestrators/%s/%s", id, verb);
    return orch__ask(access, "POST", path, NULL);
}

static int run(const orch_command *command, int argc, char **argv, const char *verb, const char *done)
{
    login_options options = {0};
    const orch__option table[] = {
        {"--email", "E", "the orchestrator's e-mail address", ORCH__OPTION_TEXT, &options.email},
        ORCH__PLACE_OPTIONS(&options.place),
        {0},
    };
    orch__parsed parsed = orch__parse(command, table, argc, argv, NULL, 0, NULL);
    orch__access *access;
    json_t *reply;

    if (parsed != ORCH__PARSED_OK)
        return orch__parsed_exit(parsed);
    if (!options.email)
        return orch__usage_error(command, "--email is needed");
    access = orch__access_open(&options.place, false, false);
    if (!access)
        return ORCH_EXIT_FAILURE;
    reply = set_login(access, options.email, verb);
    orch__access_close(access);
    if (!reply)
        return ORCH_EXIT_FAILURE;
    if (options.place.json) {
        orch__print_json(reply);
    } else {
        printf("%s %s\n", options.email, done);
    }
    json_decref(reply);
    return ORCH_EXIT_OK;
}

int orch__command_login(const orch_command *command, int argc, char **argv)
{
    return run(command, argc, argv, "login", "is logged in: its daemon runs whenever the server runs.");
}

int orch__command_logout(const orch_command *command, int argc, char **argv)
{
    return run(command, argc, argv, "logout", "is logged out: its daemon is off; what it is sent waits.");
}
