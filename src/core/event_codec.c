/* The event log's format: a record is a length (4 bytes, of what follows), the event's kind (1), its time (8) and the
 * fields that its kind uses, in the order of enum orch__event_field. Numbers are little endian; text is a length (4)
 * and its bytes. Only what orch_step would look at is written: an event that it refuses unseen has no record.
 */
#include "bytes.h"
#include "event.h"

#define HEADER_SIZE 4u
#define RECORD_MAX  16384u /* the longest record is a REGISTER with every name at its limit */

/* ---- writing ---- */

typedef struct writer {
    uint8_t *buffer;
    size_t size;
    size_t len;
} writer;

static void put(writer *w, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++, w->len++)
        if (w->len < w->size)
            w->buffer[w->len] = (uint8_t)(value >> (8 * i));
}

static void put_str(writer *w, orch_str text)
{
    put(w, text.len, 4);
    for (size_t i = 0; i < text.len; i++)
        put(w, (uint8_t)text.ptr[i], 1);
}

static void put_message(writer *w, const orch_event_message *message)
{
    put(w, message->daemon.v, 4);
    put(w, message->message.v, 8);
    put(w, message->channel.v, 8);
    put(w, message->thread.v, 8);
    put(w, message->author.v, 8);
    put(w, message->addressed, 1);
    put(w, message->reserved, 1);
    put(w, message->recovered, 1);
}

static void put_hours(writer *w, const orch_hours *hours)
{
    bool limited = hours && hours->limited;

    put(w, limited, 1);
    if (!limited)
        return;
    for (size_t i = 0; i < 7; i++) {
        put(w, hours->days[i].start_min, 2);
        put(w, hours->days[i].end_min, 2);
    }
    put(w, hours->changes_count, 4);
    for (uint32_t i = 0; i < hours->changes_count; i++) {
        put(w, (uint64_t)hours->changes[i].from_ms, 8);
        put(w, (uint32_t)hours->changes[i].offset_s, 4);
    }
}

static void put_spec(writer *w, const orch_daemon_spec *spec)
{
    put(w, spec->daemon.v, 4);
    put(w, spec->user.v, 8);
    put_str(w, spec->name);
    put_str(w, spec->display_name);
    put_str(w, spec->slug);
    put_str(w, spec->email);
    put_str(w, spec->role);
    put(w, spec->keywords_count, 4);
    for (size_t i = 0; i < spec->keywords_count; i++)
        put_str(w, spec->keywords[i]);
    put(w, spec->mention_only, 1);
    put(w, spec->auto_respond, 1);
    put(w, spec->heartbeat_ms, 4);
    put(w, spec->conversations_running_max, 4);
    put(w, spec->models_count, 4);
    put_hours(w, spec->hours);
}

static void put_configure(writer *w, const orch_core_config *config)
{
    put(w, config->auto_start, 1);
    put(w, config->auto_restart, 1);
    put(w, config->restarts_max, 4);
    put(w, config->health_check_ms, 4);
    put(w, config->restart_base_ms, 4);
    put(w, config->restart_cap_ms, 4);
    put(w, config->restart_reset_ms, 4);
}

static void put_fields(writer *w, const orch_event *event)
{
    unsigned fields = orch__event_fields(event->kind);

    if (fields & ORCH__FIELD_DAEMON)
        put(w, event->daemon.v, 4);
    if (fields & ORCH__FIELD_TURN)
        put(w, event->turn.v, 8);
    if (fields & ORCH__FIELD_ERROR)
        put(w, (uint32_t)event->error, 4);
    if (fields & ORCH__FIELD_VERDICT)
        put(w, (uint32_t)event->verdict, 1);
    if (fields & ORCH__FIELD_MANAGED)
        put(w, event->managed, 1);
    if (fields & ORCH__FIELD_RETRY_AFTER)
        put(w, event->retry_after_ms, 4);
    if (fields & ORCH__FIELD_PLACE) {
        put(w, event->channel.v, 8);
        put(w, event->thread.v, 8);
    }
    if (fields & ORCH__FIELD_AT)
        put(w, (uint64_t)event->at_ms, 8);
    if (fields & ORCH__FIELD_MESSAGE)
        put_message(w, &event->message);
    if (fields & ORCH__FIELD_SPEC)
        put_spec(w, event->spec);
    if (fields & ORCH__FIELD_CONFIGURE)
        put_configure(w, event->configure);
}

size_t orch_event_encode(const orch_event *event, int64_t now_ms, uint8_t *buffer, size_t size)
{
    writer w = {.buffer = buffer, .size = size, .len = HEADER_SIZE};
    size_t len;

    if (orch__event_check(event) != 0)
        return 0;
    put(&w, (uint64_t)event->kind, 1);
    put(&w, (uint64_t)now_ms, 8);
    put_fields(&w, event);
    len = w.len;
    w.len = 0;
    put(&w, len - HEADER_SIZE, HEADER_SIZE);
    return len;
}

/* ---- reading ---- */

typedef struct reader {
    const uint8_t *bytes;
    size_t size;
    size_t pos;
    bool broken; /* something was missing or not allowed; what was read is 0 */
} reader;

static uint64_t take(reader *r, size_t bytes)
{
    uint64_t value = 0;

    if (r->broken || r->size - r->pos < bytes) {
        r->broken = true;
        return 0;
    }
    for (size_t i = 0; i < bytes; i++)
        value |= (uint64_t)r->bytes[r->pos++] << (8 * i);
    return value;
}

static uint32_t take32(reader *r)
{
    return (uint32_t)take(r, 4);
}

