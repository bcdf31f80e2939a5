/* How fast the core decides, beside the least that such a decision costs: remembering a message in a hash set and passing
 * it through a queue. One thread, no I/O.
 *
 *   messages     addressed message → turn → reply stored, in messages a second
 *   routing      who is addressed by a message of 40 bytes, with 100,000 orchestrators registered
 *   heartbeats   CPU of one heartbeat, request and answer
 *   memory       bytes a registered daemon
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "orchd/core.h"

#define DAEMONS  100000u
#define MESSAGES 4000000u

static void *resize(void *user, void *block, size_t size_old, size_t size_new)
{
    (void)user;
    (void)size_old;
    if (size_new)
        return realloc(block, size_new);
    free(block);
    return NULL;
}

/* CPU time: the figures are of the work, not of who else uses the machine. */
static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void step(orch_core *core, const orch_event *event, int64_t now, orch_effects *effects)
{
    int error = orch_step(core, event, now, effects);

    if (error) {
        fprintf(stderr, "%s: %s\n", orch_event_kind_name(event->kind), orch_error_name(error));
        exit(1);
    }
}

static void start_daemon(orch_core *core, uint32_t number)
{
    char name[32], email[48];
    orch_daemon_spec spec = {
        .daemon = {number},
        .user = {number},
        .role = ORCH_STR("Librarian"),
        .auto_respond = true,
        .heartbeat_ms = 30000,
        .conversations_running_max = 10,
        .models_count = 1,
    };
    orch_event event = {.kind = ORCH_EV_REGISTER, .daemon = {number}, .spec = &spec};
    orch_effects effects;

    spec.name = (orch_str){name, (size_t)snprintf(name, sizeof(name), "Worker%u Smith", number)};
    spec.email = (orch_str){email, (size_t)snprintf(email, sizeof(email), "worker%u@example.org", number)};
    step(core, &event, 0, &effects);
    event = (orch_event){.kind = ORCH_EV_START, .daemon = {number}, .managed = true};
    step(core, &event, number % 30000, &effects);
    event = (orch_event){.kind = ORCH_EV_OPENED, .daemon = {number}};
    step(core, &event, number % 30000, &effects);
}

static double measure_messages(orch_core *core)
{
    int64_t now = 30001;
    uint64_t replies = 0;
    double begin = seconds();

    for (uint32_t i = 1; i <= MESSAGES; i++) {
        orch_event event = {.kind = ORCH_EV_MESSAGE};
        orch_effects effects;

        event.message = (orch_event_message){
            .daemon = {1 + i % 1000},
            .message = {i},
            .channel = {1 + i % 64},
            .author = {1000000},
            .addressed = true,
        };
        step(core, &event, now, &effects);
        event = (orch_event){.kind = ORCH_EV_TURN_DONE, .turn = effects.items[effects.count - 1].turn};
        step(core, &event, now, &effects);
        replies += effects.items[effects.count - 1].kind == ORCH_FX_TURN_REPLY;
        event = (orch_event){.kind = ORCH_EV_TURN_STORED, .turn = effects.items[effects.count - 1].turn};
        step(core, &event, now, &effects);
    }
    if (replies != MESSAGES) {
        fprintf(stderr, "%llu replies to %u messages\n", (unsigned long long)replies, MESSAGES);
        exit(1);
    }
    return MESSAGES / (seconds() - begin);
}

/* The least: each message once into a hash set of the same size as the core's memory, and through a ring. */
static double measure_least(void)
{
    static uint64_t set[131072], ring[65536];
    uint64_t sum = 0;
    double begin = seconds();

    for (uint64_t i = 1; i <= MESSAGES; i++) {
        uint64_t key = (i % 1000 << 40) ^ i, at = key * 0x9E3779B97F4A7C15u >> 47;

        for (unsigned probe = 0; probe < 8 && set[(at + probe) & 131071] && set[(at + probe) & 131071] != key;
             probe++)
            sum++;
        set[at & 131071] = key;
        ring[i & 65535] = key;
        sum += ring[(i - 1) & 65535];
    }
    if (sum == 0)
        exit(1);
    return MESSAGES / (seconds() - begin);
}

static double measure_routing(orch_core *core)
{
    orch_incoming incoming = {.author = {1000000}};
    orch_daemon_id found[4];
    const uint32_t rounds = 2000000;
    uint64_t hits = 0;
    double begin;
    char text[64];

    begin = seconds();
    for (uint32_t i = 0; i < rounds; i++) {
        incoming.content =
            (orch_str){text, (size_t)snprintf(text, sizeof(text), "please look, @worker%u, what is new",
                                              1 + i % DAEMONS)};
        hits += orch_route(core, &incoming, found, 4);
    }
    if (hits != rounds)
        exit(1);
    return (seconds() - begin) / rounds * 1e9;
}

/* Two minutes of all daemons, each beat answered at once. */
static double measure_heartbeats(orch_core *core, uint64_t *out_beats)
{
    int64_t now = 40000;
    static orch_daemon_id due[1024];
    double begin = seconds();

    *out_beats = 0;
    while (now < 40000 + 120000) {
        orch_event tick = {.kind = ORCH_EV_TICK};
        orch_effects effects;
        size_t count = 0;

        step(core, &tick, now, &effects);
        for (size_t i = 0; i < effects.count && count < 1024; i++)
            if (effects.items[i].kind == ORCH_FX_HEARTBEAT)
                due[count++] = effects.items[i].daemon;
        for (size_t i = 0; i < count; i++) {
            orch_event beat = {.kind = ORCH_EV_HEARTBEAT, .daemon = due[i]};

            step(core, &beat, now, &effects);
        }
        *out_beats += count;
        if (orch_next_deadline(core) > now)
            now = orch_next_deadline(core);
    }
    return (seconds() - begin) / (double)*out_beats * 1e9;
}

int main(void)
{
    orch_core_config config;
    orch_core *core;
    size_t empty;
    double messages, least, routing, beat;
    uint64_t beats;

    orch_core_config_init(&config);
    config.allocator.resize = resize;
    if (orch_core_new(&config, &core))
        return 1;
    empty = orch_core_memory(core);
    for (uint32_t i = 1; i <= DAEMONS; i++)
        start_daemon(core, i);
    printf("memory       %8.0f bytes a daemon at %u\n", (double)(orch_core_memory(core) - empty) / DAEMONS,
           DAEMONS);
    messages = measure_messages(core);
    least = measure_least();
    printf("messages     %8.2f M/s, %.2f of the least (%.2f M/s)\n", messages / 1e6, messages / least,
           least / 1e6);
    routing = measure_routing(core);
    printf("routing      %8.0f ns a message, among %u orchestrators\n", routing, DAEMONS);
    beat = measure_heartbeats(core, &beats);
    printf("heartbeats   %8.0f ns each (%llu of them)\n", beat, (unsigned long long)beats);
    orch_core_free(core);
    return 0;
}
