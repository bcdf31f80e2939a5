/* Options of a command: one table gives the parser and the help. */
#ifndef ORCHD_ARGUMENTS_H
#define ORCHD_ARGUMENTS_H

#include "command.h"

#define ORCH_OPTION_LIST_MAX 64

typedef struct orch__option_list {
    const char *items[ORCH_OPTION_LIST_MAX];
    size_t count;
} orch__option_list;

typedef enum orch__option_kind { ORCH__OPTION_FLAG, ORCH__OPTION_TEXT, ORCH__OPTION_LIST } orch__option_kind;

typedef struct orch__option {
    const char *name;  /* "--data" */
    const char *value; /* "DIR"; NULL for flags */
    const char *about;
    orch__option_kind kind;
    void *target; /* bool *, const char **, orch__option_list * */
} orch__option;

/* Rows that several commands have. */
#define ORCH__DATA_OPTION(target)                                                                            \
    {                                                                                                        \
        "--data", "DIR", "the data directory (default ./data)", ORCH__OPTION_TEXT, (target)                  \
    }
#define ORCH__JSON_OPTION(target)                                                                            \
    {                                                                                                        \
        "--json", NULL, "print JSON", ORCH__OPTION_FLAG, (target)                                            \
    }

/* Where a command works. */
typedef struct orch__place {
    const char *data;
    const char *server;
    const char *token;
    bool json;
} orch__place;

#define ORCH__PLACE_OPTIONS(place)                                                                           \
    ORCH__DATA_OPTION(&(place)->data),                                                                       \
        {"--server", "URL", "a running server instead; with --token", ORCH__OPTION_TEXT, &(place)->server},  \
        {"--token", "T", "an API token of that server (or ORCHD_TOKEN)", ORCH__OPTION_TEXT,                  \
         &(place)->token},                                                                                   \
        ORCH__JSON_OPTION(&(place)->json)

/* Of a command that is for the owner of the machine alone: no token of a server would do. */
#define ORCH__OWNER_PLACE_OPTIONS(place) ORCH__DATA_OPTION(&(place)->data), ORCH__JSON_OPTION(&(place)->json)

typedef enum orch__parsed { ORCH__PARSED_OK, ORCH__PARSED_HELP, ORCH__PARSED_WRONG } orch__parsed;

/* Reads argv by `options` (ended by a row without name). Words that are no options go to `words` (at most `words_max`,
 * the rest is an error); behind "--" all are words. Prints the help or the error itself: for anything but OK the command returns
 * orch__parsed_exit(). Strings are borrowed from argv. */
ORCH_MUST_USE orch__parsed orch__parse(const orch_command *command, const orch__option *options, int argc,
                                       char **argv, const char **words, size_t words_max, size_t *out_words);
int orch__parsed_exit(orch__parsed parsed);

/* "error: …" and, for usage errors, where to look; returns ORCH_EXIT_USAGE. */
int orch__usage_error(const orch_command *command, const char *format, ...) ORCH_PRINTF(2, 3);

#endif
