/* The durable runtime's life.
 *
 *     open ──▶ (serving) ──stop──▶ closing: daemons stop ──all stopped, or grace over──▶ halted: flushed ──close──▶ gone
 *
 * Effects of the core come in here and go to the part that carries them out.
 */
#include "clock.h"
#include "log.h"
#include "runtime_parts.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define UPKEEP_MS      60000
#define GRACE_SLACK_MS 500 /* the core's own timer comes first */

/* ---- small things that the parts share ---- */

int orch__runtime_problem(orch_problem *problem, int error, const char *field, const char *format, ...)
{
    va_list arguments;

    problem->error = error;
    snprintf(problem->field, sizeof problem->field, "%s", field);
    va_start(arguments, format);
    vsnprintf(problem->message, sizeof problem->message, format, arguments);
    va_end(arguments);
    return error;
}

uint64_t orch__runtime_hash(const orch_runtime *runtime, orch_str text)
{
    unsigned char bytes[crypto_shorthash_BYTES];
    uint64_t hash;

    crypto_shorthash(bytes, (const unsigned char *)text.ptr, text.len, runtime->hash_key);
    memcpy(&hash, bytes, sizeof hash);
    return hash ? hash : 1; /* 0 is "none" for every handle */
}

orch_str orch__runtime_id_text(const orch_id *id)
{
    return (orch_str){id->text, strlen(id->text)};
}

orch_id orch__runtime_id_from(orch_str text)
{
    orch_id id = {0};

    if (text.len > 0 && text.len < sizeof id.text)
        memcpy(id.text, text.ptr, text.len);
    return id;
}

void orch__runtime_model_name(const orch_model_choice *choice, char *out_name, size_t size)
{
    if (choice->model[0])
        snprintf(out_name, size, "%s/%s", choice->provider->name, choice->model);
    else
        snprintf(out_name, size, "%s", choice->provider->name);
}

void orch__runtime_time_text(int64_t at_ms, char out_text[ORCH__RUNTIME_TIME_MAX])
{
    orch__time_text text;

    orch__time_write(at_ms, &text);
    memcpy(out_text, text.text, ORCH__TIME_LEN);
    out_text[10] = 'T';
    memcpy(out_text + ORCH__TIME_LEN, "Z", 2);
}

/* ---- effects ---- */

static void turn_effect(orch__live_turn *turn, const orch_effect *effect)
{
    turn->handle = effect->turn;
    switch (effect->kind) {
    case ORCH_FX_TURN_START:
        orch__attempt_start(turn, effect);
        break;
    case ORCH_FX_TURN_OFFLINE:
        orch__attempt_offline(turn, effect);
        break;
    case ORCH_FX_TURN_CANCEL:
        orch__attempt_cancel(turn);
        break;
    case ORCH_FX_TURN_REPLY:
        orch__live_turn_reply(turn);
        break;
    case ORCH_FX_TURN_FAIL:
        orch__live_turn_fail(turn, effect->error);
        break;
    case ORCH_FX_TURN_SKIP:
        orch__live_turn_skip(turn);
        break;
    default:
        ORCH_ASSERT(false);
    }
}

static void daemon_effect(orch_runtime *runtime, const orch_effect *effect)
{
    orch__live_daemon *daemon = orch__live_daemon_find(runtime, effect->daemon);

    ORCH_ASSERT(daemon);
    if (effect->kind == ORCH_FX_DAEMON_OPEN)
        orch__live_daemon_open(runtime, daemon);
    else
        orch__live_daemon_close(daemon);
}

static void carry_out(const orch_effect *effect, void *user)
{
    orch_runtime *runtime = user;
    orch__live_turn *turn;

    switch (effect->kind) {
    case ORCH_FX_EMIT:
        orch__live_emit(runtime, effect);
        break;
    case ORCH_FX_HEARTBEAT:
        orch__live_heartbeat_due(runtime, effect->daemon);
        break;
    case ORCH_FX_DAEMON_OPEN:
    case ORCH_FX_DAEMON_CLOSE:
        daemon_effect(runtime, effect);
        break;
    default:
        turn = orch__live_turn_find(runtime, (int64_t)effect->message.v);
        if (turn && !runtime->halted)
            turn_effect(turn, effect);
        break;
    }
}

