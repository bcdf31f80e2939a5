/* The runtime's faults, as its parts and the server report them; and those of the clocks, which nobody reports. */
#include "runtime_parts.h"

#define MEMORY_QUIET_MS 10000
#define MODELS_QUIET_MS 600000 /* nobody asks a model only to know whether it answers */
#define CLOCK_JUMP_MS   5000

static int64_t now_ms(void)
{
    return (int64_t)(uv_hrtime() / 1000000);
}

void orch_runtime_fault(orch_runtime *runtime, orch_fault_kind kind, int error, const char *words)
{
    orch_fault_begin(&runtime->faults, kind, error, words, now_ms());
    orch__storage_watch(runtime);
}

void orch_runtime_fault_over(orch_runtime *runtime, orch_fault_kind kind)
{
    orch_fault_end(&runtime->faults, kind, now_ms());
}

const orch_fault_log *orch_runtime_faults(const orch_runtime *runtime)
{
    return &runtime->faults;
}

void orch__faults_expire(orch_runtime *runtime)
{
    orch_fault_expire(&runtime->faults, ORCH_FAULT_MEMORY, MEMORY_QUIET_MS, now_ms());
    orch_fault_expire(&runtime->faults, ORCH_FAULT_MODELS, MODELS_QUIET_MS, now_ms());
}

/* Milliseconds since it began, 0 when it is not open. */
int64_t orch_runtime_fault_age(const orch_runtime *runtime, orch_fault_kind kind)
{
    const orch_fault *fault = &runtime->faults.faults[kind];

    return fault->open ? now_ms() - fault->since_ms : 0;
}

/* ---- clocks ---- */

void orch__faults_look_at_clock(orch_runtime *runtime)
{
    int64_t skew_ms = orch_engine_skew(runtime->engine);
    int64_t suspended_ms = orch_engine_suspended(runtime->engine);
    int64_t slept_ms = suspended_ms - runtime->clocks.suspended_ms;
    int64_t jumped_ms = skew_ms - runtime->clocks.skew_ms - slept_ms;
    char words[96];

    runtime->clocks.skew_ms = skew_ms;
    runtime->clocks.suspended_ms = suspended_ms;
    if (jumped_ms > CLOCK_JUMP_MS || jumped_ms < -CLOCK_JUMP_MS)
        snprintf(words, sizeof words, "the clock jumped by %lld seconds", (long long)(jumped_ms / 1000));
    else if (slept_ms > CLOCK_JUMP_MS)
        snprintf(words, sizeof words, "the process was stopped for %lld seconds",
                 (long long)(slept_ms / 1000));
    else
        return;
    orch_runtime_fault(runtime, ORCH_FAULT_CLOCK, ORCH_E_STATE, words);
    runtime->faults.faults[ORCH_FAULT_CLOCK].open = false;
}
