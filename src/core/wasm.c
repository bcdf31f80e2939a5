/* The core's exports for JavaScript: one instance may hold several cores.
 *
 * How values cross
 *  - Handles of users, channels, threads and messages, and times in milliseconds, are numbers (f64), whole and below
 *    2^53. Daemons, counts and codes are 32-bit integers. A turn is a pair of 32-bit integers, low and high: the host
 *    only hands it back. No BigInt anywhere.
 *  - Text goes through one buffer: text_buffer(size) makes room and returns where it lies, which board() tells as well. A
 *    call that takes text is told the lengths; the texts stand one behind the other from the buffer's begin. A call that
 *    answers with text returns its length and leaves it there, UTF-8. Any call may grow the memory: views on it are made
 *    anew when memory.buffer has changed.
 *  - Results are an orch_error: 0, or negative (error_name, error_text).
 *  - What the host has to carry out waits in a row, and calls that take `now` add to its end: a host that calls again while it
 *    carries out loses nothing. board() tells where the row lies and how long it is; the host sets its length to 0 when all is
 *    carried out. An effect is ORCH_WASM_EFFECT_SIZE bytes, little-endian:
 *
 *        offset  0 kind      4 emit     8 daemon   12 error   16 status   20 count   24 attempt   28 model   (i32)
 *               32 value    40 deadline                                     (64 bits: low u32 + high i32 * 2^32)
 *               48 turn     56 message  64 channel  72 thread  80 author    (64 bits: low u32, high u32)
 *
 * The names of the enumerations in orchd/core.h count: kinds, statuses and emits are their numbers.
 */
#include "wasm.h"

#include "assertion.h"
#include "bytes.h"
#include "message.h"
#include "step.h"

#define ORCH_WASM_EFFECT_SIZE 88

_Static_assert(sizeof(orch_effect) == ORCH_WASM_EFFECT_SIZE && offsetof(orch_effect, model) == 28 &&
                   offsetof(orch_effect, value) == 32 && offsetof(orch_effect, turn) == 48 &&
                   offsetof(orch_effect, author) == 80,
               "the table above");

/* ---- the row of effects ------------------------------------------------------------------------- */

static bool answers_at_once;

EXPORT(board) orch__wasm_board *orch_wasm_board(void)
{
    return &orch__wasm;
}

/* For a host that stores nothing and whose daemons live as long as it ticks: what it would answer at once is answered here. A
 * reply, a failure, a silence counts as stored, a heartbeat as proved; the effects that ask for it are not told. */
EXPORT(answer_at_once) void orch_wasm_answer_at_once(void)
{
    answers_at_once = true;
}

/* Room for one more item, or the end: the effects happened. */
static void *reserve(orch__wasm_buffer *buffer, uint32_t count, uint32_t size)
{
    ORCH_ASSERT(orch__wasm_reserve(buffer, (count + 1) * size));
    return buffer->ptr + count * size;
}

static void append(const orch_effect *effect)
{
    orch__wasm_buffer row = {(char *)orch__wasm.effects, orch__wasm.effects_bytes};
    orch_effect *at = reserve(&row, orch__wasm.effects_count, sizeof *at);

    *at = *effect;
    orch__wasm.effects = (orch_effect *)(void *)row.ptr;
    orch__wasm.effects_bytes = row.capacity;
    orch__wasm.effects_count++;
}

/* ---- answers at once ---------------------------------------------------------------------------- */

/* Of a turn that counts as stored, or with turn 0 of a daemon whose heartbeat counts as proved. */
typedef struct answer {
    orch_turn_id turn;
    orch_daemon_id daemon;
} answer;

static orch__wasm_buffer answers; /* to be given */
static uint32_t answers_count;

static void expect(answer given)
{
    *(answer *)reserve(&answers, answers_count, sizeof given) = given;
    answers_count++;
}

/* Nobody listens to how daemons are. */
static bool is_idle_talk(const orch_effect *effect)
{
    return effect->kind == ORCH_FX_EMIT && !orch__wasm.tell_health &&
           (effect->emit == ORCH_EMIT_HEARTBEAT || effect->emit == ORCH_EMIT_HEALTH);
}

/* What the host carries out goes to the row. */
static void sort_out(const orch_effects *made)
{
    for (uint32_t i = 0; i < made->count; i++) {
        const orch_effect *effect = &made->items[i];

        if (!answers_at_once)
            append(effect);
        else if (effect->kind >= ORCH_FX_TURN_REPLY)
            expect((answer){.turn = effect->turn});
        else if (effect->kind == ORCH_FX_HEARTBEAT)
            expect((answer){.daemon = effect->daemon});
        else if (!is_idle_talk(effect))
            append(effect);
    }
}

