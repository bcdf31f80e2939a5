/* Conversations: (daemon, channel, thread), each with a queue of turns. */
#ifndef ORCHD_CONVERSATION_H
#define ORCHD_CONVERSATION_H

#include "state.h"

/* 0: there is none. */
uint32_t orch__conversation_find(const orch_core *core, uint32_t daemon, uint64_t channel, uint64_t thread);
uint32_t orch__conversation_hash(uint32_t daemon, uint64_t channel, uint64_t thread);
/* For the table of conversations: an orch__hash_fn. */
uint32_t orch__conversation_hash_of(const void *core, uint32_t conversation);

/* Room for one more: forgets offline memories, oldest first. ORCH_E_FULL: all have turns. ORCH_E_NO_MEMORY. */
ORCH_MUST_USE int orch__conversation_reserve(orch_core *core);
/* A reserved one without turns; the caller gives it a turn or a memory, then settles it. */
uint32_t orch__conversation_new(orch_core *core, uint32_t daemon, uint64_t channel, uint64_t thread);

/* Puts it into the list where it belongs, as the first or the last of it; frees it when it has become empty. */
void orch__conversation_settle(orch_core *core, uint32_t conversation, bool first);

void orch__conversation_push(orch_core *core, uint32_t conversation, uint32_t turn);
/* Takes out the first turn. */
void orch__conversation_pop(orch_core *core, uint32_t conversation);

/* The offline message was sent at `at_ms`, not in the future. */
void orch__conversation_remember(orch_core *core, uint32_t conversation, int64_t at_ms);
/* It need not be sent again yet. */
bool orch__conversation_offline_sent(const orch_core *core, const orch__conversation *conversation);
/* The timer of the memories ran out: forgets those that no longer matter, a bounded number. */
void orch__conversation_forget_old(orch_core *core);
/* Frees a conversation of a daemon that goes; its turns are gone already. */
void orch__conversation_drop(orch_core *core, uint32_t conversation);

#endif
