/* In whose name the machine's owner acts. */
#ifndef ORCHD_SERVER_BEHALF_H
#define ORCHD_SERVER_BEHALF_H

#include "exchange.h"

/* The first owner of an organization who is welcome; NULL: there is none. */
orch_user *orch__first_owner(const orch_server *server);
/* The user of the input `email`; without it the first owner. */
ORCH_MUST_USE int orch__behalf(const orch__exchange *exchange, orch_user **out_user, orch_problem *problem);

#endif
