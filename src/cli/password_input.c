#include "password_input.h"

#include <stdio.h>
#include <string.h>

#include "password.h"
#include "workspace.h"

bool orch__password_get(orch__password *password, bool from_stdin)
{
    if (!from_stdin) {
        if (orch_password_init()) {
            fprintf(stderr, "error: the random generator cannot be started\n");
            return false;
        }
        orch_password_generate(password->text);
        password->made = true;
        return true;
    }
    password->made = false;
    if (!fgets(password->text, sizeof(password->text), stdin)) {
        fprintf(stderr, "error: --password-stdin was given, but standard input is empty\n");
        return false;
    }
    password->text[strcspn(password->text, "\r\n")] = '\0';
    if (strlen(password->text) < ORCH_PASSWORD_MIN) {
        fprintf(stderr, "error: the password has %zu characters; at least %d are needed\n",
                strlen(password->text), ORCH_PASSWORD_MIN);
        return false;
    }
    return true;
}
