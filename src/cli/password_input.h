/* A password for a new account: read from standard input, or made. */
#ifndef ORCHD_PASSWORD_INPUT_H
#define ORCHD_PASSWORD_INPUT_H

#include "orchd/types.h"

typedef struct orch__password {
    char text[1100];
    bool made; /* show it once */
} orch__password;

/* `from_stdin`: its first line, without the line end. False: printed why not. */
bool orch__password_get(orch__password *password, bool from_stdin);

#endif
