#include "workers.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "checkers.h"

#define SHOWN_MAX      5  /* failures with their trace; the others are one line */
#define SEED_SECONDS   30 /* a seed that takes longer hangs */
#define PROGRESS_STEPS 10

/* Shared by all processes; every field is changed atomically. */
typedef struct board {
    uint64_t next; /* the seed to run next */
    uint64_t passed;
    uint64_t failed;
    uint64_t virtual_ms;
    uint64_t events;
    uint64_t crashes;
    uint64_t messages;
    uint64_t turns;
    uint64_t stop;
    uint64_t at[SIM_JOBS_MAX]; /* the seed that each worker is at; 0: none */
} board;

static uint64_t add(uint64_t *counter, uint64_t n)
{
    return __atomic_fetch_add(counter, n, __ATOMIC_SEQ_CST);
}

static uint64_t load(const uint64_t *counter)
{
    return __atomic_load_n(counter, __ATOMIC_SEQ_CST);
}

static void tell_failure(board *shared, const sim_world *world, bool find)
{
    uint64_t failures = add(&shared->failed, 1);

    if (find)
        printf("found after %llu seeds by checker \"%s\": %s\n", (unsigned long long)world->seed,
               world->record.checker, world->record.words);
    else if (failures < SHOWN_MAX)
        sim_trace_tail(&world->trace);
    if (!find)
        printf("FAILED seed %llu at %.3f s: %s: %s\n    repeat: ./dev sim %llu\n",
               (unsigned long long)world->seed, (double)world->record.failed_ms / 1000, world->record.checker,
               world->record.words, (unsigned long long)world->seed);
    fflush(stdout);
    if (find)
        (void)add(&shared->stop, 1);
}

static void work(const sim_batch *batch, board *shared, unsigned self)
{
    static sim_world world;
    uint64_t seed;

    sim_world_init(&world);
    while (load(&shared->stop) == 0 && (seed = add(&shared->next, 1)) <= batch->to) {
        __atomic_store_n(&shared->at[self], seed, __ATOMIC_SEQ_CST);
        alarm(SEED_SECONDS);
        sim_world_run(&world, seed, batch->options);
        if (sim_failed(&world))
            tell_failure(shared, &world, batch->find);
        else
            (void)add(&shared->passed, 1);
        (void)add(&shared->virtual_ms, (uint64_t)world.now_ms);
        (void)add(&shared->events, world.events);
        (void)add(&shared->crashes, world.crashes);
        (void)add(&shared->messages, world.store.messages_count - 1);
        (void)add(&shared->turns, world.store.rows_count - 1);
    }
    __atomic_store_n(&shared->at[self], 0, __ATOMIC_SEQ_CST);
    sim_world_fini(&world);
}

static pid_t start_worker(const sim_batch *batch, board *shared, unsigned self)
{
    pid_t pid;

    fflush(stdout);
    pid = fork();
    if (pid < 0) {
        perror("orchd-sim: fork");
        exit(2);
    }
    if (pid == 0) {
        work(batch, shared, self);
        exit(0);
    }
    return pid;
}

/* True: a worker died over its seed, and another takes its place. */
static bool bury(const sim_batch *batch, board *shared, unsigned self, int status)
{
    uint64_t seed = load(&shared->at[self]);

    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return false;
    (void)add(&shared->failed, 1);
    if (batch->find)
        printf("found after %llu seeds by an assertion of the core (signal %d)\n", (unsigned long long)seed,
               WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    else
        printf("FAILED seed %llu: the process died, signal %d%s\n    repeat: ./dev sim %llu\n",
               (unsigned long long)seed, WIFSIGNALED(status) ? WTERMSIG(status) : 0,
               WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM ? " (it took too long)" : "",
               (unsigned long long)seed);
    if (batch->find)
        (void)add(&shared->stop, 1);
    return load(&shared->stop) == 0;
}

static void show_progress(const sim_batch *batch, const board *shared, uint64_t *shown)
{
    uint64_t done = load(&shared->passed) + load(&shared->failed);
    uint64_t all = batch->to - batch->from + 1;
    uint64_t step = done * PROGRESS_STEPS / all;

    if (batch->find || step <= *shown)
        return;
    *shown = step;
    printf("%llu of %llu seeds, %.2f years, %llu failed\n", (unsigned long long)done, (unsigned long long)all,
           (double)load(&shared->virtual_ms) / (365.25 * 86400000),
           (unsigned long long)load(&shared->failed));
    fflush(stdout);
}

static int close_batch(const sim_batch *batch, const board *shared, double seconds)
{
    uint64_t failed = load(&shared->failed);

    printf("%.2f years of virtual time in %.1f s: %llu events, %llu crashes, %llu messages, %llu turns\n",
           (double)load(&shared->virtual_ms) / (365.25 * 86400000), seconds,
           (unsigned long long)load(&shared->events), (unsigned long long)load(&shared->crashes),
           (unsigned long long)load(&shared->messages), (unsigned long long)load(&shared->turns));
    if (batch->find) {
        if (!failed)
            printf("nothing was found in %llu seeds\n", (unsigned long long)load(&shared->passed));
        return failed ? 0 : 1;
    }
    printf("%llu passed, %llu failed\n", (unsigned long long)load(&shared->passed),
           (unsigned long long)failed);
    return failed ? 1 : 0;
}

static double seconds_since(const struct timespec *begin)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - begin->tv_sec) + (double)(now.tv_nsec - begin->tv_nsec) / 1e9;
}

/* Waits for the workers; SIGCHLD is blocked, so that none can end unseen. */
static void supervise(const sim_batch *batch, board *shared, pid_t *workers, const struct timespec *begin)
{
    const struct timespec look = {.tv_sec = 1};
    unsigned alive = batch->jobs;
    uint64_t shown = 0;
    sigset_t child;
    int status;
    pid_t pid;

    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    while (alive > 0) {
        (void)sigtimedwait(&child, NULL, &look);
        show_progress(batch, shared, &shown);
        if (batch->minutes && seconds_since(begin) >= 60.0 * batch->minutes)
            (void)add(&shared->stop, 1);
        while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
            for (unsigned i = 0; i < batch->jobs; i++) {
                if (workers[i] != pid)
                    continue;
                if (bury(batch, shared, i, status))
                    workers[i] = start_worker(batch, shared, i);
                else
                    alive--;
            }
        }
    }
    show_progress(batch, shared, &shown);
}

int sim_workers_run(const sim_batch *batch)
{
    board *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t workers[SIM_JOBS_MAX];
    struct timespec begin;
    sigset_t child;
    int code;

    if (shared == MAP_FAILED) {
        perror("orchd-sim: mmap");
        return 2;
    }
    clock_gettime(CLOCK_MONOTONIC, &begin);
    shared->next = batch->from;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
    for (unsigned i = 0; i < batch->jobs; i++)
        workers[i] = start_worker(batch, shared, i);
    supervise(batch, shared, workers, &begin);
    code = close_batch(batch, shared, seconds_since(&begin));
    munmap(shared, sizeof *shared);
    return code;
}
