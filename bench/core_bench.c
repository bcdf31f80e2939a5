/* How fast the core decides and how much it holds, each beside the least that such work costs. One thread, no I/O.
 *
 * The house: 100,000 daemons run. 1,000 of them are spoken to, in 64 channels each; 256 messages are under way at a time, as
 * in a server that stores many replies in one transaction. Every round measures everything once:
 *
 *   message to reply effect   ORCH_EV_MESSAGE and ORCH_EV_TURN_DONE, to ORCH_FX_TURN_REPLY
 *   with its store            the same and ORCH_EV_TURN_STORED, which frees the turn and emits
 *   routed by content         the same after orch_route() has read the text, among a channel's 16 members
 *   routing alone             orch_route() among all 100,000
 *   heartbeats                the tick that asks, the answer, the event; in the order of the numbers, as after a start of
 *                             all, and in random order
 *   memory                    bytes a daemon, new, and when each has answered once
 *
 *   core_bench [ROUNDS]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figure.h"
#include "orchd/core.h"

#define DAEMONS      100000u
#define SPOKEN_TO    1000u
#define CHANNELS     64u
#define UNDER_WAY    256u
#define BATCHES      1000u /* a round */
#define MEMBERS      16u
#define HEARTBEAT_MS 30000
#define SEEN         65536u /* orch_core_config.seen_max */

static orch_core *core;
static int64_t now_ms;
static uint64_t messages_count;
static char texts[DAEMONS + 1][48]; /* one that mentions each daemon */

static void *resize(void *user, void *block, size_t size_old, size_t size_new)
{
    (void)user;
    (void)size_old;
    if (size_new)
        return realloc(block, size_new);
    free(block);
    return NULL;
}

static void demand(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "core_bench: %s\n", what);
    exit(1);
}

static orch_effects step(const orch_event *event)
{
    orch_effects effects;
    int error = orch_step(core, event, now_ms, &effects);

    if (error) {
        fprintf(stderr, "core_bench: %s: %s\n", orch_event_kind_name(event->kind), orch_error_name(error));
        exit(1);
    }
    return effects;
}

static uint32_t scatter(uint32_t number)
{
    return (uint32_t)((number * 0x9E3779B97F4A7C15u) >> 32);
}

/* ---- the house ---------------------------------------------------------------------------------- */

static void start_daemon(uint32_t number)
{
    char name[32], email[48];
    orch_daemon_spec spec = {
        .daemon = {number},
        .user = {number},
        .role = ORCH_STR("Librarian"),
        .auto_respond = true,
        .heartbeat_ms = HEARTBEAT_MS,
        .conversations_running_max = 10,
        .models_count = 1,
    };

    spec.name = (orch_str){name, (size_t)snprintf(name, sizeof name, "Worker%u Smith", number)};
    spec.email = (orch_str){email, (size_t)snprintf(email, sizeof email, "worker%u@example.org", number)};
    step(&(orch_event){.kind = ORCH_EV_REGISTER, .daemon = {number}, .spec = &spec});
    step(&(orch_event){.kind = ORCH_EV_START, .daemon = {number}, .managed = true});
    step(&(orch_event){.kind = ORCH_EV_OPENED, .daemon = {number}});
    snprintf(texts[number], sizeof texts[number], "please look, @worker%u, what is new", number);
}

/* Returns what the core held without them. */
static size_t start_all(void)
{
    orch_core_config config;
    size_t empty;

    orch_core_config_init(&config);
    config.allocator.resize = resize;
    demand(orch_core_new(&config, &core) == 0, "no core");
    empty = orch_core_memory(core);
    for (uint32_t i = 1; i <= DAEMONS; i++) {
        now_ms = 1 + (int64_t)i * HEARTBEAT_MS / DAEMONS;
        start_daemon(i);
    }
    return empty;
}

/* ---- messages ----------------------------------------------------------------------------------- */

/* The host's events: it fills in what differs from one message to the next. */
static orch_event message = {.kind = ORCH_EV_MESSAGE, .message = {.author = {1000000}, .addressed = true}};
static orch_event done = {.kind = ORCH_EV_TURN_DONE};
static orch_event stored = {.kind = ORCH_EV_TURN_STORED};

static void next_message(void)
{
    uint64_t i = ++messages_count;

    message.message.message.v = i;
    message.message.daemon.v = 1 + (uint32_t)(i % SPOKEN_TO);
    message.message.channel.v = 1 + i / SPOKEN_TO % CHANNELS;
}

/* From the message to the reply effect. */
static orch_turn_id reply(void)
{
    orch_effects effects = step(&message);

    done.turn = effects.items[effects.count - 1].turn;
    effects = step(&done);
    demand(effects.items[effects.count - 1].kind == ORCH_FX_TURN_REPLY, "a message without a reply");
    return done.turn;
}

static void store_replies(const orch_turn_id *turns, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        stored.turn = turns[i];
        step(&stored);
    }
}

