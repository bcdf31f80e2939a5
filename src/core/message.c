/* A reservation is a promise: the message that uses it is taken. It counts against every limit that the message will
 * meet, and memory is made ready for it, so that after the host has stored the message nothing can refuse it. */
#include "message.h"

#include "conversation.h"
#include "effects.h"
#include "plant.h"
#include "seen.h"
#include "turn.h"

/* The limits that all daemons share, for one more message besides those that are reserved. */
static int shared_room(const orch_core *core)
{
    if ((uint64_t)core->turns.live + core->reserved >= core->config.turns_max)
        return ORCH_E_FULL;
    if ((uint64_t)core->conversations_busy + core->reserved >= core->config.conversations_max)
        return ORCH_E_FULL;
    return 0;
}

static int room(const orch_core *core, const orch__daemon *daemon)
{
    if ((uint64_t)daemon->queued + daemon->reserved >= core->config.queue_max)
        return ORCH_E_BUSY;
    return shared_room(core);
}

static int memory_for_one(orch_core *core)
{
    if (orch__seen_reserve(core) != 0 || orch__turn_reserve(core) != 0)
        return ORCH_E_NO_MEMORY;
    return orch__conversation_reserve(core);
}

int orch__message_on_reserve(orch_core *core, const orch_event *event)
{
    orch__daemon *daemon = orch__daemon_find(core, event->daemon);
    int status;

    if (!daemon)
        return ORCH_E_NOT_FOUND;
    status = room(core, daemon);
    if (status == 0)
        status = memory_for_one(core);
    if (status != 0) {
        orch__emit_error(core, ORCH_EMIT_MESSAGE_ERROR, daemon->id, status);
        return status;
    }
    daemon->reserved++;
    core->reserved++;
    return 0;
}

static void release(orch_core *core, orch__daemon *daemon)
{
    daemon->reserved--;
    core->reserved--;
}

int orch__message_on_release(orch_core *core, const orch_event *event)
{
    orch__daemon *daemon = orch__daemon_find(core, event->daemon);

    if (!daemon)
        return ORCH_E_NOT_FOUND;
    if (daemon->reserved == 0)
        return ORCH_E_STATE;
    release(core, daemon);
    return 0;
}

static orch_effect *about(orch_effect *effect, const orch_event_message *message)
{
    effect->message = message->message;
    effect->channel = message->channel;
    effect->thread = message->thread;
    effect->author = message->author;
    return effect;
}

static int refuse(orch_core *core, const orch__daemon *daemon, const orch_event_message *message, int status)
{
    about(orch__emit_error(core, ORCH_EMIT_MESSAGE_ERROR, daemon->id, status), message);
    return status;
}

/* It was for somebody else. */
static int note(orch_core *core, orch__daemon *daemon, const orch_event_message *message)
{
    if (orch__seen_reserve(core) != 0)
        return refuse(core, daemon, message, ORCH_E_NO_MEMORY);
    if (message->reserved && daemon->reserved)
        release(core, daemon);
    orch__seen_end(core, orch__seen_add(core, daemon, message->message.v));
    about(orch__emit(core, ORCH_EMIT_MESSAGE_PROCESSED, daemon->id), message);
    return 0;
}

/* Room for the message, that is: its reservation is used up, or the limits allow it. */
static int admit(orch_core *core, orch__daemon *daemon, const orch_event_message *message)
{
    if (message->reserved && daemon->reserved) {
        release(core, daemon);
        return 0;
    }
    return message->recovered ? shared_room(core) : room(core, daemon);
}

int orch__message_on_message(orch_core *core, const orch_event *event)
{
    return orch__message_take(core, &event->message);
}

int orch__message_take(orch_core *core, const orch_event_message *message)
{
    orch__daemon *daemon = orch__daemon_find(core, message->daemon);
    orch__turn *turn;
    uint32_t conversation;
    int status;

    if (!daemon)
        return ORCH_E_NOT_FOUND;
    orch__seen_prefetch(core, daemon, message->message.v);
    conversation = orch__conversation_find(core, daemon->id, message->channel.v, message->thread.v);
    if (orch__seen_find(core, daemon, message->message.v))
        return ORCH_E_EXISTS;
    if (!message->addressed)
        return note(core, daemon, message);

#if ORCH_PLANT == 6
    if (conversation) {
        uint32_t first = orch__conversation_at(core, conversation)->first_turn;

        if (first && orch__turn_at(core, first)->state == ORCH__TURN_STORING)
            conversation = 0;
    }
#endif
    status = admit(core, daemon, message);
    if (status == 0 && (orch__seen_reserve(core) != 0 || orch__turn_reserve(core) != 0))
        status = ORCH_E_NO_MEMORY;
    if (status == 0 && !conversation)
        status = orch__conversation_reserve(core);
    if (status != 0)
        return refuse(core, daemon, message, status);

    if (!conversation)
        conversation = orch__conversation_new(core, daemon->id, message->channel.v, message->thread.v);
    turn =
        orch__turn_new(core, daemon, conversation, orch__seen_add(core, daemon, message->message.v), message);
    orch__turn_enqueue(core, daemon, turn);
    return 0;
}
