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

/* One word that begins with "--": `*index` moves on when its value is the next word. */
static bool parse_option(const orch_command *command, const orch__option *options, int argc, char **argv,
                         int *index)
{
    const char *word = argv[*index];
    const char *equals = strchr(word, '=');
    const orch__option *option = find(options, word, equals ? (size_t)(equals - word) : strlen(word));
    const char *value = equals ? equals + 1 : NULL;

    if (!option) {
        orch__usage_error(command, "there is no option %s", word);
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

orch__parsed orch__parse(const orch_command *command, const orch__option *options, int argc, char **argv,
                         const char **words, size_t words_max, size_t *out_words)
{
    size_t count = 0;

    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            print_help(command, options);
            return ORCH__PARSED_HELP;
        }
        if (strncmp(argv[i], "--", 2) == 0) {
            if (!parse_option(command, options, argc, argv, &i))
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
    return ORCH__PARSED_OK;
}

int orch__parsed_exit(orch__parsed parsed)
{
    return parsed == ORCH__PARSED_HELP ? ORCH_EXIT_OK : ORCH_EXIT_USAGE;
}