static void route(void)
{
    uint32_t number = message.message.daemon.v;
    orch_daemon_id members[MEMBERS], found[4];
    orch_incoming incoming = {.author = message.message.author, .members = members, .members_count = MEMBERS};

    for (uint32_t i = 0; i < MEMBERS; i++)
        members[i].v = number + i;
    incoming.content = (orch_str){texts[number], strlen(texts[number])};
    demand(orch_route(core, &incoming, found, 4) == 1, "a mention of nobody");
    message.message.daemon = found[0];
}

/* Millions of messages a second. */
static double messages_a_second(bool routed, bool with_store)
{
    double took = 0;

    for (uint32_t batch = 0; batch < BATCHES; batch++) {
        orch_turn_id turns[UNDER_WAY];
        double begin = figure_clock(), replied;

        for (uint32_t i = 0; i < UNDER_WAY; i++) {
            next_message();
            if (routed)
                route();
            turns[i] = reply();
        }
        replied = figure_clock();
        store_replies(turns, UNDER_WAY);
        took += (with_store ? figure_clock() : replied) - begin;
    }
    return BATCHES * UNDER_WAY / took / 1e6;
}

static void write_effects(uint32_t count, uint64_t number)
{
    static orch_effect effects[4];

    for (uint32_t i = 0; i < count; i++)
        effects[i] = (orch_effect){.kind = ORCH_FX_EMIT, .message = {number}};
    __asm__ volatile("" : : "r"(effects) : "memory"); /* as if somebody read them */
}

/* The least: each message is looked up in a set of as many as the core remembers, put in, the oldest taken out, and
 * `effects_each` effects are written. */
static double least_a_second(uint32_t effects_each)
{
    static uint64_t set[SEEN * 2], remembered[SEEN];
    static uint64_t next;
    const uint64_t mask = SEEN * 2 - 1;
    double begin = figure_clock();

    for (uint32_t i = 0; i < BATCHES * UNDER_WAY; i++) {
        uint64_t key = ++next * 0x9E3779B97F4A7C15u, at = key >> 40 & mask, old = remembered[next % SEEN];

        if (set[old >> 40 & mask] == old)
            set[old >> 40 & mask] = 0;
        demand(set[at] != key, "a message twice");
        set[at] = key;
        remembered[next % SEEN] = key;
        write_effects(effects_each, next);
    }
    return BATCHES * UNDER_WAY / (figure_clock() - begin) / 1e6;
}

/* Nanoseconds a message. */
static double routing(void)
{
    orch_incoming incoming = {.author = {1000000}, .everybody = true};
    orch_daemon_id found[4];
    double begin = figure_clock();

    for (uint32_t i = 1; i <= DAEMONS; i++) {
        uint32_t number = 1 + scatter(i) % DAEMONS;

        incoming.content = (orch_str){texts[number], strlen(texts[number])};
        demand(orch_route(core, &incoming, found, 4) == 1 && found[0].v == number, "a mention of nobody");
    }
    return (figure_clock() - begin) / DAEMONS * 1e9;
}

/* ---- heartbeats --------------------------------------------------------------------------------- */

/* What the tick asks for, answered at once; returns how many. */
static uint32_t beat_once(void)
{
    static orch_daemon_id due[1024];
    orch_effects effects;
    uint32_t count = 0;

    if (orch_next_deadline(core) > now_ms)
        now_ms = orch_next_deadline(core);
    effects = step(&(orch_event){.kind = ORCH_EV_TICK});
    for (size_t i = 0; i < effects.count && count < 1024; i++)
        if (effects.items[i].kind == ORCH_FX_HEARTBEAT)
            due[count++] = effects.items[i].daemon;
    for (uint32_t i = 0; i < count; i++)
        step(&(orch_event){.kind = ORCH_EV_HEARTBEAT, .daemon = due[i]});
    return count;
}

/* Nanoseconds a beat, health checks included: each daemon's is due once in two beats. */
static double heartbeats(void)
{
    int64_t end_ms = now_ms + 2 * HEARTBEAT_MS;
    uint32_t beats = 0;
    double begin = figure_clock();

    while (now_ms < end_ms)
        beats += beat_once();
    return (figure_clock() - begin) / beats * 1e9;
}

/* From now on the beats come in random order. */
static void scatter_heartbeats(void)
{
    static uint32_t order[DAEMONS];

    for (uint32_t i = 0; i < DAEMONS; i++)
        order[i] = i + 1;
    for (uint32_t i = DAEMONS - 1; i > 0; i--) {
        uint32_t other = scatter(i) % (i + 1), number = order[i];

        order[i] = order[other];
        order[other] = number;
    }
    for (uint32_t i = 0; i < DAEMONS; i++) {
        orch_daemon_id daemon = {order[i]};

        if (i % (DAEMONS / HEARTBEAT_MS) == 0) {
            now_ms++;
            (void)beat_once();
        }
        step(&(orch_event){.kind = ORCH_EV_STOP, .daemon = daemon});
        step(&(orch_event){.kind = ORCH_EV_START, .daemon = daemon, .managed = true});
        step(&(orch_event){.kind = ORCH_EV_OPENED, .daemon = daemon});
    }
}

