/* How a command reaches a workspace: always over HTTP, so that there is one way and one set of rules.
 *
 *   --server URL --token T     that server
 *   --data DIR, it is served   the server of DIR (server.json), as the owner of the machine (owner.token)
 *   --data DIR, nobody serves  a server of this process on a loopback port, for the moment, as the owner; no daemon runs
 */
#ifndef ORCHD_ACCESS_H
#define ORCHD_ACCESS_H

#include <jansson.h>

#include "arguments.h"

typedef struct orch__access orch__access;

/* Prints why not and returns NULL. `create`: the data directory may be made. `running`: a momentary server is no help,
 * the daemons must run. */
orch__access *orch__access_open(const orch__place *place, bool create, bool running);
void orch__access_close(orch__access *access);
/* The same server with another token; the first access must outlive it. NULL: no memory. */
orch__access *orch__access_as(const orch__access *access, const char *token);

const char *orch__access_address(const orch__access *access);
const char *orch__access_token(const orch__access *access);
/* What the server's TLS certificate must be; NULL: the system's authorities decide. */
const char *orch__access_pin(const orch__access *access);
/* As the owner of the machine (by the data directory), not by a token of --server. */
bool orch__access_is_owner(const orch__access *access);

typedef struct orch__reply {
    long status;       /* HTTP; 0: no answer */
    json_t *body;      /* owned; NULL when there was none */
    char message[512]; /* what to tell the person when status is not 2xx */
} orch__reply;

/* `body` is borrowed and may be NULL. True for 2xx. */
bool orch__call(orch__access *access, const char *method, const char *path, json_t *body,
                orch__reply *out_reply);
void orch__reply_fini(orch__reply *reply);

/* orch__call, and prints "error: …" when it fails. NULL then; otherwise the body, or an empty object, to be released. */
json_t *orch__ask(orch__access *access, const char *method, const char *path, json_t *body);
/* The same for a command that asks for nothing else. `body` is taken. */
json_t *orch__post(const orch__place *place, const char *path, json_t *body);

#endif
