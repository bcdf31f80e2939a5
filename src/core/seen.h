/* Which messages a daemon was given already: so that none is answered twice. */
#ifndef ORCHD_SEEN_H
#define ORCHD_SEEN_H

#include "state.h"

/* Room for one more. ORCH_E_NO_MEMORY. */
ORCH_MUST_USE int orch__seen_reserve(orch_core *core);
/* orch__seen_find() of this message comes soon: there are too many for the table to be in a near cache. */
void orch__seen_prefetch(const orch_core *core, const orch__daemon *daemon, uint64_t message);
/* 0: never, or too long ago. */
uint32_t orch__seen_find(const orch_core *core, const orch__daemon *daemon, uint64_t message);
/* Room was reserved. Until orch__seen_end() it is not forgotten. */
uint32_t orch__seen_add(orch_core *core, const orch__daemon *daemon, uint64_t message);
/* Its turn has ended: from now on it may be forgotten, when seen_max younger ones have ended. */
void orch__seen_end(orch_core *core, uint32_t seen);
/* 0: it has ended. */
static inline uint32_t orch__seen_turn(const orch__seen *seen)
{
    return seen->link & ORCH__SEEN_LIVE ? seen->link & ~ORCH__SEEN_LIVE : 0;
}
/* For orch_core_validate(). */
uint32_t orch__seen_hash(const orch__seen *seen);
/* For the table of seen messages: an orch__hash_fn. */
uint32_t orch__seen_hash_of(const void *core, uint32_t seen);

#endif