/* Gives all answers, also those that answers lead to. */
static void answer_all(orch_core *core, double now)
{
    for (uint32_t i = 0; i < answers_count; i++) {
        answer given = ((const answer *)(void *)answers.ptr)[i];
        orch_event event = {.kind = given.turn.v ? ORCH_EV_TURN_STORED : ORCH_EV_HEARTBEAT,
                            .turn = given.turn,
                            .daemon = given.daemon};
        orch_effects made = {NULL, 0};

        (void)!orch_step(core, &event, (int64_t)now, &made);
        sort_out(&made);
    }
    answers_count = 0;
}

static int step(orch_core *core, const orch_event *event, double now)
{
    orch_effects made = {NULL, 0};
    int error = orch_step(core, event, (int64_t)now, &made);

    sort_out(&made);
    answer_all(core, now);
    return error;
}

/* ---- cores -------------------------------------------------------------------------------------- */

static orch_core_config config;

/* Begins a configuration: the defaults. */
EXPORT(config_reset) void orch_wasm_config_reset(double seed)
{
    orch_core_config_init(&config);
    config.allocator.resize = orch__wasm_resize;
    config.seed = orch__wasm_handle(seed);
}

/* The fields by number, in the order of orch_core_config from daemons_max on. */
static const struct {
    uint16_t offset;
    bool boolean;
} config_fields[] = {
    {offsetof(orch_core_config, daemons_max), false},        /* 0 */
    {offsetof(orch_core_config, turns_max), false},          /* 1 */
    {offsetof(orch_core_config, queue_max), false},          /* 2 */
    {offsetof(orch_core_config, seen_max), false},           /* 3 */
    {offsetof(orch_core_config, conversations_max), false},  /* 4 */
    {offsetof(orch_core_config, hops_max), false},           /* 5 */
    {offsetof(orch_core_config, auto_start), true},          /* 6 */
    {offsetof(orch_core_config, auto_restart), true},        /* 7 */
    {offsetof(orch_core_config, restarts_max), false},       /* 8 */
    {offsetof(orch_core_config, health_check_ms), false},    /* 9 */
    {offsetof(orch_core_config, restart_base_ms), false},    /* 10 */
    {offsetof(orch_core_config, restart_cap_ms), false},     /* 11 */
    {offsetof(orch_core_config, restart_reset_ms), false},   /* 12 */
    {offsetof(orch_core_config, open_timeout_ms), false},    /* 13 */
    {offsetof(orch_core_config, stop_grace_ms), false},      /* 14 */
    {offsetof(orch_core_config, turn_deadline_ms), false},   /* 15 */
    {offsetof(orch_core_config, attempt_timeout_ms), false}, /* 16 */
    {offsetof(orch_core_config, attempts_per_model), false}, /* 17 */
    {offsetof(orch_core_config, retry_base_ms), false},      /* 18 */
    {offsetof(orch_core_config, retry_cap_ms), false},       /* 19 */
    {offsetof(orch_core_config, store_retry_ms), false},     /* 20 */
    {offsetof(orch_core_config, offline_repeat_ms), false},  /* 21 */
};

/* ORCH_E_NOT_FOUND: no such field. The range is checked by core_new and configure. */
EXPORT(config_set) int orch_wasm_config_set(uint32_t field, uint32_t value)
{
    char *at;
    bool truth = value != 0;

    if (field >= sizeof config_fields / sizeof config_fields[0])
        return ORCH_E_NOT_FOUND;
    at = (char *)&config + config_fields[field].offset;
    if (config_fields[field].boolean)
        memcpy(at, &truth, sizeof truth);
    else
        memcpy(at, &value, sizeof value);
    return 0;
}

/* A core with the configuration above; NULL: a limit is out of range, or no memory. */
EXPORT(core_new) orch_core *orch_wasm_core_new(void)
{
    orch_core *core;

    return orch_core_new(&config, &core) == 0 ? core : NULL;
}

/* ORCH_EV_CONFIGURE with the configuration above. */
EXPORT(configure) int orch_wasm_configure(orch_core *core, double now)
{
    orch_event event = {.kind = ORCH_EV_CONFIGURE, .configure = &config};

    return step(core, &event, now);
}

/* ---- registering -------------------------------------------------------------------------------- */

