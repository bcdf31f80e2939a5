/* Of whom a WebSocket wants notices: of all (as it begins), of nobody, or of some. With thousands of daemons their heartbeats alone
 * would be hundreds of notices a second, and each answer changes who is busy. */
#ifndef ORCHD_SERVER_CHOSEN_H
#define ORCHD_SERVER_CHOSEN_H

#include "exchange.h"

#define ORCH_CHOSEN_MAX 500

/* Zeroed: all. */
typedef struct orch__chosen {
    bool some; /* only those below */
    uint32_t count;
    uint64_t *handles; /* of daemons or of users, ascending */
} orch__chosen;

/* The inputs `daemons` (by their handles) and `presence` (users by theirs). ORCH_E_NOT_FOUND names the one that is none;
 * ORCH_E_NO_MEMORY. */
ORCH_MUST_USE int orch__chosen_daemons(const orch__exchange *exchange, orch__chosen *out_chosen,
                                       orch_problem *problem);
ORCH_MUST_USE int orch__chosen_users(const orch__exchange *exchange, orch__chosen *out_chosen,
                                     orch_problem *problem);
void orch__chosen_fini(orch__chosen *chosen);
bool orch__chosen_has(const orch__chosen *chosen, uint64_t handle);

#endif
