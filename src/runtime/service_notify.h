/* What a service manager is told: sd_notify(3), by the documented datagram. */
#ifndef ORCHD_SERVICE_NOTIFY_H
#define ORCHD_SERVICE_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

/* Somebody listens: NOTIFY_SOCKET is set. */
bool orch_service_watched(void);
/* Sends "READY=1" and the like; several lines at once are allowed. Never blocks. 0, also when nobody listens; a negative
 * orch_error: it could not be sent. */
int orch_service_notify(const char *state);
/* How often the service manager wants to hear WATCHDOG=1 from this process; 0: not at all. */
uint64_t orch_service_watchdog_ms(void);

#endif
