/* `orchd token create`, `token list` and `token revoke`. */
#include <stdio.h>
#include <string.h>

#include "access.h"
#include "json_output.h"
#include "session.h"
#include "terminal.h"

typedef struct token_options {
    orch__place place;
    const char *email;
    const char *name;
} token_options;

/* Asks in the name of --email, or of the token of --server. NULL: printed why not. */
static json_t *ask_as(const token_options *options, const char *method, const char *path, json_t *body)
{
    orch__access *access = orch__access_open(&options->place, false, false);
    orch__session session;
    json_t *reply = NULL;

    if (access && orch__session_open(&session, access, options->email)) {
        reply = orch__ask(session.access, method, path, body);
        orch__session_close(&session);
    }
    orch__access_close(access);
    return reply;
}

static bool says_who(const orch_command *command, const token_options *options)
{
    if (options->email || options->place.server)
        return true;
    orch__usage_error(command, "--email is needed");
    return false;
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
    json_t *body, *reply;

    if (parsed != ORCH__PARSED_OK)
        return orch__parsed_exit(parsed);
    if (!says_who(command, &options))
        return ORCH_EXIT_USAGE;
    body = json_pack("{s:s}", "name", options.name);
    reply = ask_as(&options, "POST", "/api/tokens", body);
    json_decref(body);
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

/* ---- list ---- */

static const char *text_of(json_t *token, const char *key, const char *otherwise)
{
    const char *text = json_string_value(json_object_get(token, key));

    return text ? text : otherwise;
}

/* Times to the minute: "2026-11-22 10:15". */
static void print_tokens(json_t *tokens)
{
    json_t *token;
    size_t index;

    if (json_array_size(tokens) == 0) {
        printf("no tokens; make one with: orchd token create\n");
        return;
    }
    printf("%s%-25s  %-16s  %-16s  NAME%s\n", orch__style_text(ORCH__STYLE_DIM), "ID", "MADE", "EXPIRES",
           orch__style_text(ORCH__STYLE_PLAIN));
    json_array_foreach(tokens, index, token)
    {
        char made[17], expires[17];

        snprintf(made, sizeof(made), "%s", text_of(token, "createdAt", "-"));
        snprintf(expires, sizeof(expires), "%s", text_of(token, "expiresAt", "never"));
        made[strcspn(made, "T")] = ' ';
        if (strchr(expires, 'T'))
            *strchr(expires, 'T') = ' ';
        printf("%-25s  %-16s  %-16s  %s\n", text_of(token, "id", "?"), made, expires,
               text_of(token, "name", ""));
    }
}

int orch__command_token_list(const orch_command *command, int argc, char **argv)
{
    token_options options = {0};
    const orch__option table[] = {
        {"--email", "E", "whose tokens (with --data)", ORCH__OPTION_TEXT, &options.email},
        ORCH__PLACE_OPTIONS(&options.place),
        {0},
    };
    orch__parsed parsed = orch__parse(command, table, argc, argv, NULL, 0, NULL);
    json_t *reply;

    if (parsed != ORCH__PARSED_OK)
        return orch__parsed_exit(parsed);
    if (!says_who(command, &options))
        return ORCH_EXIT_USAGE;
    reply = ask_as(&options, "GET", "/api/tokens", NULL);
    if (!reply)
        return ORCH_EXIT_FAILURE;
    if (options.place.json)
        orch__print_json(reply);
    else
        print_tokens(json_object_get(reply, "tokens"));
    json_decref(reply);
    return ORCH_EXIT_OK;
}

/* ---- revoke ---- */

/* An id is letters and digits: anything else would be another path. */
static bool is_id(const char *id)
{
    return *id && strlen(id) < 64 &&
           strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == strlen(id);
}

int orch__command_token_revoke(const orch_command *command, int argc, char **argv)
{
    token_options options = {0};
    const orch__option table[] = {
        {"--email", "E", "whose token (with --data)", ORCH__OPTION_TEXT, &options.email},
        ORCH__PLACE_OPTIONS(&options.place),
        {0},
    };
    const char *id = NULL;
    size_t words;
    orch__parsed parsed = orch__parse(command, table, argc, argv, &id, 1, &words);
    char path[128];
    json_t *reply;

    if (parsed != ORCH__PARSED_OK)
        return orch__parsed_exit(parsed);
    if (words != 1 || !is_id(id))
        return orch__usage_error(command, "the ID of a token is needed; orchd token list tells it");
    if (!says_who(command, &options))
        return ORCH_EXIT_USAGE;
    snprintf(path, sizeof(path), "/api/tokens/%s", id);
    reply = ask_as(&options, "DELETE", path, NULL);
    if (!reply)
        return ORCH_EXIT_FAILURE;
    if (options.place.json)
        orch__print_json(reply);
    else
        printf("Revoked: what uses it is refused from now on.\n");
    json_decref(reply);
    return ORCH_EXIT_OK;
}
