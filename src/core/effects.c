#include "effects.h"

int orch__effects_grow(orch_core *core, uint32_t running)
{
    uint32_t max = core->effects_max ? core->effects_max : ORCH__EFFECTS_MIN;
    orch_effect *effects;

    while (max < running || max - running < ORCH__PIECE_EFFECTS)
        max *= 2;
    effects = orch__resize(&core->memory, core->effects, core->effects_max * sizeof *effects,
                           max * sizeof *effects);
    if (!effects)
        return ORCH_E_NO_MEMORY;
    core->effects = effects;
    core->effects_max = max;
    return 0;
}

orch_effect *orch__emit(orch_core *core, orch_emit emit, uint32_t daemon)
{
    orch_effect *effect = orch__effect(core, ORCH_FX_EMIT, daemon);

    effect->emit = emit;
    return effect;
}

orch_effect *orch__emit_error(orch_core *core, orch_emit emit, uint32_t daemon, int32_t error)
{
    orch_effect *effect = orch__emit(core, emit, daemon);

    effect->error = error;
    return effect;
}
