/* `orchd channel add`. */
#include <stdio.h>

#include "access.h"
#include "json_output.h"

typedef struct channel_options {
    orch__place place;
    const char *topic;
    orch__option_list members;
    bool private;
} channel_options;

static json_t *request_body(const channel_options *options, const char *name)
{
    json_t *body = json_pack("{s:s,s:s,s:s*}", "name", name, "type", options->private ? "PRIVATE" : "PUBLIC",
                             "topic", options->topic);
    json_t *members = json_array();

    for (size_t i = 0; i < options->members.count; i++)
        json_array_append_new(members, json_string(options->members.items[i]));
    json_object_set_new(body, "members", members);
    return body;
}

int orch__command_channel_add(const orch_command *command, int argc, char **argv)
{
    channel_options options = {0};
    const orch__option table[] = {
        {"--member", "E", "e-mail address of a member; a public channel has everybody", ORCH__OPTION_LIST,
         &options.members},
        {"--private", NULL, "for its members only", ORCH__OPTION_FLAG, &options.private},
        {"--topic", "TEXT", "what it is for", ORCH__OPTION_TEXT, &options.topic},
        ORCH__PLACE_OPTIONS(&options.place),
        {0},
    };
    const char *name = NULL;
    size_t words;
    orch__parsed parsed = orch__parse(command, table, argc, argv, &name, 1, &words);
    json_t *reply;

    if (parsed != ORCH__PARSED_OK)
        return orch__parsed_exit(parsed);
    if (words != 1)
        return orch__usage_error(command, "a NAME is needed");
    if (options.private && options.members.count == 0 && !options.place.server)
        return orch__usage_error(command, "a private channel needs a --member: nobody else is in it");
    reply = orch__post(&options.place, "/api/channels", request_body(&options, name));
    if (!reply)
        return ORCH_EXIT_FAILURE;
    if (options.place.json) {
        orch__print_json(reply);
    } else {
        const char *slug = json_string_value(json_object_get(json_object_get(reply, "channel"), "slug"));

        printf("Added #%s.\n", slug ? slug : name);
    }
    json_decref(reply);
    return ORCH_EXIT_OK;
}
