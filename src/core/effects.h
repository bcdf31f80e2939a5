/* The list of effects of the present step. */
#ifndef ORCHD_EFFECTS_H
#define ORCHD_EFFECTS_H

#include "assertion.h"
#include "state.h"

/* Room for one piece of work of a daemon that has `running` turns. ORCH_E_NO_MEMORY. */
ORCH_MUST_USE int orch__effects_grow(orch_core *core, uint32_t running);
ORCH_MUST_USE static inline int orch__effects_reserve(orch_core *core, uint32_t running)
{
    return running + ORCH__PIECE_EFFECTS <= core->effects_max ? 0 : orch__effects_grow(core, running);
}
static inline uint32_t orch__effects_room(const orch_core *core)
{
    return core->effects_max - core->effects_count;
}

/* Adds an effect, all zero but for kind and daemon. The room was reserved. */
static inline orch_effect *orch__effect(orch_core *core, orch_effect_kind kind, uint32_t daemon)
{
    orch_effect *effect = core->effects + core->effects_count;

    ORCH_ASSERT(core->effects_count < core->effects_max);
    core->effects_count++;
    *effect = (orch_effect){.kind = kind, .daemon = {daemon}};
    return effect;
}

orch_effect *orch__emit(orch_core *core, orch_emit emit, uint32_t daemon);
orch_effect *orch__emit_error(orch_core *core, orch_emit emit, uint32_t daemon, int32_t error);

#endif
