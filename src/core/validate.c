/* Checks the invariants of state.h, from the daemons down to the timers. Each check_… returns NULL or the sentence
 * that names what is broken. */
#include "conversation.h"
#include "seen.h"
#include "turn.h"

/* What a walk over everything has counted, to be compared with the core's own counts. */
typedef struct census {
    uint32_t daemons;
    uint32_t conversations;
    uint32_t busy;
    uint32_t memories;
    uint32_t turns;
    uint32_t reserved;
    uint32_t stops;
    uint32_t armed;
    uint32_t hours_users;
} census;

/* The counts of one daemon. */
typedef struct tally {
    uint32_t queued;
    uint32_t running;
    uint32_t active;
} tally;

static bool armed(const orch_core *core, uint32_t timer, census *sum)
{
    bool is = orch__timer_armed(&core->wheel, timer);

    sum->armed += is;
    return is;
}

static bool timer_is(const orch_core *core, uint32_t timer, orch__timer_kind kind, uint32_t owner)
{
    const orch__timer *t = orch__timer_at(&core->wheel, timer);

    return t->kind == (uint32_t)kind && t->owner == owner;
}

static bool in_table(const orch__table *table, uint32_t hash, uint32_t index)
{
    for (orch__probe p = orch__table_first(table, hash); p.index; p = orch__table_next(table, p))
        if (p.index == index)
            return true;
    return false;
}

/* ---- turns ---- */

static const char *check_turn_state(const orch_core *core, const orch__daemon *d, const orch__turn *turn,
                                    bool first, census *sum)
{
    bool ticking = armed(core, turn->timer, sum);

    switch (turn->state) {
    case ORCH__TURN_QUEUED:
        return ticking ? "a queued turn has no timer" : NULL;
    case ORCH__TURN_RUNNING:
        if (d->status != ORCH_STATUS_RUNNING && d->status != ORCH_STATUS_STOPPING)
            return "turns run only while their daemon runs or stops";
        if (!ticking)
            return "a running turn has a deadline";
        break;
    case ORCH__TURN_BACKOFF:
        if (d->status != ORCH_STATUS_RUNNING)
            return "turns wait for another attempt only while their daemon runs";
        if (!ticking)
            return "a turn in backoff has a timer";
        break;
    case ORCH__TURN_STORING:
        if (turn->outcome == ORCH__OUTCOME_NONE)
            return "a storing turn has an outcome";
        break;
    default:
        return "a turn of a conversation is not free";
    }
    return first ? NULL : "only the first turn of a conversation is under way";
}

static const char *check_turn(const orch_core *core, const orch__daemon *d, uint32_t conversation,
                              uint32_t index, census *sum)
{
    const orch__turn *turn = orch__turn_at(core, index);
    const orch__seen *seen = orch__seen_at(core, turn->seen);

    if (turn->conversation != conversation || turn->daemon != d->id || turn->slot != index)
        return "a turn knows itself, its conversation and its daemon";
    if (turn->generation == 0)
        return "a turn's id is not 0";
    if (!timer_is(core, turn->timer, ORCH__TIMER_TURN, index))
        return "a turn's timer is its own";
    if (seen->link != (ORCH__SEEN_LIVE | index) || seen->message != turn->message || seen->life != d->life)
        return "the message of a turn is remembered as taken";
    if (!in_table(&core->seen_by_key, orch__seen_hash(seen), turn->seen))
        return "a remembered message is found by its key";
    return check_turn_state(core, d, turn, orch__conversation_at(core, conversation)->first_turn == index,
                            sum);
}

/* ---- conversations ---- */

static const char *check_queue(const orch_core *core, const orch__daemon *d, uint32_t conversation,
                               tally *mine, census *sum)
{
    const orch__conversation *c = orch__conversation_at(core, conversation);
    uint32_t last = 0;

    for (uint32_t turn = c->first_turn; turn; turn = orch__turn_at(core, turn)->next) {
        const char *broken = check_turn(core, d, conversation, turn, sum);

        if (broken)
            return broken;
        if (++sum->turns > core->turns.live)
            return "queues hold no more turns than there are";
        mine->queued += orch__turn_at(core, turn)->state == ORCH__TURN_QUEUED;
        mine->running += orch__turn_at(core, turn)->state == ORCH__TURN_RUNNING;
        last = turn;
    }
    return c->last_turn == last ? NULL : "a conversation knows its last turn";
}

