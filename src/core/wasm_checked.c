/* What only tests ask of the core in JavaScript: orchd-core-checked.wasm has these exports, orchd-core.wasm, which is
 * smaller by a tenth without them, has not.
 */
#include "assertion.h"
#include "wasm.h"

/* The dump as text; returns its length. */
EXPORT(dump) uint32_t orch_wasm_dump(const orch_core *core)
{
    size_t len = orch_core_dump(core, orch__wasm_text.ptr, orch__wasm_text.capacity);

    if (len >= orch__wasm_text.capacity) {
        ORCH_ASSERT(orch__wasm_reserve(&orch__wasm_text, (uint32_t)len + 1));
        len = orch_core_dump(core, orch__wasm_text.ptr, orch__wasm_text.capacity);
    }
    return (uint32_t)len;
}

/* NULL: every invariant holds; else a terminated sentence. */
EXPORT(validate) const char *orch_wasm_validate(const orch_core *core)
{
    const char *broken = NULL;

    return orch_core_validate(core, &broken) == 0 ? NULL : broken;
}
