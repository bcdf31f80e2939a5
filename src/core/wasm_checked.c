/* What only tests ask of the core in JavaScript: orchd-core-checked.wasm has these exports, what is shipped has not. */
#include "assertion.h"
#include "bytes.h"
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

/* ---- a log of events, recorded by another build of the core ---- */

static orch__wasm_buffer event_log;
static orch_event_storage logged;
static orch_effects log_effects;
static int log_status;
static int64_t log_now_ms;

EXPORT(log_buffer) char *orch_wasm_log_buffer(uint32_t size)
{
    return orch__wasm_reserve(&event_log, size) ? event_log.ptr : NULL;
}

/* Carries out the event at `from`. Returns where the next one begins, or an orch_error. */
EXPORT(log_step) int32_t orch_wasm_log_step(orch_core *core, uint32_t from, uint32_t size)
{
    orch_event event;
    int64_t read =
        orch_event_decode((const uint8_t *)event_log.ptr + from, size - from, &logged, &event, &log_now_ms);

    if (read <= 0)
        return read < 0 ? (int32_t)read : ORCH_E_PROTOCOL;
    log_status = orch_step(core, &event, log_now_ms, &log_effects);
    return (int32_t)(from + read);
}

/* Of the last step: its result, its time, how many effects it had, and each of these in words. */
EXPORT(log_status) int orch_wasm_log_status(void)
{
    return log_status;
}

EXPORT(log_now) double orch_wasm_log_now(void)
{
    return (double)log_now_ms;
}

EXPORT(log_count) uint32_t orch_wasm_log_count(void)
{
    return (uint32_t)log_effects.count;
}

EXPORT(log_effect) uint32_t orch_wasm_log_effect(uint32_t index)
{
    char words[1024];

    orch_effect_describe(&log_effects.items[index], words, sizeof words);
    return orch__wasm_answer(orch__wasm_terminated(words));
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

/* ---- environment -------------------------------------------------------------------------------- */

#define MESSAGE_SIZE 512

static orch_environment environment;

EXPORT(environment_reset) void orch_wasm_environment_reset(void)
{
    orch_environment_init(&environment);
}

/* Sets a variable: its name as the host read it, then its value, in the text buffer. 0, or the length of a sentence
 * for a person, in the buffer: the value is not allowed. */
EXPORT(environment_set)
uint32_t orch_wasm_environment_set(uint32_t index, uint32_t name_len, uint32_t value_len)
{
    char message[MESSAGE_SIZE];

    ORCH_ASSERT(index < ORCH_VARIABLES_COUNT);
    if (orch_environment_set(&environment, index, orch__wasm_text_at(0, name_len),
                             orch__wasm_text_at(name_len, value_len), message, sizeof message) == 0)
        return 0;
    return orch__wasm_answer(orch__wasm_terminated(message));
}

/* The value of a variable; booleans are 0 and 1. */
EXPORT(environment_get) uint32_t orch_wasm_environment_get(uint32_t index)
{
    const orch_variable *variable = &orch_variables[index];
    const char *field = (const char *)&environment + variable->offset;
    bool truth;
    uint32_t number;

    ORCH_ASSERT(index < ORCH_VARIABLES_COUNT);
    memcpy(&truth, field, sizeof truth);
    if (variable->kind == ORCH_VARIABLE_BOOLEAN)
        return truth;
    memcpy(&number, field, sizeof number);
    return number;
}