static const char *check_conversation(const orch_core *core, const orch__daemon *d, uint32_t index, int list,
                                      tally *mine, census *sum)
{
    const orch__conversation *c = orch__conversation_at(core, index);
    bool has_turn = c->first_turn != 0;
    bool under_way = has_turn && orch__turn_at(core, c->first_turn)->state != ORCH__TURN_QUEUED;

    if (c->daemon != d->id || c->list != (uint32_t)list)
        return "a conversation is in the list that it names";
    if (c->hash != orch__conversation_hash(c->daemon, c->channel, c->thread) ||
        !in_table(&core->conversations_by_key, c->hash, index))
        return "a conversation is found by its key";
    if (list == ORCH__LIST_IDLE && (has_turn || !c->offline_ms))
        return "an idle conversation has no turn but a memory";
    if (list == ORCH__LIST_READY && (!has_turn || under_way))
        return "the first turn of a ready conversation is queued";
    if (list == ORCH__LIST_READY && orch__turn_at(core, c->first_turn)->fate == ORCH__OUTCOME_FAIL)
        return "a stopped turn does not wait when it is the first";
    if (list == ORCH__LIST_ACTIVE && !under_way)
        return "the first turn of an active conversation is under way";
    sum->conversations++;
    sum->busy += has_turn;
    sum->memories += c->offline_ms != 0;
    mine->active += list == ORCH__LIST_ACTIVE;
    return check_queue(core, d, index, mine, sum);
}

static const char *check_list(const orch_core *core, const orch__daemon *d, int list, tally *mine,
                              census *sum)
{
    uint32_t previous = 0;

    for (uint32_t c = d->lists[list].first; c; c = orch__conversation_at(core, c)->next) {
        const char *broken;

        if (orch__conversation_at(core, c)->prev != previous)
            return "the lists of conversations are linked both ways";
        if (sum->conversations >= core->conversations.live)
            return "lists hold no more conversations than there are";
        broken = check_conversation(core, d, c, list, mine, sum);
        if (broken)
            return broken;
        previous = c;
    }
    return d->lists[list].last == previous ? NULL : "a list of conversations knows its last one";
}

/* ---- daemons ---- */

static const char *check_daemon_status(const orch_core *core, const orch__daemon *d, census *sum)
{
    bool phase = armed(core, d->phase_timer, sum);
    bool heartbeat = armed(core, d->heartbeat_timer, sum);
    bool health = armed(core, d->health_timer, sum);

    if (d->status > ORCH_STATUS_STOPPING)
        return "a status is one of five";
    if (heartbeat != (d->status == ORCH_STATUS_RUNNING))
        return "heartbeats go exactly while the daemon runs";
    if (health != (d->managed && d->status != ORCH_STATUS_STOPPED))
        return "health checks go exactly for managed daemons that are not stopped";
    if ((d->status == ORCH_STATUS_INITIALIZING || d->status == ORCH_STATUS_STOPPING) && !phase)
        return "opening and stopping have an end";
    if (d->status == ORCH_STATUS_STOPPED && phase)
        return "a stopped daemon waits for nothing";
    if (d->status == ORCH_STATUS_STOPPING && d->active == 0)
        return "a stop that has nothing to wait for is over";
    if (d->wanted && d->status != ORCH_STATUS_STOPPING)
        return "only a stopping daemon has a start in mind";
    if ((d->restarting || d->from_login) && d->status != ORCH_STATUS_INITIALIZING)
        return "why a daemon opens is known only while it opens";
    if (d->missed >= ORCH__MISSES_MAX || ((d->missed || d->beat_asked) && !heartbeat))
        return "too many missed heartbeats are an error";
    return NULL;
}

static const char *check_daemon(const orch_core *core, const orch__daemon *d, census *sum)
{
    tally mine = {0};
    const char *broken = NULL;

    if (!timer_is(core, d->phase_timer, ORCH__TIMER_PHASE, d->id) ||
        !timer_is(core, d->heartbeat_timer, ORCH__TIMER_HEARTBEAT, d->id) ||
        !timer_is(core, d->health_timer, ORCH__TIMER_HEALTH, d->id))
        return "a daemon's timers are its own";
    for (int list = ORCH__LIST_READY; list < ORCH__LIST_COUNT && !broken; list++)
        broken = check_list(core, d, list, &mine, sum);
    if (broken)
        return broken;
    if (mine.queued != d->queued || mine.running != d->running || mine.active != d->active)
        return "a daemon counts its turns and its active conversations";
    if (core->effects_max < ORCH__PIECE_EFFECTS + d->running)
        return "there is room for the effects of cancelling every running turn";
    if (d->status == ORCH_STATUS_RUNNING && d->lists[ORCH__LIST_READY].first && d->active < d->running_max &&
        !d->stop_asked && !orch__timer_armed(&core->wheel, d->phase_timer))
        return "a running daemon with room lets nobody wait";
    sum->daemons++;
    sum->reserved += d->reserved;
    sum->stops += d->stop_asked;
    sum->hours_users += d->hours != 0;
    return check_daemon_status(core, d, sum);
}

