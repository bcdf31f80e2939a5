/* What only tests ask of the core in JavaScript: orchd-core-checked.wasm has these exports, what is shipped has not. */
#include "assertion.h"
#include "orchd/environment.h"
#include "wasm.h"

EXPORT(core_free) void orch_wasm_core_free(orch_core *core)
{
    orch_core_free(core);
}

EXPORT(core_memory) double orch_wasm_core_memory(const orch_core *core)
{
    return (double)orch_core_memory(core);
}

/* The dump as text; returns its length. */
EXPORT(dump) uint32_t orch_wasm_dump(const orch_core *core)
{
    size_t len = orch_core_dump(core, orch__wasm.text.ptr, orch__wasm.text.capacity);

    if (len >= orch__wasm.text.capacity) {
        ORCH_ASSERT(orch__wasm_reserve(&orch__wasm.text, (uint32_t)len + 1));
        len = orch_core_dump(core, orch__wasm.text.ptr, orch__wasm.text.capacity);
    }
    return (uint32_t)len;
}

/* NULL: every invariant holds; else a terminated sentence. */
EXPORT(validate) const char *orch_wasm_validate(const orch_core *core)
{
    const char *broken = NULL;

    return orch_core_validate(core, &broken) == 0 ? NULL : broken;
}

/* Terminated names of the enumerations' values. */
EXPORT(status_name) const char *orch_wasm_status_name(uint32_t status)
{
    return orch_status_name((orch_status)status);
}

EXPORT(emit_name) const char *orch_wasm_emit_name(uint32_t emit)
{
    return orch_emit_name((orch_emit)emit);
}

EXPORT(effect_kind_name) const char *orch_wasm_effect_kind_name(uint32_t kind)
{
    return orch_effect_kind_name((orch_effect_kind)kind);
}

/* The unprefixed name of a variable as text; its length, 0 after the last one. */
EXPORT(environment_name) uint32_t orch_wasm_environment_name(uint32_t index)
{
    return index < ORCH_VARIABLES_COUNT ? orch__wasm_answer(orch__wasm_terminated(orch_variables[index].name))
                                        : 0;
}
