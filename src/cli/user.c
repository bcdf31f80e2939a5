/* `orchd user add` and `orchd user set-password`. */
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

static void print_json(const orch__password *password, json_t *reply)
{
    json_t *user = json_object_get(reply, "user");
    json_t *out = json_pack("{s:O?,s:s*}", "user", user, "password", password->made ? password->text : NULL);

    orch__print_json(out);
    json_decref(out);
}

static void print_password(const orch__password *password)
{
    if (password->made)
        printf("Password: %s   (shown this once)\n", password->text);
}

static void print_user(const user_options *options, const orch__password *password, json_t *reply)
{
    if (options->place.json) {
        print_json(password, reply);
        return;
    }
    printf("Added %s <%s>%s.\n", options->name, options->email, options->admin ? ", an administrator" : "");
    print_password(password);
}

int orch__command_user_add(const orch_command *command, int argc, char **argv)
{
    user_options options = {0};
    const orch__option table[] = {
        {"--email", "E", "e-mail address, used to log in", ORCH__OPTION_TEXT, &options.email},
        {"--name", "N", "name as others see it", ORCH__OPTION_TEXT, &options.name},
        {"--admin", NULL, "may manage people, channels and orchestrators", ORCH__OPTION_FLAG, &options.admin},
        ORCH__PASSWORD_OPTION(&options.password_stdin),
        ORCH__PLACE_OPTIONS(&options.place),
        {0},
    };
    orch__parsed parsed = orch__parse(command, table, argc, argv, NULL, 0, NULL);
    orch__password password;
    json_t *reply;

    if (parsed != ORCH__PARSED_OK)
        return orch__parsed_exit(parsed);
    if (!options.email || !options.name)
        return orch__usage_error(command, "--email and --name are needed");
    if (!orch__password_get(&password, options.password_stdin))
        return ORCH_EXIT_FAILURE;
    reply = orch__post(&options.place, "/api/users",
                       json_pack("{s:s,s:s,s:b,s:s}", "email", options.email, "name", options.name, "admin",
                                 options.admin, "password", password.text));
    if (!reply)
        return ORCH_EXIT_FAILURE;
    print_user(&options, &password, reply);
    json_decref(reply);
    return ORCH_EXIT_OK;
}

static void print_set(const user_options *options, const orch__password *password, json_t *reply)
{
    const char *name = json_string_value(json_object_get(json_object_get(reply, "user"), "name"));

    if (options->place.json) {
        print_json(password, reply);
        return;
    }
    printf("%s <%s> has a new password; the sessions that were open have ended.\n", name ? name : "?",
           options->email);
    print_password(password);
}

int orch__command_user_set_password(const orch_command *command, int argc, char **argv)
{
    user_options options = {0};
    const orch__option table[] = {
        {"--email", "E", "whose", ORCH__OPTION_TEXT, &options.email},
        ORCH__PASSWORD_OPTION(&options.password_stdin),
        ORCH__OWNER_PLACE_OPTIONS(&options.place),
        {0},
    };
    orch__parsed parsed = orch__parse(command, table, argc, argv, NULL, 0, NULL);
    orch__password password;
    json_t *reply;

    if (parsed != ORCH__PARSED_OK)
        return orch__parsed_exit(parsed);
    if (!options.email)
        return orch__usage_error(command, "--email is needed");
    if (!orch__password_ask(&password, options.password_stdin))
        return ORCH_EXIT_FAILURE;
    reply = orch__post(&options.place, "/api/owner/passwords",
                       json_pack("{s:s,s:s}", "email", options.email, "password", password.text));
    if (!reply)
        return ORCH_EXIT_FAILURE;
    print_set(&options, &password, reply);
    json_decref(reply);
    return ORCH_EXIT_OK;
}
