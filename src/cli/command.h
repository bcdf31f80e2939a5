/* A command of orchd: one file and one row in main.c's table. */
#ifndef ORCHD_COMMAND_H
#define ORCHD_COMMAND_H

#include "orchd/types.h"

/* Exit codes of the program. */
#define ORCH_EXIT_OK      0
#define ORCH_EXIT_FAILURE 1
#define ORCH_EXIT_USAGE   2

typedef struct orch_command {
    const char *name;  /* "user add": one or two words */
    const char *usage; /* what follows the name */
    const char *about; /* one line for the overview */
    const char *help;  /* paragraphs for --help of this command; may be NULL */
    /* argv[0] is the first word after the command's name. Returns an exit code. */
    int (*run)(const struct orch_command *command, int argc, char **argv);
    const char *group; /* the headline above it in the overview; NULL: that of the row before */
} orch_command;

/* All commands, ended by a row without name. */
extern const orch_command orch__commands[];

int orch__command_serve(const orch_command *command, int argc, char **argv);
int orch__command_init(const orch_command *command, int argc, char **argv);
int orch__command_user_add(const orch_command *command, int argc, char **argv);
int orch__command_user_set_password(const orch_command *command, int argc, char **argv);
int orch__command_orchestrator_add(const orch_command *command, int argc, char **argv);
int orch__command_channel_add(const orch_command *command, int argc, char **argv);
int orch__command_token_create(const orch_command *command, int argc, char **argv);
int orch__command_token_list(const orch_command *command, int argc, char **argv);
int orch__command_token_revoke(const orch_command *command, int argc, char **argv);
int orch__command_login_link(const orch_command *command, int argc, char **argv);
int orch__command_login(const orch_command *command, int argc, char **argv);
int orch__command_logout(const orch_command *command, int argc, char **argv);
int orch__command_chat(const orch_command *command, int argc, char **argv);
int orch__command_status(const orch_command *command, int argc, char **argv);
int orch__command_doctor(const orch_command *command, int argc, char **argv);
int orch__command_backup(const orch_command *command, int argc, char **argv);
int orch__command_restore(const orch_command *command, int argc, char **argv);
int orch__command_version(const orch_command *command, int argc, char **argv);

#endif
