/* Who did what to an orchestrator, told to its events. */
#ifndef ORCHD_SERVER_DOINGS_H
#define ORCHD_SERVER_DOINGS_H

#include "exchange.h"

void orch__note_created(const orch__exchange *exchange, orch_orchestrator *orchestrator);
/* With the names of the inputs that were given, never what is in them. */
void orch__note_configured(const orch__exchange *exchange, orch_orchestrator *orchestrator);
/* "start", "stop" or "restart"; static. */
void orch__note_command(const orch__exchange *exchange, orch_orchestrator *orchestrator, const char *command);

#endif
