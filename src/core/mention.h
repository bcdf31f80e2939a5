/* Who is addressed: an index of all names, matched in one pass over the words of a message. */
#ifndef ORCHD_MENTION_H
#define ORCHD_MENTION_H

#include "memory.h"
#include "orchd/core.h"

typedef struct orch__mentions orch__mentions;

/* NULL: no memory. */
orch__mentions *orch__mentions_new(orch__memory *memory);
void orch__mentions_free(orch__mentions *mentions);

/* Replaces what is known of spec->daemon. ORCH_E_NO_MEMORY (then nothing changed). The spec was validated. */
ORCH_MUST_USE int orch__mentions_set(orch__mentions *mentions, const orch_daemon_spec *spec);
void orch__mentions_remove(orch__mentions *mentions, orch_daemon_id daemon);

/* As orch_route(). `hops_max`: a message with that many hops addresses nobody when an orchestrator wrote it. */
size_t orch__mentions_route(orch__mentions *mentions, const orch_incoming *incoming, uint32_t hops_max,
                            orch_daemon_id *out_daemons, size_t max);

#endif
