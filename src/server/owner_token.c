#include "owner_token.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int write_file(const orch__owner_token *token, const char *path)
{
    char line[ORCH__OWNER_TOKEN_LEN + 2];
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
    bool ok;

    if (fd < 0)
        return ORCH_E_IO;
    snprintf(line, sizeof(line), "%s\n", token->text);
    ok = fchmod(fd, S_IRUSR | S_IWUSR) == 0 && write(fd, line, sizeof(line) - 1) == (ssize_t)sizeof(line) - 1;
    return close(fd) == 0 && ok ? 0 : ORCH_E_IO;
}

/* A reader sees the old token or the new one, never half of it. */
static int replace_file(const orch__owner_token *token)
{
    size_t len = strlen(token->path);
    char *next = malloc(len + 5);
    int error;

    if (!next)
        return ORCH_E_NO_MEMORY;
    snprintf(next, len + 5, "%s.new", token->path);
    error = write_file(token, next);
    if (!error && rename(next, token->path) != 0)
        error = ORCH_E_IO;
    if (error)
        (void)unlink(next);
    free(next);
    return error;
}

int orch__owner_token_init(orch__owner_token *token, const char *path, char *out_message, size_t message_size)
{
    unsigned char bytes[ORCH__OWNER_TOKEN_LEN / 2];
    int error;

    *token = (orch__owner_token){0};
    if (!path)
        return 0;
    if (sodium_init() < 0) {
        snprintf(out_message, message_size, "no random numbers can be had");
        return ORCH_E_IO;
    }
    token->path = strdup(path);
    if (!token->path) {
        snprintf(out_message, message_size, "out of memory");
        return ORCH_E_NO_MEMORY;
    }
    randombytes_buf(bytes, sizeof(bytes));
    sodium_bin2hex(token->text, sizeof(token->text), bytes, sizeof(bytes));
    sodium_memzero(bytes, sizeof(bytes));
    error = replace_file(token);
    if (error) {
        snprintf(out_message, message_size, "%s cannot be written: %s", path, strerror(errno));
        free(token->path);
        *token = (orch__owner_token){0};
    }
    return error;
}

static bool file_is_ours(const orch__owner_token *token)
{
    char line[ORCH__OWNER_TOKEN_LEN];
    int fd = open(token->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool ours;

    if (fd < 0)
        return false;
    ours = read(fd, line, sizeof(line)) == (ssize_t)sizeof(line) &&
           sodium_memcmp(line, token->text, sizeof(line)) == 0;
    (void)close(fd);
    return ours;
}

void orch__owner_token_fini(orch__owner_token *token)
{
    if (token->path && file_is_ours(token))
        (void)unlink(token->path);
    free(token->path);
    sodium_memzero(token->text, sizeof(token->text));
    token->path = NULL;
}

bool orch__owner_token_is(const orch__owner_token *token, orch_str text)
{
    return token->text[0] && text.len == ORCH__OWNER_TOKEN_LEN &&
           sodium_memcmp(token->text, text.ptr, ORCH__OWNER_TOKEN_LEN) == 0;
}
