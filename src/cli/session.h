/* Acting as a person of the workspace. */
#ifndef ORCHD_SESSION_H
#define ORCHD_SESSION_H

#include "access.h"

/* A second access to the same server that acts as the user with this e-mail address (NULL: the workspace's owner).
 * With --server the token already is somebody's: that access itself is returned then, and `email` must be NULL.
 * NULL: printed why. Close it with orch__session_close. */
orch__access *orch__session_open(orch__access *access, const char *email);
void orch__session_close(orch__access *session, orch__access *access);

#endif
