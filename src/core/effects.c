#include "effects.h"

#include "assertion.h"

int orch__effects_reserve(orch_core *core, uint32_t running)
{
    uint32_t max = core->effects_max ? core->effects_max : ORCH__EFFECTS_MIN;
    orch_effect *effects;

    while (max < running || max - running < ORCH__PIECE_EFFECTS)
        max *= 2;
    if (max == core->effects_max)
        return 0;
    effects = orch__resize(&core->memory, core->effects, core->effects_max * sizeof *effects,
                           max * sizeof *effects);
    if (!effects)
        return ORCH_E_NO_MEMORY;
    core->effects = effects;
    core->effects_max = max;
    return 0;
}

uint32_t orch__effects_room(const orch_core *core)
{
    return core->effects_max - core->effects_count;
}

/* Field by field: for this size compilers choose a string instruction, which costs more than all of the rest. */
static void clear(orch_effect *effect)
{
    effect->emit = (orch_emit)0;
    effect->error = 0;
    effect->status = (orch_status)0;
    effect->count = 0;
    effect->attempt = 0;
    effect->model = 0;
    effect->value = 0;
    effect->deadline_ms = 0;
    effect->turn.v = 0;
    effect->message.v = 0;
    effect->channel.v = 0;
    effect->thread.v = 0;
    effect->author.v = 0;
}

orch_effect *orch__effect(orch_core *core, orch_effect_kind kind, uint32_t daemon)
{
    orch_effect *effect = core->effects + core->effects_count;

    ORCH_ASSERT(core->effects_count < core->effects_max);
    core->effects_count++;
    clear(effect);
    effect->kind = kind;
    effect->daemon.v = daemon;
    return effect;
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
