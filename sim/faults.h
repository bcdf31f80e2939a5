/* What can go wrong. Each seed enables a random subset, each with its own intensity and its own windows of time. */
#ifndef SIM_FAULTS_H
#define SIM_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct sim_world sim_world;

/* name, words for a person */
#define SIM_FAULTS(X)                                                                                        \
    X(MODEL_SLOW, "the model takes long")                                                                    \
    X(MODEL_LIMITED, "429, with and without retry-after")                                                    \
    X(MODEL_BROKEN, "5xx")                                                                                   \
    X(MODEL_CUT, "the stream is cut")                                                                        \
    X(MODEL_HANGS, "no answer until the attempt's timeout")                                                  \
    X(MODEL_DEAF, "no answer, and the attempt's timeout is lost as well")                                    \
    X(MODEL_REFUSES, "refuses for good")                                                                     \
    X(MODEL_UNFIT, "this model cannot, the next one may")                                                    \
    X(RESULT_LATE, "a result arrives after its attempt was cancelled")                                       \
    X(RESULT_TWICE, "a result arrives twice")                                                                \
    X(STORE_SLOW, "commits take long")                                                                       \
    X(STORE_FAILS, "single commits fail")                                                                    \
    X(DISK_FULL, "no commit succeeds for a while")                                                           \
    X(OPEN_FAILS, "a daemon does not open")                                                                  \
    X(OPEN_SILENT, "opening is never answered")                                                              \
    X(HEARTBEAT_LOST, "heartbeats are not answered")                                                         \
    X(DAEMON_FAULT, "the host sees a fault of a daemon")                                                     \
    X(CLOCK_JUMP, "the clock is set, forwards or back")                                                      \
    X(STALL, "the process stands still (SIGSTOP)")                                                           \
    X(CRASH, "kill -9 between two effects or around a store operation")                                      \
    X(DUPLICATE, "a message is delivered again")                                                             \
    X(CARELESS, "an orchestrator's own message is delivered to it")                                          \
    X(DISCONNECT, "requests and answers of clients are lost")                                                \
    X(ALLOCATOR, "the allocator fails")                                                                      \
    X(STRAY_TICK, "ticks that nobody asked for")                                                             \
    X(BURST, "many messages at once")                                                                        \
    X(DELETION, "messages are deleted")                                                                      \
    X(STOPPING, "answers are stopped")                                                                       \
    X(RETRYING, "failures are tried again")                                                                  \
    X(LOGIN, "logins and logouts")                                                                           \
    X(OPERATOR, "starts, stops, restarts")                                                                   \
    X(STOP_ALL, "all daemons are stopped")                                                                   \
    X(RECONFIGURE, "the manager's configuration changes")                                                    \
    X(UPDATE, "orchestrators change")                                                                        \
    X(UNREGISTER, "orchestrators are removed and added")                                                     \
    X(SHUTDOWN, "the host ends in an orderly way and starts again")                                          \
    X(GOSSIP, "orchestrators mention each other in their replies")

typedef enum sim_fault {
#define SIM_FAULT_ENUM(id, words) SIM_FAULT_##id,
    SIM_FAULTS(SIM_FAULT_ENUM)
#undef SIM_FAULT_ENUM
        SIM_FAULT_COUNT
} sim_fault;

typedef struct sim_fault_plan {
    bool enabled;
    bool active;       /* inside a window */
    uint32_t permille; /* chance at each opportunity inside a window */
    int64_t on_ms;     /* mean length of a window; 0: always on */
    int64_t off_ms;
} sim_fault_plan;

const char *sim_fault_words(sim_fault fault);

/* Draws the plan of this seed. */
void sim_faults_draw(sim_world *world);
/* Begins the windows; called once at the beginning of a run. */
void sim_faults_begin(sim_world *world);
/* A window begins or ends (SIM_FAULT_TOGGLE). */
void sim_fault_toggle(sim_world *world, sim_fault fault);
/* From now on nothing goes wrong any more. */
void sim_faults_end(sim_world *world);

/* Does it happen, here and now? */
bool sim_strikes(sim_world *world, sim_fault fault);
/* Inside a window? */
bool sim_fault_on(const sim_world *world, sim_fault fault);

#endif
