/* Any bytes as a request to a whole server. With 'R' first what follows goes as it is. Else it is a line "METHOD PATH?QUERY" and a
 * body, sent with the right length by somebody who is logged in: it is answered, never with 500, by JSON where it says so. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "running.h"

#define HEAD_MAX 2048

/* Bytes that a client could not put into the first line. */
static void make_plain(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text <= ' ' || *text == 127)
            *text = '_';
}

static void check_answer(inside *server, int status, const char *line)
{
    bool json = strstr((const char *)server->http.bytes, "application/json") != NULL;

    if (server->late || (status != 0 && (status < 200 || status >= 600)) || status == 500) {
        fprintf(stderr, "%s: %s %d: %.*s\n", line, server->late ? "late" : "status", status,
                (int)server->body.len, server->body.ptr ? server->body.ptr : "");
        abort();
    }
    if (json && server->body.len > 0)
        fuzz_check_json(server->body, line);
}

static void ask(inside *server, const char *text, size_t size)
{
    const char *stop = memchr(text, '\n', size);
    size_t len = stop ? (size_t)(stop - text) : size;
    char line[HEAD_MAX], path[HEAD_MAX + 1] = "/";
    char *space;
    int status;
    orch_str body = {text + len, 0};

    if (len >= sizeof(line))
        return;
    memcpy(line, text, len);
    line[len] = '\0';
    if (stop)
        body = (orch_str){stop + 1, size - len - 1};
    space = strchr(line, ' ');
    if (space)
        *space = '\0';
    snprintf(path + 1, sizeof(path) - 1, "%s", space ? space + 1 + (space[1] == '/') : "");
    make_plain(line);
    make_plain(path);
    if (!line[0])
        return;
    status = inside_ask(server, line, path, "", body);
    check_answer(server, status, path);
    if (status == 401)
        fuzz_log_in(server);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    inside *server = fuzz_running();
    const char *text = (const char *)bytes;

    if (size == 0)
        return 0;
    if (text[0] == 'R')
        check_answer(server, inside_raw(server, (orch_str){text + 1, size - 1}), "raw");
    else
        ask(server, text, size);
    return 0;
}
