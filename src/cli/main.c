/* The program: finds the command that the first words name. */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "command.h"

const orch_command orch__commands[] = {
    {"serve", "[--data DIR] [--listen ADDR:PORT]", "run the server",
     "Serves the workspace in DIR and runs the daemons of its orchestrators. The first line on standard "
     "output is\n"
     "\"listening on http://ADDR:PORT\". SIGTERM or SIGINT end it: turns in flight finish within 10 seconds "
     "or are kept\n"
     "for the next start; a second signal does not wait.\n\n"
     "Language models come from the environment: ORCHD_MODEL (\"provider/model,provider/model\"), "
     "ANTHROPIC_API_KEY,\n"
     "ANTHROPIC_BASE_URL, OPENAI_API_KEY, OPENAI_BASE_URL. Without any, orchestrators answer by their "
     "charter's rules.\n"
     "The daemons' defaults: DAEMON_AUTO_START, DAEMON_HEARTBEAT_INTERVAL, DAEMON_HEALTH_CHECK_INTERVAL,\n"
     "DAEMON_AUTO_RESTART, DAEMON_MAX_RESTART_ATTEMPTS, DAEMON_MAX_CONCURRENT_CONVERSATIONS, DAEMON_VERBOSE.",
     orch__command_serve, "Server"},
    {"init", "(--demo | --email E --name N) [--organization O]",
     "make a workspace and its first administrator",
     "Prints the administrator's password once, unless it is given on standard input with --password-stdin.\n"
     "--demo also makes channels and three orchestrators to talk to.",
     orch__command_init, "Workspace"},
    {"user add", "--email E --name N [--admin] [--password-stdin]", "add a person",
     "Without --password-stdin a password is made and printed once.", orch__command_user_add},
    {"user set-password", "--email E [--password-stdin]", "give a person who has lost it a new password",
     "On a terminal asks for it, unseen. Where nothing is entered, or without a terminal, one is made and "
     "printed\n"
     "once. All sessions and login links of the person end; API tokens stay (orchd token revoke).\n"
     "Whoever can read the data directory can do it, whether the server runs or not.",
     orch__command_user_set_password},
    {"orchestrator add", "--name N --role R --discipline D --email E [--charter FILE.json]",
     "add an orchestrator and start its daemon",
     "The charter says who it is and how it answers; its `rules` answer without a language model. FILE \"-\" "
     "reads\n"
     "standard input.",
     orch__command_orchestrator_add},
    {"channel add", "NAME [--private] [--topic TEXT] [--member E …]", "add a channel",
     "A public channel has everybody; a private one has its members, and with --server who adds it.",
     orch__command_channel_add},
    {"token create", "(--email E | --server URL --token T) [--name N]", "make an API token, shown once",
     "For programs: it acts as the person. With --server it is one more of the person whose token is given.",
     orch__command_token_create},
    {"token list", "(--email E | --server URL --token T)", "a person's API tokens, without their secrets",
     NULL, orch__command_token_list},
    {"token revoke", "ID (--email E | --server URL --token T)", "end an API token at once", NULL,
     orch__command_token_revoke},
    {"login-link", "[--email E]", "a link that logs a person in, once",
     "For a browser to open within 10 minutes: for the first login, or when a password is lost. The server "
     "must run. "
     "A link ends with\n"
     "its use, a newer one, a new password, and the server. Whoever can read the data directory can make "
     "one.",
     orch__command_login_link},
    {"login", "--email E", "an orchestrator's daemon goes on and stays on over restarts", NULL,
     orch__command_login},
    {"logout", "--email E", "an orchestrator's daemon goes off", NULL, orch__command_logout},
    {"chat", "[--channel C] [--email E] [MESSAGE]", "talk in a channel",
     "With a MESSAGE: posts it, prints the replies of those who are addressed and ends. Without: on a "
     "terminal a\n"
     "line to write in, /help tells more; else each line of standard input is a message.",
     orch__command_chat, "Use"},
    {"status", "[--watch]", "how every daemon is",
     "With --watch, what is not a terminal gets a table each second, with --json a line.",
     orch__command_status},
    {"doctor", "[--data DIR] [--full]", "look whether everything is as it should be; say what to do",
     "Configuration, models, disk, permissions, clock, database, limits of the system, and the server if one "
     "runs.\n"
     "Changes nothing. Exit code 1 when there is a problem. A model that has no list is asked one short "
     "question.",
     orch__command_doctor, "Operation"},
    {"backup", "FILE [--data DIR] [--force]", "copy the database to FILE, also while the server runs",
     "The copy is one moment of the workspace: all that was acknowledged before it. It is checked before it "
     "gets its\n"
     "name, so that FILE is whole or not there. It holds passwords (hashed) and all messages: mode 0600.",
     orch__command_backup},
    {"restore", "FILE [--data DIR] [--force]", "make a data directory from a backup",
     "FILE is checked first. The server must not run. What had no answer yet when the backup was made is "
     "answered by\n"
     "the next `orchd serve`.",
     orch__command_restore},
    {"version", "", "what this is, and what it is built on", NULL, orch__command_version},
    {NULL, NULL, NULL, NULL, NULL},
};

