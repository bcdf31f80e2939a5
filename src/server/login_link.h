/* Links that let one person in, once: made by the machine's owner, opened in a browser, which sends the code behind their `#`.
 *
 * Invariants:
 *   1. Of a code only the hash is kept, and only in memory: no link outlives the server.
 *   2. A user has at most one open link; a new one ends that before, as a new password does.
 *   3. What was used or has expired is known as such until its place is needed, so that who opens it is told why.
 */
#ifndef ORCHD_SERVER_LOGIN_LINK_H
#define ORCHD_SERVER_LOGIN_LINK_H

#include "directory.h"

#define ORCH__LOGIN_LINKS_MAX        64 /* open ones, each of another user */
#define ORCH__LOGIN_LINK_BYTES       32 /* of the code, and of its hash */
#define ORCH__LOGIN_LINK_TEXT        44 /* the code as base64url, terminated */
#define ORCH__LOGIN_LINK_SECONDS     600
#define ORCH__LOGIN_LINK_SECONDS_MAX 3600

typedef enum orch__login_link_state {
    ORCH__LOGIN_LINK_UNKNOWN, /* in a table: a free place */
    ORCH__LOGIN_LINK_OPEN,
    ORCH__LOGIN_LINK_USED,
    ORCH__LOGIN_LINK_ENDED, /* by a new one, or a new password */
    ORCH__LOGIN_LINK_EXPIRED,
} orch__login_link_state;

typedef struct orch__login_link {
    orch__login_link_state state;
    uint8_t hash[ORCH__LOGIN_LINK_BYTES];
    orch_user *user;
    uint64_t until_ms;
} orch__login_link;

typedef struct orch__login_links {
    orch__login_link places[ORCH__LOGIN_LINKS_MAX];
} orch__login_links;

/* Times are of a clock that nobody sets. */
ORCH_MUST_USE int orch__login_links_add(orch__login_links *links, orch_user *user, uint32_t seconds,
                                        uint64_t now_ms, char out_code[ORCH__LOGIN_LINK_TEXT]);
/* Uses it up. OPEN: `out_user` is who comes in; otherwise it says why nobody does. */
orch__login_link_state orch__login_links_use(orch__login_links *links, orch_str code, uint64_t now_ms,
                                             orch_user **out_user);
void orch__login_links_end(orch__login_links *links, const orch_user *user);

#endif
