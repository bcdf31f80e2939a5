#include "password_input.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "password.h"
#include "workspace.h"

static bool make(orch__password *password)
{
    if (orch_password_init()) {
        fprintf(stderr, "error: the random generator cannot be started\n");
        return false;
    }
    orch_password_generate(password->text);
    password->made = true;
    return true;
}

static bool long_enough(const orch__password *password)
{
    size_t len = strlen(password->text);

    if (len < ORCH_PASSWORD_MIN)
        fprintf(stderr, "error: the password has %zu characters; at least %d are needed\n", len,
                ORCH_PASSWORD_MIN);
    return len >= ORCH_PASSWORD_MIN;
}

bool orch__password_get(orch__password *password, bool from_stdin)
{
    if (!from_stdin)
        return make(password);
    password->made = false;
    if (!fgets(password->text, sizeof(password->text), stdin)) {
        fprintf(stderr, "error: --password-stdin was given, but standard input is empty\n");
        return false;
    }
    password->text[strcspn(password->text, "\r\n")] = '\0';
    return long_enough(password);
}

/* ---- on a terminal ---- */

enum { KEY_INTERRUPT = 3, KEY_END = 4, KEY_BACKSPACE = 8, KEY_KILL = 21, KEY_DELETE = 127 };

/* Reads keys up to Enter. False: Ctrl-C, or the terminal is gone. */
static bool read_keys(char *text, size_t size)
{
    size_t len = 0;
    unsigned char key;

    while (read(STDIN_FILENO, &key, 1) == 1 && key != KEY_INTERRUPT) {
        if (key == '\r' || key == '\n' || (key == KEY_END && len == 0)) {
            text[len] = '\0';
            return true;
        }
        if (key == KEY_KILL)
            len = 0;
        else if (key == KEY_BACKSPACE || key == KEY_DELETE)
            while (len > 0 && ((unsigned char)text[--len] & 0xc0) == 0x80) /* a whole character */
                ;
        else if (key >= ' ' && len + 1 < size)
            text[len++] = (char)key;
    }
    return false;
}

/* Keys are not shown and make no signals, so that the terminal is always left as it was. */
static bool ask(const char *question, char *text, size_t size)
{
    struct termios before, unseen;
    bool answered;

    if (tcgetattr(STDIN_FILENO, &before))
        return false;
    unseen = before;
    unseen.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
    unseen.c_cc[VMIN] = 1;
    unseen.c_cc[VTIME] = 0;
    fputs(question, stderr);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &unseen);
    answered = read_keys(text, size);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
    fputc('\n', stderr);
    return answered;
}

bool orch__password_ask(orch__password *password, bool from_stdin)
{
    char again[sizeof(password->text)];

    if (from_stdin || !isatty(STDIN_FILENO))
        return orch__password_get(password, from_stdin);
    password->made = false;
    if (!ask("New password (nothing: one is made): ", password->text, sizeof(password->text)))
        return false;
    if (!password->text[0])
        return make(password);
    if (!long_enough(password) || !ask("Once more: ", again, sizeof(again)))
        return false;
    if (strcmp(password->text, again) == 0)
        return true;
    fprintf(stderr, "error: the two are not the same; nothing was changed\n");
    return false;
}