static void print_overview(FILE *out)
{
    fputs("orchd runs the daemons of AI orchestrators in a workspace of channels.\n\nusage: orchd COMMAND "
          "…\n\n",
          out);
    for (const orch_command *command = orch__commands; command->name; command++) {
        if (command->group)
            fprintf(out, "%s%s\n", command == orch__commands ? "" : "\n", command->group);
        fprintf(out, "  %-18s %s\n", command->name, command->about);
    }
    fputs("\norchd COMMAND --help tells more. Start with:\n"
          "  orchd init --demo            a workspace in ./data to try things in\n"
          "  orchd serve                  serve it on http://127.0.0.1:7717\n"
          "  orchd chat                   talk to its orchestrators\n",
          out);
}

/* Matches the longest command; `*out_used` is how many words its name took. */
static const orch_command *find_command(int argc, char **argv, int *out_used)
{
    for (const orch_command *command = orch__commands; command->name; command++) {
        const char *space = strchr(command->name, ' ');
        size_t first = space ? (size_t)(space - command->name) : strlen(command->name);

        if (strlen(argv[1]) != first || memcmp(argv[1], command->name, first) != 0)
            continue;
        if (!space) {
            *out_used = 1;
            return command;
        }
        if (argc > 2 && strcmp(argv[2], space + 1) == 0) {
            *out_used = 2;
            return command;
        }
    }
    return NULL;
}

static bool is_of_family(const orch_command *command, const char *word)
{
    size_t len = strlen(word);

    return strncmp(command->name, word, len) == 0 && command->name[len] == ' ';
}

/* Whether there are commands of two words whose first one is `word`. */
static bool is_family(const char *word)
{
    for (const orch_command *command = orch__commands; command->name; command++)
        if (is_of_family(command, word))
            return true;
    return false;
}

static void print_family(FILE *out, const char *word)
{
    for (const orch_command *command = orch__commands; command->name; command++)
        if (is_of_family(command, word))
            fprintf(out, "  orchd %-18s %s\n", command->name, command->about);
}

static bool is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* No command has these words: says which there are. `second` may be NULL. */
static int refuse(const char *first, const char *second)
{
    if (second && is_help(second) && is_family(first)) {
        print_family(stdout, first);
        return ORCH_EXIT_OK;
    }
    if (second && (second[0] == '-' || !is_family(first)))
        second = NULL;
    fprintf(stderr, "error: there is no command \"%s%s%s\"; orchd --help lists them\n", first,
            second ? " " : "", second ? second : "");
    print_family(stderr, first);
    return ORCH_EXIT_USAGE;
}

/* `orchd help COMMAND`: argv[1] is the command's first word. */
static int help_of(int argc, char **argv)
{
    static char help[] = "--help";
    char *arguments[] = {help, NULL};
    int used;
    const orch_command *command = find_command(argc, argv, &used);

    return command ? command->run(command, 1, arguments) : refuse(argv[1], argc > 2 ? argv[2] : help);
}

int main(int argc, char **argv)
{
    const orch_command *command;
    int used = 0;
    static char version[] = "version";

    setlocale(LC_CTYPE, "C.UTF-8");
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error of that write, not the end */
    if (argc < 2) {
        print_overview(stderr);
        return ORCH_EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        (strcmp(argv[1], "help") == 0 && argc == 2)) {
        print_overview(stdout);
        return ORCH_EXIT_OK;
    }
    if (strcmp(argv[1], "--version") == 0)
        argv[1] = version;
    if (strcmp(argv[1], "help") == 0 && argc > 2)
        return help_of(argc - 1, argv + 1);
    command = find_command(argc, argv, &used);
    if (!command)
        return refuse(argv[1], argc > 2 ? argv[2] : NULL);
    return command->run(command, argc - 1 - used, argv + 1 + used);
}
