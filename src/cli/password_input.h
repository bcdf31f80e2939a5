/* A new password: read from standard input, asked for, or made. */
#ifndef ORCHD_PASSWORD_INPUT_H
#define ORCHD_PASSWORD_INPUT_H

#include "arguments.h"

#define ORCH__PASSWORD_OPTION(target)                                                                        \
    {                                                                                                        \
        "--password-stdin", NULL, "read the password from standard input", ORCH__OPTION_FLAG, (target)       \
    }

typedef struct orch__password {
    char text[1100];
    bool made; /* show it once */
} orch__password;

/* `from_stdin`: its first line, without the line end. False: printed why not. */
bool orch__password_get(orch__password *password, bool from_stdin);
/* The same, but where standard input is a terminal it is asked for, twice and unseen; nothing entered: it is made. */
bool orch__password_ask(orch__password *password, bool from_stdin);

#endif