static bool take_bool(reader *r)
{
    uint64_t value = take(r, 1);

    r->broken = r->broken || value > 1;
    return value == 1;
}

static orch_str take_str(reader *r)
{
    orch_str text = {.len = take32(r)};

    if (r->broken || text.len > ORCH_NAME_LEN_MAX || r->size - r->pos < text.len) {
        r->broken = true;
        return ORCH_STR_NONE;
    }
    text.ptr = (const char *)r->bytes + r->pos;
    r->pos += text.len;
    return text;
}

static void take_message(reader *r, orch_event_message *message)
{
    message->daemon.v = take32(r);
    message->message.v = take(r, 8);
    message->channel.v = take(r, 8);
    message->thread.v = take(r, 8);
    message->author.v = take(r, 8);
    message->addressed = take_bool(r);
    message->reserved = take_bool(r);
    message->recovered = take_bool(r);
}

static void take_hours(reader *r, orch_hours *hours)
{
    memset(hours, 0, sizeof *hours);
    hours->limited = take_bool(r);
    if (!hours->limited)
        return;
    for (size_t i = 0; i < 7; i++) {
        hours->days[i].start_min = (uint16_t)take(r, 2);
        hours->days[i].end_min = (uint16_t)take(r, 2);
    }
    hours->changes_count = take32(r);
    if (hours->changes_count > ORCH_ZONE_CHANGES_MAX) {
        r->broken = true;
        return;
    }
    for (uint32_t i = 0; i < hours->changes_count; i++) {
        hours->changes[i].from_ms = (int64_t)take(r, 8);
        hours->changes[i].offset_s = (int32_t)take32(r);
    }
}

static void take_spec(reader *r, orch_event_storage *storage)
{
    orch_daemon_spec *spec = &storage->spec;

    memset(spec, 0, sizeof *spec);
    spec->daemon.v = take32(r);
    spec->user.v = take(r, 8);
    spec->name = take_str(r);
    spec->display_name = take_str(r);
    spec->slug = take_str(r);
    spec->email = take_str(r);
    spec->role = take_str(r);
    spec->keywords = storage->keywords;
    spec->keywords_count = take32(r);
    if (spec->keywords_count > ORCH_NAMES_MAX) {
        r->broken = true;
        return;
    }
    for (size_t i = 0; i < spec->keywords_count; i++)
        storage->keywords[i] = take_str(r);
    spec->mention_only = take_bool(r);
    spec->auto_respond = take_bool(r);
    spec->heartbeat_ms = take32(r);
    spec->conversations_running_max = take32(r);
    spec->models_count = take32(r);
    take_hours(r, &storage->hours);
    spec->hours = &storage->hours;
}

static void take_configure(reader *r, orch_core_config *config)
{
    orch_core_config_init(config);
    config->auto_start = take_bool(r);
    config->auto_restart = take_bool(r);
    config->restarts_max = take32(r);
    config->health_check_ms = take32(r);
    config->restart_base_ms = take32(r);
    config->restart_cap_ms = take32(r);
    config->restart_reset_ms = take32(r);
}

static void take_fields(reader *r, orch_event_storage *storage, orch_event *event)
{
    unsigned fields = orch__event_fields(event->kind);

    if (fields & ORCH__FIELD_DAEMON)
        event->daemon.v = take32(r);
    if (fields & ORCH__FIELD_TURN)
        event->turn.v = take(r, 8);
    if (fields & ORCH__FIELD_ERROR)
        event->error = (int32_t)take32(r);
    if (fields & ORCH__FIELD_VERDICT)
        event->verdict = (orch_verdict)take(r, 1);
    if (fields & ORCH__FIELD_MANAGED)
        event->managed = take_bool(r);
    if (fields & ORCH__FIELD_RETRY_AFTER)
        event->retry_after_ms = take32(r);
    if (fields & ORCH__FIELD_PLACE) {
        event->channel.v = take(r, 8);
        event->thread.v = take(r, 8);
    }
    if (fields & ORCH__FIELD_AT)
        event->at_ms = (int64_t)take(r, 8);
    if (fields & ORCH__FIELD_MESSAGE)
        take_message(r, &event->message);
    if (fields & ORCH__FIELD_SPEC) {
        take_spec(r, storage);
        event->spec = &storage->spec;
    }
    if (fields & ORCH__FIELD_CONFIGURE) {
        take_configure(r, &storage->configure);
        event->configure = &storage->configure;
    }
}

int64_t orch_event_decode(const uint8_t *bytes, size_t size, orch_event_storage *storage,
                          orch_event *out_event, int64_t *out_now_ms)
{
    reader r = {.bytes = bytes, .size = size};
    orch_event event;
    int64_t now_ms;
    uint32_t len, kind;

    if (size < HEADER_SIZE)
        return 0;
    len = take32(&r);
    if (len > RECORD_MAX)
        return ORCH_E_PROTOCOL;
    if (size - HEADER_SIZE < len)
        return 0;
    r.size = HEADER_SIZE + len;
    memset(&event, 0, sizeof event);
    kind = (uint32_t)take(&r, 1);
    now_ms = (int64_t)take(&r, 8);
    if (r.broken || kind < ORCH_EV_TICK || kind >= ORCH_EV_COUNT)
        return ORCH_E_PROTOCOL;
    event.kind = (orch_event_kind)kind;
    take_fields(&r, storage, &event);
    if (r.broken || r.pos != r.size || orch__event_check(&event) != 0)
        return ORCH_E_PROTOCOL;
    *out_event = event;
    *out_now_ms = now_ms;
    return (int64_t)r.size;
}
