/* Finds what an input names, as far as who asks may know of it. Unknown and out of sight are the same answer. */
#ifndef ORCHD_SERVER_LOOKUP_H
#define ORCHD_SERVER_LOOKUP_H

#include "exchange.h"

/* The channel of the input `channelId`: an id, or a slug of the organization. Membership is not looked at. */
ORCH_MUST_USE int orch__lookup_channel(const orch__exchange *exchange, orch_channel **out_channel,
                                       orch_problem *problem);
/* The same, for reading: a member, an administrator of the machine. */
ORCH_MUST_USE int orch__lookup_readable_channel(const orch__exchange *exchange, orch_channel **out_channel,
                                                orch_problem *problem);
/* The orchestrator of the input `orchestratorId`: its id, its user's, its slug or e-mail address. */
ORCH_MUST_USE int orch__lookup_orchestrator(const orch__exchange *exchange,
                                            orch_orchestrator **out_orchestrator, orch_problem *problem);
/* A user of the same organization, by id or e-mail address. `field` is named where there is none. */
ORCH_MUST_USE int orch__lookup_user(const orch__exchange *exchange, const char *field, orch_str name,
                                    orch_user **out_user, orch_problem *problem);
/* By the input `userId`, else `email`. */
ORCH_MUST_USE int orch__lookup_named_user(const orch__exchange *exchange, orch_user **out_user,
                                          orch_problem *problem);
/* Whether who asks belongs to that organization. */
bool orch__lookup_sees(const orch__exchange *exchange, const orch_organization *organization);

#endif