static void settled(void *user);

static void write_record(const uint8_t *bytes, size_t size, void *user)
{
    orch_runtime *runtime = user;

    if (runtime->record && fwrite(bytes, 1, size, runtime->record) != size) {
        orch_log(ORCH_LOG_WARN, "runtime.record", "The event log cannot be written; it ends here", NULL, 0);
        fclose(runtime->record);
        runtime->record = NULL;
    }
}

/* ---- opening ---- */

void orch_runtime_config_init(orch_runtime_config *config)
{
    orch_core_config core;

    orch_core_config_init(&core);
    *config = (orch_runtime_config){.queue_max = core.queue_max,
                                    .hops_max = core.hops_max,
                                    .context_tokens_max = 24000,
                                    .context_messages_max = 50,
                                    .feed_keep = 100000};
}

static void set_if_given(uint32_t *field, uint32_t value)
{
    if (value > 0)
        *field = value;
}

static orch_core_config core_config(const orch_runtime *runtime)
{
    const orch_runtime_config *config = &runtime->config;
    const orch_environment *environment = &runtime->environment;
    orch_core_config core;

    orch_core_config_init(&core);
    core.auto_start = environment->auto_start;
    core.auto_restart = environment->auto_restart;
    core.restarts_max = environment->restarts_max;
    core.health_check_ms = environment->health_check_interval_ms;
    core.hops_max = config->hops_max;
    set_if_given(&core.queue_max, config->queue_max);
    set_if_given(&core.turn_deadline_ms, config->turn_deadline_ms);
    set_if_given(&core.attempt_timeout_ms, config->attempt_timeout_ms);
    set_if_given(&core.stop_grace_ms, config->stop_grace_ms);
    set_if_given(&core.attempts_per_model, config->attempts_per_model);
    set_if_given(&core.retry_base_ms, config->retry_base_ms);
    set_if_given(&core.retry_cap_ms, config->retry_cap_ms);
    if (getrandom(&core.seed, sizeof core.seed, 0) != sizeof core.seed)
        core.seed = uv_hrtime();
    return core;
}

static void wake(void *user)
{
    orch_runtime *runtime = user;

    uv_async_send(&runtime->wake);
}

static void woken(uv_async_t *async)
{
    orch_runtime *runtime = async->data;

    orch_database_deliver(runtime->database);
}

static void keep_up(uv_timer_t *timer)
{
    orch_runtime *runtime = timer->data;

    orch__live_turns_retry_orphans(runtime);
    orch__live_daemons_refresh_zones(runtime);
    orch__faults_look_at_clock(runtime);
    orch__faults_expire(runtime);
    orch__storage_room(runtime);
    if (orch_workspace_cursor(runtime->workspace) != runtime->trimmed_cursor)
        orch__feed_trim(runtime);
}

static int open_storage(orch_runtime *runtime, char *out_message, size_t message_size)
{
    orch_database_config database;
    int error;

    orch_database_config_init(&database);
    database.path = runtime->config.database_path;
    database.wake = wake;
    database.wake_user = runtime;
    database.observe = orch__storage_answered;
    database.observe_user = runtime;
    error = orch_sqlite_open(&database, &runtime->database, out_message, message_size);
    if (error)
        return error;
    return orch_workspace_open(runtime->database, &runtime->workspace, out_message, message_size);
}

static int open_engine(orch_runtime *runtime, char *out_message, size_t message_size)
{
    orch_engine_config engine = {.loop = runtime->config.loop,
                                 .core = core_config(runtime),
                                 .effect = carry_out,
                                 .settled = settled,
                                 .user = runtime};
    int error;

    if (runtime->config.record_path) {
        runtime->record = fopen(runtime->config.record_path, "wbe");
        if (!runtime->record) {
            snprintf(out_message, message_size, "%s cannot be written: %s", runtime->config.record_path,
                     strerror(errno));
            return ORCH_E_IO;
        }
        engine.record = write_record;
    }
    runtime->config.stop_grace_ms = engine.core.stop_grace_ms;
    runtime->config.queue_max = engine.core.queue_max;
    runtime->config.turn_deadline_ms = engine.core.turn_deadline_ms;
    runtime->config.attempt_timeout_ms = engine.core.attempt_timeout_ms;
    runtime->config.attempts_per_model = engine.core.attempts_per_model;
    runtime->config.retry_base_ms = engine.core.retry_base_ms;
    runtime->config.retry_cap_ms = engine.core.retry_cap_ms;
    error = orch_engine_new(&engine, &runtime->engine);
    if (error)
        return error;
    return orch__recover(runtime, engine.core.offline_repeat_ms, out_message, message_size);
}

