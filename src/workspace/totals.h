/* What an orchestrator has done since ever: a row each, written in the transaction that ends a turn, so that it is exact. */
#ifndef ORCHD_TOTALS_H
#define ORCHD_TOTALS_H

#include "statements.h"

/* Adds `more` to the row; the directory follows after the commit by orch__totals_committed. Nothing where it is nothing. */
void orch__totals_add(orch__statements *statements, const orch_orchestrator *orchestrator,
                      const orch_totals *more);
void orch__totals_committed(orch_orchestrator *orchestrator, const orch_totals *more);

#endif
