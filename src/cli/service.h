/* The server as a service: its signals, and what a service manager (systemd) is told.
 *
 *     SIGTERM, SIGINT   the end: turns in flight finish within 10 seconds; a second one does not wait
 *     SIGHUP            the log's file is opened and the TLS certificate read again; from a terminal that hung up: the end
 *
 *     READY=1      the server listens            RELOADING=1   for a SIGHUP
 *     STOPPING=1   the end begins                STATUS=…      how many daemons run, when that changes
 *     WATCHDOG=1   at half of WATCHDOG_USEC, each after one trip through the loop to the database's writer and back. An answer
 *                  that is an error feeds it too: a full disk is not made better by a restart.
 */
#ifndef ORCHD_SERVICE_H
#define ORCHD_SERVICE_H

#include "node.h"

#define ORCH__SERVICE_SIGNALS 3

typedef struct orch__service {
    orch__node *node;
    const orch__data_directory *directory;
    uv_signal_t signals[ORCH__SERVICE_SIGNALS];
    uv_timer_t beat;
    bool on_terminal; /* standard error, when it started */
    bool watchdog;
    bool asked; /* the database, and it has not answered */
    bool ending;
    char status[160]; /* what was told last */
} orch__service;

/* The node listens. Keeps no loop alive. `service` lives until the loop has ended. */
void orch__service_start(orch__service *service, orch__node *node, const orch__data_directory *directory);
/* After the node has ended; the loop runs on until the handles are closed. */
void orch__service_stop(orch__service *service);

#endif