static int open_transfers(orch_runtime *runtime)
{
    orch_transfers_config transfers;

    orch_transfers_config_init(&transfers);
    transfers.loop = runtime->config.loop;
    return orch_transfers_new(&transfers, &runtime->transfers);
}

static void open_handles(orch_runtime *runtime)
{
    uv_loop_t *loop = runtime->config.loop;

    uv_update_time(loop);
    uv_async_init(loop, &runtime->wake, woken);
    uv_timer_init(loop, &runtime->upkeep);
    uv_timer_init(loop, &runtime->ending);
    uv_timer_init(loop, &runtime->tallies.timer);
    uv_timer_init(loop, &runtime->journal.timer);
    runtime->wake.data = runtime->upkeep.data = runtime->ending.data = runtime;
    runtime->tallies.timer.data = runtime->journal.timer.data = runtime;
    orch__storage_watch_init(runtime);
    orch__search_index_init(runtime);
    runtime->handles_open = 7;
}

static void nothing(void *user)
{
    (void)user;
}

int orch_runtime_open(const orch_runtime_config *config, orch_runtime **out_runtime, char *out_message,
                      size_t message_size)
{
    orch_runtime *runtime = calloc(1, sizeof *runtime);
    int error;

    snprintf(out_message, message_size, "out of memory");
    if (!runtime)
        return ORCH_E_NO_MEMORY;
    runtime->config = *config;
    runtime->environment = *config->environment;
    if (sodium_init() < 0) {
        free(runtime);
        return ORCH_E_INTERNAL;
    }
    crypto_shorthash_keygen(runtime->hash_key);
    open_handles(runtime);
    error = open_storage(runtime, out_message, message_size);
    if (!error)
        error = open_transfers(runtime);
    if (!error)
        error = open_engine(runtime, out_message, message_size);
    if (error) {
        orch_runtime_close(runtime, nothing, NULL);
        return error;
    }
    orch__feed_trim(runtime);
    uv_timer_start(&runtime->upkeep, keep_up, UPKEEP_MS, UPKEEP_MS);
    orch__storage_room(runtime);
    *out_runtime = runtime;
    return 0;
}

/* ---- stopping ---- */

static void close_all(orch_runtime *runtime);

static void halt(orch_runtime *runtime)
{
    void (*stopped)(void *user) = runtime->stopped_fn;

    if (!runtime->halted) {
        runtime->halted = true;
        orch__posts_drop(runtime);
        orch__waiters_drop(runtime);
        orch__consults_drop(runtime);
        orch__ready_settle(runtime);
        orch__live_turns_halt(runtime);
        orch_database_drain(runtime->database);
        orch__tallies_store(runtime);
        orch__journal_store(runtime);
        orch_database_drain(runtime->database);
    }
    runtime->stopped_fn = NULL;
    if (stopped)
        stopped(runtime->stopped_user);
    if (runtime->closed)
        close_all(runtime);
}

static void ending(uv_timer_t *timer)
{
    halt(timer->data);
}

/* Always from the loop, so that `stopped` and `closed` never come from inside the call that asked. */
static void end_soon(orch_runtime *runtime)
{
    if (!runtime->leaving)
        uv_timer_start(&runtime->ending, ending, 0, 0);
}

static void settled(void *user)
{
    orch_runtime *runtime = user;

    if (runtime->held_first)
        orch__posts_settle(runtime);
    orch__live_daemons_refresh_due(runtime);
    if (runtime->waiters)
        orch__waiters_settle(runtime);
    if (runtime->closing && !runtime->halted && runtime->daemons_live == 0)
        end_soon(runtime);
}

