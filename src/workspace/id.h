/* Ids in the shape of a cuid: 'c' and 24 characters of base 36, in time order.
 *
 *     c  mmmmmmmm  nnnn  rrrrrrrrrrrr      milliseconds since 1970 (until 2059) · number within the millisecond · random
 *
 * Ids of one maker ascend strictly, also when the clock goes back.
 */
#ifndef ORCHD_ID_H
#define ORCHD_ID_H

#include "directory.h"

typedef struct orch__ids {
    int64_t last_ms;
    uint32_t number;
    uint8_t pool[480];
    size_t pool_left;
} orch__ids;

void orch__ids_make(orch__ids *ids, int64_t now_ms, orch_id *out_id);

/* The next id will be larger than `id`, where that one has our shape and is not of a far future. */
void orch__ids_pass(orch__ids *ids, orch_str id, int64_t now_ms);

/* What stands before every id that was made at `ms` or later, and behind every older one. */
void orch__id_of_time(int64_t ms, orch_id *out_id);

/* False: empty, longer than ORCH_ID_MAX - 1, or not printable ASCII without spaces. */
bool orch__id_set(orch_id *out_id, orch_str text);

#endif
