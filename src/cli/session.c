#include "session.h"

#include <stdio.h>

orch__access *orch__session_open(orch__access *access, const char *email)
{
    json_t *body, *reply;
    orch__access *session = NULL;

    if (!orch__access_is_owner(access)) {
        if (!email)
            return access;
        fprintf(stderr, "error: --email goes with --data: with --server you are who the token belongs to\n");
        return NULL;
    }
    body = json_pack("{s:s*}", "email", email);
    reply = orch__ask(access, "POST", "/api/owner/sessions", body);
    json_decref(body);
    if (!reply)
        return NULL;
    session = orch__access_as(access, json_string_value(json_object_get(reply, "token")));
    json_decref(reply);
    return session;
}

void orch__session_close(orch__access *session, orch__access *access)
{
    orch__reply reply;

    if (!session || session == access)
        return;
    /* The session was made for this command alone. */
    (void)orch__call(session, "POST", "/api/auth/logout", NULL, &reply);
    orch__reply_fini(&reply);
    orch__access_close(session);
}
