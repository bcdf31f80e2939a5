#include "arguments.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "wrap.h"

#define HELP_WIDTH  80 /* columns */
#define HELP_INDENT 29 /* where the words of an option begin */

static void print_usage(FILE *out, const orch_command *command)
{
    static const char words[] = "usage: orchd";
    const char *usage = command->usage ? command->usage : "";

    fprintf(out, "%s %s%s", words, command->name, *usage ? " " : "");
    orch__print_wrapped(out, usage, HELP_WIDTH, (unsigned)(strlen(words) + strlen(command->name) + 2),
                        (unsigned)strlen(words) + 1);
}

int orch__usage_error(const orch_command *command, const char *format, ...)
{
    va_list arguments;

    fputs("error: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    print_usage(stderr, command);
    fprintf(stderr, "       orchd %s --help tells more\n", command->name);
    return ORCH_EXIT_USAGE;
}

static void print_help(const orch_command *command, const orch__option *options)
{
    print_usage(stdout, command);
    printf("\n%s\n", command->about);
    if (command->help) {
        fputc('\n', stdout);
        orch__print_wrapped(stdout, command->help, HELP_WIDTH, 0, 0);
    }
    printf("\noptions:\n");
    for (const orch__option *option = options; option->name; option++) {
        char left[64], about[256];

        snprintf(left, sizeof(left), "%s%s%s", option->name, option->value ? " " : "",
                 option->value ? option->value : "");
        snprintf(about, sizeof(about), "%s%s", option->about,
                 option->kind == ORCH__OPTION_LIST ? " (may be repeated)" : "");
        printf("  %-26s ", left);
        orch__print_wrapped(stdout, about, HELP_WIDTH, HELP_INDENT, HELP_INDENT);
    }
    printf("  %-26s %s\n", "--help", "this text");
}

static const orch__option *find(const orch__option *options, const char *word, size_t len)
{
    for (const orch__option *option = options; option->name; option++)
        if (strlen(option->name) == len && memcmp(option->name, word, len) == 0)
            return option;
    return NULL;
}

/* Stores one option's value; false when a list is full. */
static bool store(const orch__option *option, const char *value)
{
    orch__option_list *list;

    switch (option->kind) {
    case ORCH__OPTION_FLAG:
        *(bool *)option->target = true;
        return true;
    case ORCH__OPTION_TEXT:
        *(const char **)option->target = value;
        return true;
    case ORCH__OPTION_LIST:
        list = option->target;
        if (list->count == ORCH_OPTION_LIST_MAX)
            return false;
        list->items[list->count++] = value;
        return true;
    }
    return false;
}

/* "-" is standard input or output. */
static bool is_option(const char *word)
{
    return word[0] == '-' && word[1] != '\0';
}

static void refuse_option(const orch_command *command, const orch__option *options, const char *word,
                          bool takes_words)
{
    const char *where = "";
    size_t len = strcspn(word, "=");

    if ((len == 8 && memcmp(word, "--server", len) == 0) || (len == 7 && memcmp(word, "--token", len) == 0))
        where =
            find(options, "--data", 6) ? ": this works on the machine of the server, with --data DIR" : "";
    else if (takes_words)
        where = "; a word that begins with - stands behind --";
    orch__usage_error(command, "there is no option %.*s%s", (int)len, word, where);
}

/* One word that begins with "-": `*index` moves on when its value is the next word. */
static bool parse_option(const orch_command *command, const orch__option *options, int argc, char **argv,
                         int *index, bool takes_words)
{
    const char *word = argv[*index];
    const char *equals = strchr(word, '=');
    const orch__option *option = find(options, word, equals ? (size_t)(equals - word) : strlen(word));
    const char *value = equals ? equals + 1 : NULL;

    if (!option) {
        refuse_option(command, options, word, takes_words);
        return false;
    }
    if (option->kind == ORCH__OPTION_FLAG && value) {
        orch__usage_error(command, "%s takes no value", option->name);
        return false;
    }
    if (option->kind != ORCH__OPTION_FLAG && !value) {
        if (*index + 1 >= argc) {
            orch__usage_error(command, "%s wants a value: %s %s", option->name, option->name, option->value);
            return false;
        }
        value = argv[++*index];
    }
    if (!store(option, value)) {
        orch__usage_error(command, "%s is given more than %d times", option->name, ORCH_OPTION_LIST_MAX);
        return false;
    }
    return true;
}

static const char *text_of(const orch__option *options, const char *name)
{
    const orch__option *option = find(options, name, strlen(name));

    return option ? *(const char **)option->target : NULL;
}

/* A place is a directory or a server. */
static bool place_is_clear(const orch_command *command, const orch__option *options)
{
    if (!find(options, "--server", strlen("--server")))
        return true;
    if (text_of(options, "--server") && text_of(options, "--data"))
        orch__usage_error(command, "--data and --server are two places; name one");
    else if (text_of(options, "--token") && !text_of(options, "--server"))
        orch__usage_error(command, "--token goes with --server; a data directory needs none");
    else
        return true;
    return false;
}

orch__parsed orch__parse(const orch_command *command, const orch__option *options, int argc, char **argv,
                         const char **words, size_t words_max, size_t *out_words)
{
    size_t count = 0;
    bool words_only = false;

    for (int i = 0; i < argc; i++) {
        if (!words_only && strcmp(argv[i], "--") == 0) {
            words_only = true;
            continue;
        }
        if (!words_only && (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)) {
            print_help(command, options);
            return ORCH__PARSED_HELP;
        }
        if (!words_only && is_option(argv[i])) {
            if (!parse_option(command, options, argc, argv, &i, words_max > 0))
                return ORCH__PARSED_WRONG;
            continue;
        }
        if (count == words_max) {
            orch__usage_error(command, "\"%s\" is one word too many", argv[i]);
            return ORCH__PARSED_WRONG;
        }
        words[count++] = argv[i];
    }
    if (out_words)
        *out_words = count;
    return place_is_clear(command, options) ? ORCH__PARSED_OK : ORCH__PARSED_WRONG;
}

int orch__parsed_exit(orch__parsed parsed)
{
    return parsed == ORCH__PARSED_HELP ? ORCH_EXIT_OK : ORCH_EXIT_USAGE;
}
