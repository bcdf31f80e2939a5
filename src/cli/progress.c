#include "progress.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define EVERY_MS 200

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

static void draw(const orch__progress *progress)
{
    uint64_t done = atomic_load(&progress->done), total = atomic_load(&progress->total);
    uint64_t passed_ms = uv_hrtime() / 1000000 - progress->begin_ms;
    double seconds = (double)passed_ms / 1000;

    if (total > 0)
        fprintf(stderr, "\r\033[K%s: %d %%, %.0f s", progress->label, (int)(done * 100 / total), seconds);
    else
        fprintf(stderr, "\r\033[K%s: %.0f s", progress->label, seconds);
}

static void run(void *user)
{
    orch__progress *progress = user;

    uv_mutex_lock(&progress->lock);
    while (!progress->ending) {
        (void)uv_cond_timedwait(&progress->ends, &progress->lock, UINT64_C(1000000) * EVERY_MS);
        if (!progress->ending)
            draw(progress);
    }
    uv_mutex_unlock(&progress->lock);
}

void orch__progress_begin(orch__progress *progress, const char *label)
{
    struct sigaction action = {.sa_handler = on_interrupt};

    *progress = (orch__progress){.label = label, .begin_ms = uv_hrtime() / 1000000};
    interrupted = 0;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    if (!isatty(STDERR_FILENO))
        return;
    draw(progress);
    uv_mutex_init(&progress->lock);
    uv_cond_init(&progress->ends);
    progress->running = uv_thread_create(&progress->thread, run, progress) == 0;
}

bool orch__progress_step(uint64_t done, uint64_t total, void *user)
{
    orch__progress *progress = user;

    atomic_store(&progress->total, total);
    atomic_store(&progress->done, done);
    return !interrupted;
}

void orch__progress_end(orch__progress *progress)
{
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    if (!isatty(STDERR_FILENO))
        return;
    if (progress->running) {
        uv_mutex_lock(&progress->lock);
        progress->ending = true;
        uv_cond_signal(&progress->ends);
        uv_mutex_unlock(&progress->lock);
        uv_thread_join(&progress->thread);
    }
    uv_cond_destroy(&progress->ends);
    uv_mutex_destroy(&progress->lock);
    fputs("\r\033[K", stderr);
}
