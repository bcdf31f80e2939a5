/* Acting as a person of the workspace. */
#ifndef ORCHD_SESSION_H
#define ORCHD_SESSION_H

#include "access.h"

typedef struct orch__session {
    orch__access *access; /* acts as the person */
    char id[64];          /* of a session that was made for this command; empty: the token of --server acts */
} orch__session;

/* Acts on the same server as the user with this e-mail address (NULL: the workspace's owner). With --server the token already
 * is somebody's, and `email` must be NULL. `access` must outlive it. False: printed why. */
bool orch__session_open(orch__session *session, orch__access *access, const char *email);
void orch__session_close(orch__session *session);

#endif
