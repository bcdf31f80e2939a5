#include "hours.h"

#include "bytes.h"

#define DAY_S      86400
#define DAY_MIN    1440
#define OFFSET_MAX (8 * DAY_S) /* a zone's, and what the host's time is behind the real one, up to a week */

bool orch__hours_valid(const orch_hours *hours)
{
    if (!hours->limited)
        return true;
    for (size_t i = 0; i < 7; i++)
        if (hours->days[i].start_min > DAY_MIN || hours->days[i].end_min > DAY_MIN)
            return false;
    if (hours->changes_count > ORCH_ZONE_CHANGES_MAX)
        return false;
    for (uint32_t i = 0; i < hours->changes_count; i++) {
        const orch_zone_change *change = &hours->changes[i];

        if (change->offset_s < -OFFSET_MAX || change->offset_s > OFFSET_MAX)
            return false;
        if (i > 0 && change->from_ms <= change[-1].from_ms)
            return false;
    }
    return true;
}

static int32_t offset_at(const orch_hours *hours, int64_t now_ms)
{
    int32_t offset = hours->changes_count ? hours->changes[0].offset_s : 0;

    for (uint32_t i = 1; i < hours->changes_count && hours->changes[i].from_ms <= now_ms; i++)
        offset = hours->changes[i].offset_s;
    return offset;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

bool orch_hours_open(const orch_hours *hours, int64_t now_ms)
{
    int64_t local_s, days;
    uint32_t minute, weekday;
    orch_hours_day today, yesterday;

    if (!hours->limited)
        return true;
    local_s = floor_div(now_ms, 1000) + offset_at(hours, now_ms);
    days = floor_div(local_s, DAY_S);
    minute = (uint32_t)((local_s - days * DAY_S) / 60);
    weekday = (uint32_t)(((days + 4) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
    today = hours->days[weekday];
    yesterday = hours->days[(weekday + 6) % 7];
    if (yesterday.end_min < yesterday.start_min && minute < yesterday.end_min)
        return true;
    if (today.end_min < today.start_min)
        return minute >= today.start_min;
    return minute >= today.start_min && minute < today.end_min;
}

/* The same bytes for the same hours: what is not read is zero. */
static orch_hours canonical(const orch_hours *hours)
{
    orch_hours same;

    memset(&same, 0, sizeof same);
    same.limited = true;
    memcpy(same.days, hours->days, sizeof same.days);
    same.changes_count = hours->changes_count;
    for (uint32_t i = 0; i < hours->changes_count; i++) {
        same.changes[i].from_ms = hours->changes[i].from_ms;
        same.changes[i].offset_s = hours->changes[i].offset_s;
    }
    return same;
}

static uint32_t hash_of(const orch_hours *hours)
{
    uint64_t hash = hours->changes_count;

    for (size_t i = 0; i < 7; i++)
        hash = orch__mix(hash, (uint64_t)hours->days[i].start_min << 16 | hours->days[i].end_min);
    for (uint32_t i = 0; i < hours->changes_count; i++)
        hash = orch__mix(hash,
                         (uint64_t)hours->changes[i].from_ms ^ (uint64_t)(int64_t)hours->changes[i].offset_s);
    return (uint32_t)hash;
}

uint32_t orch__hours_hash_of(const void *core, uint32_t index)
{
    return hash_of(&orch__hours_at(core, index)->value);
}

int orch__hours_take(orch_core *core, const orch_hours *hours, uint32_t *out_index)
{
    orch_hours value;
    uint32_t hash, index;

    if (!hours || !hours->limited) {
        *out_index = 0;
        return 0;
    }
    value = canonical(hours);
    hash = hash_of(&value);
    for (orch__probe p = orch__table_first(&core->hours_by_value, hash); p.index;
         p = orch__table_next(&core->hours_by_value, p)) {
        /* canonical() zeroes the padding. NOLINTNEXTLINE(bugprone-suspicious-memory-comparison) */
        if (memcmp(&orch__hours_at(core, p.index)->value, &value, sizeof value) == 0) {
            orch__hours_at(core, p.index)->users++;
            *out_index = p.index;
            return 0;
        }
    }
    if (orch__pool_reserve(&core->hours, 1) != 0 || orch__table_reserve(&core->hours_by_value, 1) != 0)
        return ORCH_E_NO_MEMORY;
    index = orch__pool_take(&core->hours);
    orch__hours_at(core, index)->users = 1;
    memcpy(&orch__hours_at(core, index)->value, &value, sizeof value);
    orch__table_insert(&core->hours_by_value, hash, index);
    *out_index = index;
    return 0;
}

void orch__hours_give(orch_core *core, uint32_t index)
{
    orch__hours *hours;

    if (index == 0)
        return;
    hours = orch__hours_at(core, index);
    if (--hours->users > 0)
        return;
    orch__table_remove(&core->hours_by_value, hash_of(&hours->value), index);
    orch__pool_give(&core->hours, index);
}
