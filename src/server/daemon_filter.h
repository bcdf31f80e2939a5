/* Whose notices of daemons a WebSocket wants: all (as it begins), none, or those of some. With thousands of daemons, their
 * heartbeats alone would be hundreds of notices a second. */
#ifndef ORCHD_SERVER_DAEMON_FILTER_H
#define ORCHD_SERVER_DAEMON_FILTER_H

#include "exchange.h"

#define ORCH_DAEMONS_CHOSEN_MAX 500

/* Zeroed: all. */
typedef struct orch__daemon_filter {
    bool chosen; /* only those below */
    uint32_t count;
    orch_daemon_id *daemons; /* ascending */
} orch__daemon_filter;

/* The input `daemons`. ORCH_E_NOT_FOUND names the one that is none; ORCH_E_NO_MEMORY. */
ORCH_MUST_USE int orch__daemon_filter_read(const orch__exchange *exchange, orch__daemon_filter *out_filter,
                                           orch_problem *problem);
void orch__daemon_filter_fini(orch__daemon_filter *filter);
bool orch__daemon_filter_passes(const orch__daemon_filter *filter, orch_daemon_id daemon);

#endif
