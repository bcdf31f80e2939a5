/* `orchd init`: the first administrator, and with --demo a small workspace to try things in. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "demo.h"
#include "json_output.h"
#include "password_input.h"
#include "text.h"

typedef struct init_options {
    orch__place place;
    const char *email;
    const char *name;
    const char *organization;
    bool password_stdin;
    bool demo;
} init_options;

static void print_result(const init_options *options, const orch__password *password)
{
    const char *data = options->place.data ? options->place.data : "data";

    if (options->place.json) {
        json_t *out = json_pack("{s:s,s:s,s:s*}", "email", options->email, "data", data, "password",
                                password->made ? password->text : NULL);

        orch__print_json(out);
        json_decref(out);
        return;
    }
    printf("Made a workspace in %s/ for %s.\n", data, options->organization);
    printf("Administrator: %s\n", options->email);
    if (password->made)
        printf("Password:      %s   (shown this once; it is stored as a hash only)\n", password->text);
}

static orch_str words(const char *text)
{
    return (orch_str){text, strlen(text)};
}

/* Looked at before there is a directory: what is refused leaves nothing behind. */
static bool are_good(const init_options *options)
{
    orch_problem problem;
    int error = orch__check_email(&problem, words(options->email));

    if (!error)
        error = orch__check_name(&problem, "name", words(options->name), ORCH_NAME_MAX);
    if (!error)
        error = orch__check_name(&problem, "organization", words(options->organization), ORCH_NAME_MAX);
    if (error)
        fprintf(stderr, "error: %s\n", problem.message);
    return !error;
}

static bool set_up(orch__access *access, const init_options *options, const orch__password *password)
{
    json_t *body = json_pack("{s:s,s:s,s:s,s:s}", "organization", options->organization, "email",
                             options->email, "name", options->name, "password", password->text);
    json_t *reply = orch__ask(access, "POST", "/api/owner/setup", body);

    json_decref(body);
    json_decref(reply);
    return reply != NULL;
}

static int run(const init_options *options)
{
    orch__password password;
    orch__access *access;
    bool ok;

    if (!are_good(options) || !orch__password_get(&password, options->password_stdin))
        return ORCH_EXIT_FAILURE;
    access = orch__access_open(&options->place, true, false);
    if (!access)
        return ORCH_EXIT_FAILURE;
    ok = set_up(access, options, &password) &&
         (!options->demo || orch__demo_fill(access, options->place.json));
    orch__access_close(access);
    if (ok)
        print_result(options, &password);
    return ok ? ORCH_EXIT_OK : ORCH_EXIT_FAILURE;
}

int orch__command_init(const orch_command *command, int argc, char **argv)
{
    init_options options = {0};
    const orch__option table[] = {
        {"--email", "E", "the administrator's e-mail address", ORCH__OPTION_TEXT, &options.email},
        {"--name", "N", "the administrator's name", ORCH__OPTION_TEXT, &options.name},
        {"--organization", "O", "the organization's name", ORCH__OPTION_TEXT, &options.organization},
        ORCH__PASSWORD_OPTION(&options.password_stdin),
        {"--demo", NULL, "channels and three orchestrators to talk to", ORCH__OPTION_FLAG, &options.demo},
        ORCH__OWNER_PLACE_OPTIONS(&options.place),
        {0},
    };
    orch__parsed parsed = orch__parse(command, table, argc, argv, NULL, 0, NULL);

    if (parsed != ORCH__PARSED_OK)
        return orch__parsed_exit(parsed);
    if (options.demo) {
        options.email = options.email ? options.email : "admin@lighthouse.example";
        options.name = options.name ? options.name : "Keeper";
        options.organization = options.organization ? options.organization : "Lighthouse";
    }
    if (!options.email || !options.name)
        return orch__usage_error(command, "--email and --name are needed (or --demo)");
    options.organization = options.organization ? options.organization : "Workspace";
    return run(&options);
}