#define SPEC_TEXTS (5 + ORCH_NAMES_MAX)

static orch_daemon_spec spec;
static orch_hours hours;
static orch_str keywords[ORCH_NAMES_MAX];
static char spec_texts[SPEC_TEXTS][ORCH_NAME_LEN_MAX];

/* Begins a specification. */
EXPORT(spec_reset)
void orch_wasm_spec_reset(uint32_t daemon, double user, uint32_t heartbeat_ms,
                          uint32_t conversations_running_max, uint32_t models_count)
{
    hours = (orch_hours){.limited = false};
    spec = (orch_daemon_spec){.daemon = {daemon},
                              .user = {orch__wasm_handle(user)},
                              .keywords = keywords,
                              .auto_respond = true,
                              .heartbeat_ms = heartbeat_ms,
                              .conversations_running_max = conversations_running_max,
                              .models_count = models_count,
                              .hours = &hours};
}

EXPORT(spec_flags) void orch_wasm_spec_flags(bool mention_only, bool auto_respond)
{
    spec.mention_only = mention_only;
    spec.auto_respond = auto_respond;
}

/* Field 0 name, 1 display name, 2 slug, 3 e-mail address, 4 role, 5 a further keyword. ORCH_E_TOO_LARGE, ORCH_E_FULL. */
EXPORT(spec_text) int orch_wasm_spec_text(uint32_t field, uint32_t len)
{
    orch_str *const fields[] = {&spec.name, &spec.display_name, &spec.slug, &spec.email, &spec.role};
    uint32_t slot = field < 5 ? field : 5 + (uint32_t)spec.keywords_count;

    if (field > 5)
        return ORCH_E_NOT_FOUND;
    if (len > ORCH_NAME_LEN_MAX)
        return ORCH_E_TOO_LARGE;
    if (slot == SPEC_TEXTS)
        return ORCH_E_FULL;
    memcpy(spec_texts[slot], orch__wasm_text_at(0, len).ptr, len);
    *(field < 5 ? fields[field] : &keywords[spec.keywords_count++]) = (orch_str){spec_texts[slot], len};
    return 0;
}

/* Work hours of a day, 0 is Sunday; makes the hours limited. Days without a call are closed. */
EXPORT(spec_hours_day) int orch_wasm_spec_hours_day(uint32_t day, uint32_t start_min, uint32_t end_min)
{
    if (day > 6 || start_min > 1440 || end_min > 1440)
        return ORCH_E_INVALID;
    hours.limited = true;
    hours.days[day] = (orch_hours_day){(uint16_t)start_min, (uint16_t)end_min};
    return 0;
}

/* From `from` on the local time is UTC + offset. In ascending order. ORCH_E_FULL. */
EXPORT(spec_hours_zone) int orch_wasm_spec_hours_zone(double from, int32_t offset_s)
{
    hours.limited = true;
    if (hours.changes_count == ORCH_ZONE_CHANGES_MAX)
        return ORCH_E_FULL;
    hours.changes[hours.changes_count++] = (orch_zone_change){(int64_t)from, offset_s};
    return 0;
}

/* ORCH_EV_REGISTER with the specification above. */
EXPORT(daemon_register) int orch_wasm_daemon_register(orch_core *core, double now)
{
    orch_event event = {.kind = ORCH_EV_REGISTER, .daemon = spec.daemon, .spec = &spec};

    return step(core, &event, now);
}

/* ---- events ------------------------------------------------------------------------------------- */

/* ORCH_EV_TICK, and the kinds that are about a daemon or all of them. */
EXPORT(daemon_event)
int orch_wasm_daemon_event(orch_core *core, double now, uint32_t kind, uint32_t daemon, int32_t error,
                           bool managed)
{
    orch_event event = {
        .kind = (orch_event_kind)kind, .daemon = {daemon}, .error = error, .managed = managed};

    if (kind == ORCH_EV_CONFIGURE || kind == ORCH_EV_REGISTER || kind == ORCH_EV_MESSAGE)
        return ORCH_E_INVALID;
    return step(core, &event, now);
}

/* What nearly always happens goes past the row. */
#ifdef ORCH_SMALL
enum { SHORTCUTS = false };
#else
enum { SHORTCUTS = true };
#endif

/* What next_deadline() said last: the host's timer rings for it, or before. */
static struct {
    const orch_core *core;
    int64_t deadline;
} told;

static bool timer_is_set(const orch_core *core)
{
    return told.core == core && told.deadline <= orch_next_deadline(core);
}

