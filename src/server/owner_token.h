/* The owner of the machine: who can read DATA/owner.token may do everything, from this machine only.
 *
 * The token is made anew at each start and taken away at the end, so that it never outlives the server.
 */
#ifndef ORCHD_SERVER_OWNER_TOKEN_H
#define ORCHD_SERVER_OWNER_TOKEN_H

#include "orchd/error.h"
#include "orchd/types.h"

#define ORCH__OWNER_TOKEN_LEN 64 /* 32 bytes in hexadecimal */

typedef struct orch__owner_token {
    char text[ORCH__OWNER_TOKEN_LEN + 1]; /* empty: there is no owner */
    char *path;
} orch__owner_token;

/* Writes the file (mode 0600) in one step. ORCH_E_IO, ORCH_E_NO_MEMORY; `out_message` says why. */
ORCH_MUST_USE int orch__owner_token_init(orch__owner_token *token, const char *path, char *out_message,
                                         size_t message_size);
/* Removes the file, if it is still this one's. */
void orch__owner_token_fini(orch__owner_token *token);

/* In constant time. */
bool orch__owner_token_is(const orch__owner_token *token, orch_str text);

#endif
