/* What the runtime knows of its storage: every answer of the database passes here first, and while something is wrong, or a
 * question has been on its way for long, a timer asks again. So a fault is over soon after its cause is, with nobody asking.
 *
 *     quiet ── an answer with an error ──▶ a fault is open: asks each second (by writing, if writing failed)
 *       ▲                                         │
 *       └───────────── an answer without one ─────┘
 *
 * A database that hangs has no answer: a question that is older than ANSWER_MAX_MS opens its fault. Ages are of the
 * engine's time, so that a process that was stopped does not blame its database.
 */
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "runtime_parts.h"

#define ANSWER_MAX_MS  5000
#define WATCH_MS       1000
#define DISK_LOW_BYTES (32ull << 20)

/* ---- answers ---- */

static bool is_of_the_disk(int error)
{
    return error == ORCH_E_DISK_FULL || error == ORCH_E_IO || error == ORCH_E_CORRUPT ||
           error == ORCH_E_LOCKED;
}

static bool has_written(const orch_result *result)
{
    for (size_t i = 0; i < orch_result_statements(result); i++)
        if (orch_result_changes(result, i) > 0)
            return true;
    return false;
}

void orch__storage_answered(orch_batch_kind batch, int error, const orch_result *result, void *user)
{
    orch_runtime *runtime = user;
    orch_fault_kind kind = batch == ORCH_BATCH_WRITE ? ORCH_FAULT_DATABASE_WRITE : ORCH_FAULT_DATABASE_READ;
    const char *words = result && orch_result_message(result) ? orch_result_message(result) : "";

    if (!error) {
        if (orch_fault_is_open(&runtime->faults, kind) && (batch == ORCH_BATCH_READ || has_written(result)))
            orch_runtime_fault_over(runtime, kind);
        return;
    }
    if (is_of_the_disk(error))
        orch_runtime_fault(runtime, kind, error, words);
    if (error == ORCH_E_CORRUPT)
        orch_runtime_fault(runtime, ORCH_FAULT_DATABASE_DAMAGE, error, words);
    if (error == ORCH_E_NO_MEMORY)
        orch_runtime_fault(runtime, ORCH_FAULT_MEMORY, error, "the database");
}

/* A daemon that was given up because the database hung is not to be blamed for it. */
static void start_again(orch_runtime *runtime)
{
    for (size_t i = 0; i < runtime->daemons_size; i++) {
        const orch__live_daemon *daemon = runtime->daemons[i];

        if (daemon && daemon->registered && daemon->status == ORCH_STATUS_ERROR &&
            daemon->failure == ORCH_E_HEARTBEAT && daemon->orchestrator->logged_in)
            (void)orch__live_daemon_send(runtime, ORCH_EV_START, daemon->orchestrator->daemon);
    }
}

void orch__storage_probed(orch_runtime *runtime)
{
    if (orch_fault_is_open(&runtime->faults, ORCH_FAULT_DATABASE_ANSWER)) {
        orch_runtime_fault_over(runtime, ORCH_FAULT_DATABASE_ANSWER);
        if (!runtime->closing)
            start_again(runtime);
    }
    orch__ready_settle(runtime);
}

/* ---- the timer ---- */

static bool needs_watching(const orch_runtime *runtime)
{
    return orch_fault_is_open(&runtime->faults, ORCH_FAULT_DATABASE_WRITE) ||
           orch_fault_is_open(&runtime->faults, ORCH_FAULT_DATABASE_READ) ||
           orch_fault_is_open(&runtime->faults, ORCH_FAULT_DATABASE_ANSWER) ||
           orch_fault_is_open(&runtime->faults, ORCH_FAULT_MEMORY);
}

static void read_probed(int error, const orch_result *result, void *user)
{
    orch_runtime *runtime = user;

    (void)error; /* orch__storage_answered has seen it */
    (void)result;
    runtime->storage.reading = false;
}

