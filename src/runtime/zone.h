/* IANA time zones as the core's list of changes, from the system's TZif files (RFC 8536, version 2 and newer). */
#ifndef ORCHD_ZONE_H
#define ORCHD_ZONE_H

#include "orchd/core.h"

typedef struct orch__zone {
    uint32_t changes_count; /* at least 1: the first one holds now */
    orch_zone_change changes[ORCH_ZONE_CHANGES_MAX];
    int64_t until_ms; /* the list is complete before; read it again then. INT64_MAX: for ever */
} orch__zone;

/* Reads zone `name` as seen from `now_ms`. "UTC" needs no file. ORCH_E_INVALID: there is no such zone; ORCH_E_CORRUPT: its
 * file is no TZif file. Blocks for one small file. */
ORCH_MUST_USE int orch__zone_read(const char *name, int64_t now_ms, orch__zone *out_zone);

/* Puts the zone's changes into the hours, for a core whose time is `skew_ms` behind the real one. Hours are of a week:
 * whole weeks make no difference. */
void orch__zone_apply(const orch__zone *zone, int64_t skew_ms, orch_hours *hours);

#endif