static void begin_stop(orch_runtime *runtime)
{
    orch_event event = {.kind = ORCH_EV_STOP_ALL};

    runtime->closing = true;
    uv_timer_start(&runtime->ending, ending, (uint64_t)runtime->config.stop_grace_ms + GRACE_SLACK_MS, 0);
    (void)orch_engine_send(runtime->engine, &event);
}

void orch_runtime_stop(orch_runtime *runtime, void (*stopped)(void *user), void *user)
{
    if (runtime->closing) {
        end_soon(runtime);
        return;
    }
    runtime->stopped_fn = stopped;
    runtime->stopped_user = user;
    begin_stop(runtime);
}

/* ---- closing ---- */

static void gone(orch_runtime *runtime)
{
    void (*closed)(void *user) = runtime->closed_fn;
    void *user = runtime->closed_user;

    free(runtime);
    closed(user);
}

void orch__runtime_handle_closed(orch_runtime *runtime)
{
    if (--runtime->handles_open == 0)
        gone(runtime);
}

static void handle_closed(uv_handle_t *handle)
{
    orch__runtime_handle_closed(handle->data);
}

/* The last step: nothing refers to the database any more, and no thread wakes the loop. */
static void close_storage(void *user)
{
    orch_runtime *runtime = user;

    orch__live_turns_drop(runtime, NULL);
    orch__tallies_free(runtime);
    orch__journal_free(runtime);
    orch__live_daemons_free(runtime);
    orch__subscriptions_free(runtime);
    free(runtime->heartbeats.due);
    if (runtime->workspace) {
        orch_database_drain(runtime->database);
        orch_workspace_close(runtime->workspace);
    }
    if (runtime->database)
        orch_database_close(runtime->database);
    if (runtime->record)
        fclose(runtime->record);
    uv_close((uv_handle_t *)&runtime->wake, handle_closed);
    uv_close((uv_handle_t *)&runtime->upkeep, handle_closed);
    uv_close((uv_handle_t *)&runtime->ending, handle_closed);
    uv_close((uv_handle_t *)&runtime->watch, handle_closed);
    uv_close((uv_handle_t *)&runtime->tallies.timer, handle_closed);
    uv_close((uv_handle_t *)&runtime->journal.timer, handle_closed);
    uv_close((uv_handle_t *)&runtime->index.pause, handle_closed);
}

static void close_engine(void *user)
{
    orch_runtime *runtime = user;

    if (runtime->engine)
        orch_engine_close(runtime->engine, close_storage, runtime);
    else
        close_storage(runtime);
}

static void close_all(orch_runtime *runtime)
{
    runtime->leaving = true;
    uv_timer_stop(&runtime->ending);
    uv_timer_stop(&runtime->upkeep);
    uv_timer_stop(&runtime->watch);
    uv_timer_stop(&runtime->tallies.timer);
    uv_timer_stop(&runtime->journal.timer);
    uv_timer_stop(&runtime->index.pause);
    if (runtime->transfers)
        orch_transfers_close(runtime->transfers, close_engine, runtime);
    else
        close_engine(runtime);
}

/* True when opening failed half-way: then there are no daemons to wait for. */
static bool is_half_open(const orch_runtime *runtime)
{
    return !runtime->workspace || !runtime->transfers || !runtime->engine;
}

void orch_runtime_close(orch_runtime *runtime, void (*closed)(void *user), void *user)
{
    if (runtime->closed) {
        end_soon(runtime);
        return;
    }
    runtime->closed = true;
    runtime->closed_fn = closed;
    runtime->closed_user = user;
    if (is_half_open(runtime)) {
        runtime->closing = runtime->halted = true;
        close_all(runtime);
    } else if (runtime->closing) {
        end_soon(runtime);
    } else {
        begin_stop(runtime);
    }
}

/* ---- questions ---- */

orch_workspace *orch_runtime_workspace(orch_runtime *runtime)
{
    return runtime->workspace;
}

orch_directory *orch_runtime_directory(orch_runtime *runtime)
{
    return orch_workspace_directory(runtime->workspace);
}

bool orch_runtime_closing(const orch_runtime *runtime)
{
    return runtime->closing;
}

void orch_runtime_count(orch_runtime *runtime, orch_runtime_counters *out_counters)
{
    *out_counters = runtime->counters;
    out_counters->engine = orch_engine_counts(runtime->engine);
}
