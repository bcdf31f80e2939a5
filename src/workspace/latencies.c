#include "latencies.h"

#define EXACT    8 /* below it, a step each */
#define OCTAVE   4 /* steps of an octave */
#define LAST_BIT 22

static unsigned highest_bit(uint32_t value)
{
    return 31u - (unsigned)__builtin_clz(value);
}

static size_t step_of(uint32_t ms)
{
    unsigned bit;

    if (ms < EXACT)
        return ms;
    bit = highest_bit(ms);
    if (bit >= LAST_BIT)
        return ORCH_LATENCY_STEPS - 1;
    return EXACT + (bit - 3) * OCTAVE + ((ms >> (bit - 2)) & (OCTAVE - 1));
}

/* The middle of a step. */
static uint32_t middle_of(size_t step)
{
    size_t octave = step < EXACT ? 0 : (step - EXACT) / OCTAVE;
    size_t part = step < EXACT ? 0 : (step - EXACT) % OCTAVE;

    if (step < EXACT)
        return (uint32_t)step;
    return (uint32_t)(((size_t)(2 * (OCTAVE + part) + 1) << (octave + 1)) / 2);
}

void orch_latencies_add(orch_latencies *latencies, int64_t ms)
{
    uint32_t kept = ms < 0 ? 0 : ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ms;

    latencies->counts[step_of(kept)]++;
    if (kept > latencies->longest_ms)
        latencies->longest_ms = kept;
}

void orch_latencies_merge(orch_latencies *into, const orch_latencies *from)
{
    for (size_t i = 0; i < ORCH_LATENCY_STEPS; i++)
        into->counts[i] += from->counts[i];
    if (from->longest_ms > into->longest_ms)
        into->longest_ms = from->longest_ms;
}

uint32_t orch_latencies_quantile(const orch_latencies *latencies, unsigned percent)
{
    uint64_t total = 0, below = 0;
    size_t step = 0;

    for (size_t i = 0; i < ORCH_LATENCY_STEPS; i++)
        total += latencies->counts[i];
    if (total == 0)
        return 0;
    while (step + 1 < ORCH_LATENCY_STEPS) {
        below += latencies->counts[step];
        if (below * 100 >= total * percent && below > 0)
            break;
        step++;
    }
    return middle_of(step) < latencies->longest_ms ? middle_of(step) : latencies->longest_ms;
}

/* ---- as text ---- */

static size_t write_number(char *out, uint32_t number)
{
    char digits[10];
    size_t count = 0;

    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    for (size_t i = 0; i < count; i++)
        out[i] = digits[count - 1 - i];
    return count;
}

size_t orch_latencies_write(const orch_latencies *latencies, char out_text[ORCH_LATENCY_TEXT_MAX])
{
    size_t len = 0;

    for (size_t i = 0; i < ORCH_LATENCY_STEPS; i++) {
        if (latencies->counts[i] == 0)
            continue;
        if (len > 0)
            out_text[len++] = ' ';
        len += write_number(out_text + len, (uint32_t)i);
        out_text[len++] = ':';
        len += write_number(out_text + len, latencies->counts[i]);
    }
    return len;
}

static bool read_number(orch_str text, size_t *at, uint32_t *out_number)
{
    uint64_t number = 0;
    size_t begin = *at;

    while (*at < text.len && text.ptr[*at] >= '0' && text.ptr[*at] <= '9' && number <= UINT32_MAX)
        number = number * 10 + (uint64_t)(text.ptr[(*at)++] - '0');
    *out_number = (uint32_t)number;
    return *at > begin && number <= UINT32_MAX;
}

void orch_latencies_add_text(orch_latencies *latencies, orch_str text)
{
    size_t at = 0;
    uint32_t step, count;

    while (at < text.len) {
        at += at > 0 && text.ptr[at] == ' ';
        if (!read_number(text, &at, &step) || step >= ORCH_LATENCY_STEPS || at == text.len ||
            text.ptr[at++] != ':' || !read_number(text, &at, &count))
            return;
        latencies->counts[step] += count;
    }
}
