#include "running.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static inside server;

static void remove_all(void)
{
    static const char *const names[] = {"orchd.db", "orchd.db-wal", "orchd.db-shm",
                                        "token",    "socket",       "owner.token"};
    char path[128];

    inside_close(&server);
    inside_fini(&server);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", server.folder, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(server.folder);
}

inside *fuzz_running(void)
{
    char folder[64];

    if (server.server)
        return &server;
    snprintf(folder, sizeof(folder), "%s/orchd-fuzz-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (!mkdtemp(folder))
        abort();
    inside_prepare(folder);
    inside_init(&server, folder);
    if (inside_open(&server))
        abort();
    atexit(remove_all);
    return &server;
}

void fuzz_log_in(inside *self)
{
    char path[128];
    json_t *made;
    const char *token;
    int file;
    ssize_t size;

    snprintf(path, sizeof(path), "%s/owner.token", self->folder);
    file = open(path, O_RDONLY);
    memset(self->token, 0, sizeof(self->token));
    size = file >= 0 ? read(file, self->token, sizeof(self->token) - 1) : -1;
    if (size <= 0)
        abort();
    close(file);
    self->token[strcspn(self->token, "\r\n")] = '\0';
    inside_hang_up(self);
    if (inside_ask(self, "POST", "/api/owner/sessions", "", ORCH_STR("{\"email\":\"olga@test.example\"}")) !=
        201)
        abort();
    made = json_loadb(self->body.ptr, self->body.len, 0, NULL);
    token = json_string_value(json_object_get(made, "token"));
    if (!token || strlen(token) >= sizeof(self->token))
        abort();
    strcpy(self->token, token);
    json_decref(made);
}

void fuzz_check_json(orch_str text, const char *what)
{
    json_error_t error;
    json_t *value =
        json_loadb(text.ptr, text.len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);

    if (!value) {
        fprintf(stderr, "%s is no JSON: %s: %.*s\n", what, error.text, (int)text.len, text.ptr);
        abort();
    }
    json_decref(value);
}

bool fuzz_valid_utf8(orch_str text)
{
    json_t *value = json_stringn(text.ptr ? text.ptr : "", text.len);
    bool valid = value != NULL;

    json_decref(value);
    return valid;
}