/* The least: in the same order, a record of one cache line a daemon is read and written and two effects are written. */
static double least_heartbeats(bool random)
{
    static struct {
        uint64_t line[8];
    } records[DAEMONS];
    double begin = figure_clock();

    for (uint32_t i = 0; i < DAEMONS; i++) {
        uint32_t number = random ? scatter(i) % DAEMONS : i;

        records[number].line[0] += i;
        write_effects(2, number);
    }
    return (figure_clock() - begin) / DAEMONS * 1e9;
}

/* ---- memory ------------------------------------------------------------------------------------- */

static double bytes_a_daemon(size_t empty)
{
    return (double)(orch_core_memory(core) - empty) / DAEMONS;
}

/* The least: the texts, and what anybody can ask of a daemon. */
static double least_bytes(void)
{
    size_t bytes = 0;

    for (uint32_t i = 1; i <= DAEMONS; i++)
        bytes += (size_t)snprintf(NULL, 0,
                                  "Worker%u Smith"
                                  "worker%u@example.org"
                                  "Librarian",
                                  i, i);
    return (double)bytes / DAEMONS + sizeof(orch_health);
}

/* One message to each daemon, as many under way as before. */
static void let_all_answer(void)
{
    orch_turn_id turns[UNDER_WAY];
    uint32_t count = 0;

    for (uint32_t number = 1; number <= DAEMONS; number++) {
        next_message();
        message.message.daemon.v = number;
        turns[count++] = reply();
        if (count == UNDER_WAY || number == DAEMONS) {
            store_replies(turns, count);
            count = 0;
        }
    }
}

/* ---- all of it ---------------------------------------------------------------------------------- */

enum { REPLY, STORED, ROUTED, ROUTING, BEAT, BEAT_RANDOM, MEMORY, MEMORY_USED, FIGURES };

static figure figures[FIGURES] = {
    [REPLY] = {"message to reply effect", "M/s", FIGURE_AT_LEAST, 5, "a set of 65,536 and 2 effects"},
    [STORED] = {"with its store", "M/s", FIGURE_AT_LEAST, 0, "a set of 65,536 and 4 effects"},
    [ROUTED] = {"routed by content, with its store", "M/s", FIGURE_AT_LEAST, 0, NULL},
    [ROUTING] = {"routing alone, among 100,000", "ns", FIGURE_AT_MOST, 0, NULL},
    [BEAT] = {"heartbeat", "ns", FIGURE_AT_MOST, 100, "a cache line and 2 effects"},
    [BEAT_RANDOM] = {"heartbeats in random order", "ns", FIGURE_AT_MOST, 0, "the same, in random order"},
    [MEMORY] = {"memory a daemon, of 100,000", "bytes", FIGURE_AT_MOST, 512, "its texts and its health"},
    [MEMORY_USED] = {"memory, when each has answered once", "bytes", FIGURE_AT_MOST, 512, NULL},
};

static void measure_messages(void)
{
    figure_add(&figures[REPLY], messages_a_second(false, false));
    figure_add_limit(&figures[REPLY], least_a_second(2));
    figure_add(&figures[STORED], messages_a_second(false, true));
    figure_add_limit(&figures[STORED], least_a_second(4));
    figure_add(&figures[ROUTED], messages_a_second(true, true));
    figure_add(&figures[ROUTING], routing());
}

static void measure_all(uint32_t rounds)
{
    size_t empty = start_all();

    figure_add(&figures[MEMORY], bytes_a_daemon(empty));
    figure_add_limit(&figures[MEMORY], least_bytes());
    for (uint32_t i = 0; i < rounds; i++) {
        measure_messages();
        figure_add(&figures[BEAT], heartbeats());
        figure_add_limit(&figures[BEAT], least_heartbeats(false));
    }
    scatter_heartbeats();
    for (uint32_t i = 0; i < rounds; i++) {
        figure_add(&figures[BEAT_RANDOM], heartbeats());
        figure_add_limit(&figures[BEAT_RANDOM], least_heartbeats(true));
    }
    let_all_answer();
    figure_add(&figures[MEMORY_USED], bytes_a_daemon(empty));
    orch_core_free(core);
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 9;

    if (rounds < 1 || rounds > (int)FIGURE_ROUNDS_MAX) {
        fprintf(stderr, "core_bench: %s rounds; allowed are 1 to %u\n", argv[1], FIGURE_ROUNDS_MAX);
        return 2;
    }
    measure_all((uint32_t)rounds);
    figure_print_heads();
    for (int i = 0; i < FIGURES; i++)
        figure_print(&figures[i]);
    return 0;
}