/* Where the turn of a message lies. Nearly always it started at once, which is the effect at `first`. */
static uint32_t place_of_turn(const orch_core *core, const orch_event_message *message, uint32_t first)
{
    const orch_effect *effect = &orch__wasm.effects[first];

    if (first < orch__wasm.effects_count && effect->message.v == message->message.v && effect->turn.v)
        return (uint32_t)effect->turn.v;
    return (uint32_t)orch_core_turn(core, message->daemon, message->message).v;
}

/* Hands a message over. `alone`: the host carries out nothing at the moment; then a turn that starts at once, and nothing else,
 * does not go through the row: board() tells its generation, and the host need not ask for the next deadline. */
static int hand_over(orch_core *core, double now, const orch_event_message *message, bool alone)
{
    uint32_t first = orch__wasm.effects_count;
    orch_effects made = {NULL, 0};
    int error = orch__step_message(core, message, (int64_t)now, &made);

    orch__wasm.generation = 0;
    if (SHORTCUTS && alone && made.count == 1 && made.items[0].kind == ORCH_FX_TURN_START &&
        timer_is_set(core)) {
        orch__wasm.turn = (uint32_t)made.items[0].turn.v;
        orch__wasm.generation = (uint32_t)(made.items[0].turn.v >> 32);
        return error;
    }
    sort_out(&made);
    orch__wasm.turn = place_of_turn(core, message, first);
    answer_all(core, now);
    return error;
}

/* ORCH_EV_MESSAGE to one daemon. */
EXPORT(message)
int orch_wasm_message(orch_core *core, double now, uint32_t daemon, double message, double channel,
                      double thread, double author, bool addressed)
{
    orch_event_message handed = {.daemon = {daemon},
                                 .message = {orch__wasm_handle(message)},
                                 .channel = {orch__wasm_handle(channel)},
                                 .thread = {orch__wasm_handle(thread)},
                                 .author = {orch__wasm_handle(author)},
                                 .addressed = addressed};

    return hand_over(core, now, &handed, false);
}

/* The ORCH_EV_TURN_… kinds. */
EXPORT(turn_event)
int orch_wasm_turn_event(orch_core *core, double now, uint32_t kind, uint32_t turn_low, uint32_t turn_high,
                         int32_t error, uint32_t verdict, uint32_t retry_after_ms)
{
    orch_event event = {.kind = (orch_event_kind)kind,
                        .turn = {(uint64_t)turn_high << 32 | turn_low},
                        .error = error,
                        .verdict = (orch_verdict)verdict,
                        .retry_after_ms = retry_after_ms};

    if (kind < ORCH_EV_TURN_DONE || kind > ORCH_EV_TURN_ABANDON || verdict > ORCH_VERDICT_FINAL)
        return ORCH_E_INVALID;
    return step(core, &event, now);
}

#ifndef ORCH_SMALL
/* ORCH_EV_TURN_DONE where the core answers at once and the host carries out nothing at the moment. 1: MESSAGE_SEND and
 * MESSAGE_PROCESSED of the turn are not in the row; they are to be told before what is. */
EXPORT(turn_done) int orch_wasm_turn_done(orch_core *core, double now, uint32_t turn_low, uint32_t turn_high)
{
    orch_turn_id turn = {(uint64_t)turn_high << 32 | turn_low};
    orch_effects made = {NULL, 0};
    int error = orch__step_answered(core, turn, (int64_t)now, &made);

    if (error)
        return error;
    sort_out(&made);
    answer_all(core, now);
    return 1;
}
#endif

/* ---- routing ------------------------------------------------------------------------------------ */

static orch__wasm_buffer ids;    /* of daemons, from the host */
static orch__wasm_buffer routed; /* of daemons, to the host */

/* Room for `count` daemons (u32): metadata.mentions, and behind them the channel's members. */
EXPORT(ids_buffer) char *orch_wasm_ids_buffer(uint32_t count)
{
    return orch__wasm_reserve(&ids, count * 4) ? ids.ptr : NULL;
}

/* A message to route: the ids are in the ids buffer, its content in the text buffer. members_count -1: the channel's
 * members are not known, every registered daemon counts. Returns how many are addressed, see routed(). */
