/* `orchd user add`. */
#include <stdio.h>

#include "access.h"
#include "json_output.h"
#include "password_input.h"

typedef struct user_options {
    orch__place place;
    const char *email;
    const char *name;
    bool admin;
    bool password_stdin;
} user_options;

static void print_user(const user_options *options, const orch__password *password, json_t *reply)
{
    json_t *user = json_object_get(reply, "user");

    if (options->place.json) {
        json_t *out =
            json_pack("{s:O?,s:s*}", "user", user, "password", password->made ? password->text : NULL);

        orch__print_json(out);
        json_decref(out);
        return;
    }
    printf("Added %s <%s>%s.\n", options->name, options->email, options->admin ? ", an administrator" : "");
    if (password->made)
        printf("Password: %s   (shown this once)\n", password->text);
}

int orch__command_user_add(const orch_command *command, int argc, char **argv)
{
    user_options options = {0};
    const orch__option table[] = {
        {"--email", "E", "e-mail address, used to log in", ORCH__OPTION_TEXT, &options.email},
        {"--name", "N", "name as others see it", ORCH__OPTION_TEXT, &options.name},
        {"--admin", NULL, "may manage people, channels and orchestrators", ORCH__OPTION_FLAG, &options.admin},
        {"--password-stdin", NULL, "read the password from standard input", ORCH__OPTION_FLAG,
         &options.password_stdin},
        ORCH__PLACE_OPTIONS(&options.place),
        {0},
    };
    orch__parsed parsed = orch__parse(command, table, argc, argv, NULL, 0, NULL);
    orch__password password;
    orch__access *access;
    json_t *body, *reply;

    if (parsed != ORCH__PARSED_OK)
        return orch__parsed_exit(parsed);
    if (!options.email || !options.name)
        return orch__usage_error(command, "--email and --name are needed");
    if (!orch__password_get(&password, options.password_stdin))
        return ORCH_EXIT_FAILURE;
    access = orch__access_open(&options.place, false, false);
    if (!access)
        return ORCH_EXIT_FAILURE;
    body = json_pack("{s:s,s:s,s:b,s:s}", "email", options.email, "name", options.name, "admin",
                     options.admin, "password", password.text);
    reply = orch__ask(access, "POST", "/api/users", body);
    json_decref(body);
    orch__access_close(access);
    if (!reply)
        return ORCH_EXIT_FAILURE;
    print_user(&options, &password, reply);
    json_decref(reply);
    return ORCH_EXIT_OK;
}
