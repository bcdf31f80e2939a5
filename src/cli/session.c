#include "session.h"

#include <stdio.h>

bool orch__session_open(orch__session *session, orch__access *access, const char *email)
{
    json_t *body, *reply;
    const char *id;

    *session = (orch__session){0};
    if (!orch__access_is_owner(access)) {
        if (email)
            fprintf(stderr,
                    "error: --email goes with --data: with --server you are who the token belongs to\n");
        else
            session->access = access;
        return !email;
    }
    body = json_pack("{s:s*}", "email", email);
    reply = orch__ask(access, "POST", "/api/owner/sessions", body);
    json_decref(body);
    if (!reply)
        return false;
    id = json_string_value(json_object_get(reply, "id"));
    snprintf(session->id, sizeof(session->id), "%s", id ? id : "");
    session->access = orch__access_as(access, json_string_value(json_object_get(reply, "token")));
    json_decref(reply);
    return session->access != NULL;
}

/* The session ends, and nothing else: a logout would also stop the daemon of an orchestrator. */
void orch__session_close(orch__session *session)
{
    char path[128];
    orch__reply reply;

    if (!session->access || !session->id[0])
        return;
    snprintf(path, sizeof(path), "/api/auth/sessions/%s", session->id);
    (void)orch__call(session->access, "DELETE", path, NULL, &reply);
    orch__reply_fini(&reply);
    orch__access_close(session->access);
}