/* Reads through the reader: a probe goes through the writer. */
static void probe_reading(orch_runtime *runtime)
{
    orch_batch *batch = runtime->storage.reading ? NULL : orch_batch_new();

    if (!batch)
        return;
    if (orch_batch_add(batch, "SELECT count(*) FROM orchd_migrations", NULL, 0) < 0) {
        orch_batch_free(batch);
        return;
    }
    runtime->storage.reading =
        orch_database_submit(runtime->database, batch, ORCH_BATCH_READ, read_probed, runtime) == 0;
}

static void check_answer(orch_runtime *runtime)
{
    int64_t age_ms = orch_engine_now(runtime->engine) - runtime->heartbeats.probe_ms;
    char words[96];

    if (!runtime->heartbeats.probing || age_ms < ANSWER_MAX_MS)
        return;
    snprintf(words, sizeof words, "the database has not answered for %lld seconds",
             (long long)(age_ms / 1000));
    orch_runtime_fault(runtime, ORCH_FAULT_DATABASE_ANSWER, ORCH_E_TIMEOUT, words);
    orch__ready_settle(runtime);
}

static void watch_fired(uv_timer_t *timer)
{
    orch_runtime *runtime = timer->data;

    check_answer(runtime);
    orch__faults_expire(runtime);
    if (needs_watching(runtime)) {
        orch__live_heartbeat_probe(runtime);
        if (orch_fault_is_open(&runtime->faults, ORCH_FAULT_DATABASE_READ))
            probe_reading(runtime);
        orch__storage_room(runtime);
    }
    orch__storage_watch(runtime);
}

void orch__storage_watch(orch_runtime *runtime)
{
    uint64_t delay_ms = needs_watching(runtime) ? WATCH_MS : ANSWER_MAX_MS;
    bool needed = needs_watching(runtime) || runtime->heartbeats.probing;

    if (runtime->halted || runtime->leaving || !runtime->handles_open || !runtime->engine)
        return;
    if (!needed)
        uv_timer_stop(&runtime->watch);
    else if (!uv_is_active((uv_handle_t *)&runtime->watch) || uv_timer_get_due_in(&runtime->watch) > delay_ms)
        uv_timer_start(&runtime->watch, watch_fired, delay_ms, 0);
}

/* ---- the disk's room ---- */

static void room_known(uv_fs_t *request)
{
    orch_runtime *runtime = request->data;
    const uv_statfs_t *room = request->ptr;
    orch__live_storage *storage = &runtime->storage;
    char words[96];

    storage->asking_room = false;
    if (request->result == 0) {
        storage->room_known = true;
        storage->room_bytes = room->f_bavail * room->f_bsize;
        snprintf(words, sizeof words, "%llu MiB are free", (unsigned long long)(storage->room_bytes >> 20));
        if (storage->room_bytes < DISK_LOW_BYTES)
            orch_runtime_fault(runtime, ORCH_FAULT_DISK_SPACE, ORCH_E_DISK_FULL, words);
        else
            orch_runtime_fault_over(runtime, ORCH_FAULT_DISK_SPACE);
    }
    uv_fs_req_cleanup(request);
    orch__runtime_handle_closed(runtime);
}

/* On libuv's pool: a disk that hangs must not hold the loop. */
void orch__storage_room(orch_runtime *runtime)
{
    char path[PATH_MAX];

    if (runtime->storage.asking_room || strlen(runtime->config.database_path) >= sizeof path)
        return;
    snprintf(path, sizeof path, "%s", runtime->config.database_path);
    runtime->storage.room.data = runtime;
    if (uv_fs_statfs(runtime->config.loop, &runtime->storage.room, dirname(path), room_known))
        return;
    runtime->storage.asking_room = true;
    runtime->handles_open++;
}

bool orch_runtime_room(const orch_runtime *runtime, uint64_t *out_bytes)
{
    if (runtime->storage.room_known)
        *out_bytes = runtime->storage.room_bytes;
    return runtime->storage.room_known;
}

void orch__storage_watch_init(orch_runtime *runtime)
{
    uv_timer_init(runtime->config.loop, &runtime->watch);
    runtime->watch.data = runtime;
}