/* ---- the core ---- */

static const char *check_memories(const orch_core *core, const census *sum)
{
    uint32_t count = 0, previous = 0;

    for (uint32_t c = core->memories.first; c; c = orch__conversation_at(core, c)->memory_next) {
        const orch__conversation *memory = orch__conversation_at(core, c);

        if (memory->memory_prev != previous || !memory->offline_ms || memory->offline_ms > core->now_ms)
            return "offline memories are linked both ways and lie in the past";
        if (previous && orch__conversation_at(core, previous)->offline_ms > memory->offline_ms)
            return "offline memories are in the order of time";
        if (++count > sum->memories)
            break;
        previous = c;
    }
    if (count != sum->memories || core->memories.last != previous)
        return "every offline memory is in the list";
    return NULL;
}

static const char *check_seen(const orch_core *core, const census *sum)
{
    uint32_t count = 0, last = 0;

    for (uint32_t s = core->seen_ended.first; s; s = orch__seen_at(core, s)->link) {
        if (orch__seen_at(core, s)->link & ORCH__SEEN_LIVE)
            return "an ended message has no turn";
        if (!in_table(&core->seen_by_key, orch__seen_hash(orch__seen_at(core, s)), s))
            return "a remembered message is found by its key";
        if (++count > core->seen.live)
            return "no more messages are remembered than there are";
        last = s;
    }
    if (count != core->seen_ended_count || last != core->seen_ended.last || count > core->config.seen_max)
        return "the number of ended messages is known and bounded";
    if (core->seen.live != count + sum->turns || core->seen_by_key.count != core->seen.live)
        return "a remembered message has a turn or has ended";
    return NULL;
}

static const char *check_counts(const orch_core *core, const census *sum)
{
    uint32_t hours_users = 0;

    for (uint32_t i = 1; i <= core->hours.used; i++)
        hours_users += orch__hours_at(core, i)->users;
    if (hours_users != sum->hours_users || core->hours_by_value.count != core->hours.live)
        return "work hours know how many daemons have them";
    if (sum->daemons != core->daemons_count)
        return "the registered daemons are counted";
    if (sum->conversations != core->conversations.live || sum->busy != core->conversations_busy ||
        core->conversations_by_key.count != core->conversations.live)
        return "every conversation is in a list of its daemon and in the table";
    if (sum->turns != core->turns.live)
        return "every turn is in the queue of a conversation";
    if (sum->reserved != core->reserved || sum->stops != core->stops_asked)
        return "reservations and outstanding stops are counted";
    if (sum->turns + sum->reserved > core->config.turns_max ||
        sum->conversations > core->config.conversations_max ||
        sum->busy + sum->reserved > core->config.conversations_max)
        return "tables keep to their limits";
    if (core->wheel.now_ms != core->now_ms)
        return "the wheel and the core have the same time";
    return NULL;
}

static const char *check(const orch_core *core)
{
    census sum = {0};
    const char *broken = NULL;

    for (uint32_t id = 1; id <= core->daemons_top && !broken; id++) {
        const orch__daemon *daemon = orch__daemon_find(core, (orch_daemon_id){id});

        if (daemon)
            broken = check_daemon(core, daemon, &sum);
    }
    if (!broken)
        broken = check_counts(core, &sum);
    if (!broken)
        broken = check_memories(core, &sum);
    if (!broken)
        broken = check_seen(core, &sum);
    if (broken)
        return broken;
    if (armed(core, core->memory_timer, &sum) != (core->memories.first != 0))
        return "the timer of the memories goes while there are any";
    return orch__wheel_check(&core->wheel, sum.armed);
}

int orch_core_validate(const orch_core *core, const char **out_broken)
{
    const char *broken = check(core);

    if (!broken)
        return 0;
    *out_broken = broken;
    return ORCH_E_INTERNAL;
}
