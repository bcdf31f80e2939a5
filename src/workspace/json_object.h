/* JSON that comes from outside and must be an object. */
#ifndef ORCHD_JSON_OBJECT_H
#define ORCHD_JSON_OBJECT_H

#include <jansson.h>

#include "workspace.h"

/* The parsed object, the caller's; NULL: `problem` says why `field` was refused (no JSON, a key twice, no object, more than
 * `depth_max` levels). */
json_t *orch__json_object_read(orch_str json, unsigned depth_max, const char *field, orch_problem *problem);

#endif
