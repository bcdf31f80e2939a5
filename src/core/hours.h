/* Work hours, kept once for all daemons that have the same. */
#ifndef ORCHD_HOURS_H
#define ORCHD_HOURS_H

#include "state.h"

/* Within the ranges of core.h: minutes up to 1440, offsets within 18 hours, changes sorted. */
bool orch__hours_valid(const orch_hours *hours);

/* An index with one more user; 0 for hours that never close. ORCH_E_NO_MEMORY. */
ORCH_MUST_USE int orch__hours_take(orch_core *core, const orch_hours *hours, uint32_t *out_index);
void orch__hours_give(orch_core *core, uint32_t index);

/* For the table of work hours: an orch__hash_fn. */
uint32_t orch__hours_hash_of(const void *core, uint32_t index);

#endif