EXPORT(route)
uint32_t orch_wasm_route(orch_core *core, double author, uint32_t author_daemon, uint32_t hops, bool direct,
                         uint32_t reply_to, uint32_t mentions_count, int32_t members_count,
                         uint32_t content_len)
{
    const orch_daemon_id *given = (const orch_daemon_id *)(void *)ids.ptr;
    orch_incoming incoming = {.author = {orch__wasm_handle(author)},
                              .author_daemon = {author_daemon},
                              .hops = hops,
                              .direct = direct,
                              .reply_to = {reply_to},
                              .mentions = given,
                              .mentions_count = mentions_count,
                              .everybody = members_count < 0,
                              .content = orch__wasm_text_at(0, content_len)};
    orch_daemon_id *found = (orch_daemon_id *)(void *)routed.ptr;
    size_t count;

    ORCH_ASSERT(mentions_count + (members_count > 0 ? (uint32_t)members_count : 0) <= ids.capacity / 4);
    if (members_count > 0) {
        incoming.members = given + mentions_count;
        incoming.members_count = (size_t)members_count;
    }
    count = orch_route(core, &incoming, found, routed.capacity / 4);
    if (count > routed.capacity / 4) {
        ORCH_ASSERT(orch__wasm_reserve(&routed, (uint32_t)count * 4));
        found = (orch_daemon_id *)(void *)routed.ptr;
        count = orch_route(core, &incoming, found, count);
    }
    return (uint32_t)count;
}

/* The daemons (u32) of the last route. */
EXPORT(routed) const char *orch_wasm_routed(void)
{
    return routed.ptr;
}

/* Routes a message to one daemon and hands it over. Bits of `how`: 1 a direct channel, 2 a reply to this daemon, 4 it is among
 * the mentions, 8 the host carries out nothing at the moment (hand_over); the content is in the text buffer. */
EXPORT(ask)
int orch_wasm_ask(orch_core *core, double now, uint32_t daemon, double message, double channel, double thread,
                  double author, uint32_t author_daemon, uint32_t hops, uint32_t how, uint32_t content_len)
{
    orch_daemon_id id = {daemon}, found;
    orch_incoming incoming = {.author = {orch__wasm_handle(author)},
                              .author_daemon = {author_daemon},
                              .hops = hops,
                              .direct = (how & 1) != 0,
                              .reply_to = {how & 2 ? daemon : 0},
                              .mentions = &id,
                              .mentions_count = (how & 4) != 0,
                              .members = &id,
                              .members_count = 1,
                              .content = orch__wasm_text_at(0, content_len)};
    orch_event_message handed = {.daemon = id,
                                 .message = {orch__wasm_handle(message)},
                                 .channel = {orch__wasm_handle(channel)},
                                 .thread = {orch__wasm_handle(thread)},
                                 .author = incoming.author};

    handed.addressed = orch_route(core, &incoming, &found, 1) > 0;
    return hand_over(core, now, &handed, (how & 8) != 0);
}

/* ---- looking inside ----------------------------------------------------------------------------- */

/* Infinity: never. */
EXPORT(next_deadline) double orch_wasm_next_deadline(const orch_core *core)
{
    int64_t deadline = orch_next_deadline(core);

    told.core = core;
    told.deadline = deadline;
    return deadline == INT64_MAX ? __builtin_inf() : (double)deadline;
}

enum { HEALTH_FIELDS = 9 };
static double health_fields[HEALTH_FIELDS];

/* Fills in what health() points to, nine f64: status, started, uptime, last heartbeat, active conversations, queued,
 * answered, restarts, managed. ORCH_E_NOT_FOUND. */
EXPORT(health_read) int orch_wasm_health_read(const orch_core *core, double now, uint32_t daemon)
{
    orch_health health;
    int error = orch_core_health(core, (orch_daemon_id){daemon}, (int64_t)now, &health);

    if (error)
        return error;
    health_fields[0] = (double)health.status;
    health_fields[1] = (double)health.started_ms;
    health_fields[2] = (double)health.uptime_ms;
    health_fields[3] = (double)health.last_heartbeat_ms;
    health_fields[4] = (double)health.conversations_active;
    health_fields[5] = (double)health.queued;
    health_fields[6] = (double)health.answered;
    health_fields[7] = (double)health.restarts;
    health_fields[8] = health.managed ? 1 : 0;
    return 0;
}

EXPORT(health) const double *orch_wasm_health(void)
{
    return health_fields;
}

/* Terminated. */
EXPORT(error_name) const char *orch_wasm_error_name(int32_t error)
{
    return orch_error_name(error);
}

EXPORT(error_text) const char *orch_wasm_error_text(int32_t error)
{
    return orch_error_text(error);
}
