#include "notice.h"

#include "render.h"

static void begin(orch__writer *json, const char *method)
{
    orch__writer_reset(json);
    orch__writer_open(json, NULL, '{');
    orch__writer_string(json, "jsonrpc", "2.0");
    orch__writer_string(json, "method", method);
    orch__writer_open(json, "params", '{');
}

static bool end(orch__writer *json, int64_t cursor)
{
    if (cursor)
        orch__writer_integer(json, "cursor", cursor);
    orch__writer_close(json, '}');
    orch__writer_close(json, '}');
    return !orch__writer_failed(json);
}

bool orch__notice_is_of_channel(const orch_notice *notice)
{
    return notice->kind != ORCH_NOTICE_DAEMON && notice->kind != ORCH_NOTICE_PRESENCE;
}

/* ---- daemons ---- */

/* "daemon.started" … after the manager's events. NULL: not for clients. */
static const char *daemon_method(orch_emit emit)
{
    switch (emit) {
    case ORCH_EMIT_STARTED:
        return "daemon.started";
    case ORCH_EMIT_STOPPED:
        return "daemon.stopped";
    case ORCH_EMIT_ERROR:
        return "daemon.error";
    case ORCH_EMIT_STATUS_CHANGED:
        return "daemon.status-changed";
    case ORCH_EMIT_HEARTBEAT:
        return "daemon.heartbeat";
    case ORCH_EMIT_HEALTH:
        return "daemon.health";
    case ORCH_EMIT_RESTARTED:
        return "daemon.restarted";
    case ORCH_EMIT_RESTART_SCHEDULED:
        return "daemon.restart-scheduled";
    case ORCH_EMIT_START_ERROR:
        return "daemon.start-error";
    case ORCH_EMIT_STOP_ERROR:
        return "daemon.stop-error";
    case ORCH_EMIT_RESTART_ERROR:
        return "daemon.restart-error";
    case ORCH_EMIT_HEALTH_ERROR:
        return "daemon.health-error";
    case ORCH_EMIT_AUTO_START_ERROR:
        return "daemon.auto-start-error";
    case ORCH_EMIT_MESSAGE_PROCESSED:
        return "daemon.message-processed";
    case ORCH_EMIT_MESSAGE_SEND:
        return "daemon.message-send";
    case ORCH_EMIT_MESSAGE_ERROR:
        return "daemon.message-error";
    default:
        return NULL;
    }
}

static void write_error(orch__writer *json, int error, orch_str text)
{
    orch__writer_open(json, "error", '{');
    orch__writer_string(json, "code", orch_error_name(error));
    orch__writer_text(json, "message", text.len ? text : orch__str(orch_error_text(error)));
    orch__writer_close(json, '}');
}

static bool write_daemon(orch__writer *json, orch_runtime *runtime, const orch_notice *notice)
{
    const char *method = daemon_method(notice->emit);
    orch_daemon_info info;

    if (!method)
        return false;
    begin(json, method);
    orch__writer_string(json, "orchestratorId", notice->orchestrator->id.text);
    orch__writer_string(json, "name", orch_user_shown_name(notice->orchestrator->user));
    if (orch_runtime_daemon(runtime, notice->orchestrator, &info) == 0) {
        info.health.status = notice->status; /* one step may change it several times */
        orch__writer_string(json, "status", orch_status_name(info.health.status));
        orch__render_health(json, "health", &info);
    }
    if (notice->message_id.text[0])
        orch__writer_string(json, "messageId", notice->message_id.text);
    if (notice->emit == ORCH_EMIT_RESTARTED || notice->emit == ORCH_EMIT_RESTART_SCHEDULED)
        orch__writer_integer(json, "restartCount", notice->count);
    if (notice->error)
        write_error(json, notice->error, notice->text);
    return end(json, 0);
}

/* ---- channels ---- */

static bool write_message(orch__writer *json, const char *method, const orch_message *message, int64_t cursor)
{
    begin(json, method);
    orch__render_message(json, "message", message);
    return end(json, cursor);
}

static bool write_reaction(orch__writer *json, const orch_notice *notice)
{
    begin(json, "reaction.changed");
    orch__writer_string(json, "channelId", notice->channel->id.text);
    orch__writer_string(json, "messageId",
                        notice->message ? notice->message->id.text : notice->message_id.text);
    orch__writer_string(json, "userId", notice->user ? notice->user->id.text : NULL);
    orch__writer_text(json, "emoji", notice->emoji);
    orch__writer_boolean(json, "present", notice->present);
    return end(json, notice->cursor);
}

static void write_turn(orch__writer *json, const char *method, const orch_notice *notice)
{
    begin(json, method);
    orch__writer_integer(json, "turnId", notice->turn);
    orch__writer_string(json, "channelId", notice->channel->id.text);
    orch__writer_string(json, "orchestratorId", notice->orchestrator->id.text);
    if (notice->message_id.text[0])
        orch__writer_string(json, "messageId", notice->message_id.text);
    if (notice->parent_id.text[0])
        orch__writer_string(json, "parentId", notice->parent_id.text);
}

static bool write_presence(orch__writer *json, const orch_notice *notice)
{
    begin(json, "presence.changed");
    if (notice->orchestrator)
        orch__writer_string(json, "orchestratorId", notice->orchestrator->id.text);
    orch__writer_string(json, "userId", notice->user->id.text);
    orch__writer_string(json, "presence", notice->presence);
    return end(json, 0);
}

static bool write_typing(orch__writer *json, const orch_notice *notice)
{
    begin(json, "typing");
    orch__writer_string(json, "channelId", notice->channel->id.text);
    orch__writer_string(json, "userId", notice->user->id.text);
    if (notice->parent_id.text[0])
        orch__writer_string(json, "parentId", notice->parent_id.text);
    return end(json, 0);
}

bool orch__notice_write_read(orch__writer *json, const orch_channel_state *state)
{
    begin(json, "channel.read");
    orch__render_read(json, state);
    return end(json, 0);
}

bool orch__notice_write(orch__writer *json, orch_runtime *runtime, const orch_notice *notice)
{
    switch (notice->kind) {
    case ORCH_NOTICE_MESSAGE_CREATED:
        return write_message(json, "message.created", notice->message, notice->cursor);
    case ORCH_NOTICE_MESSAGE_UPDATED:
        return write_message(json, "message.updated", notice->message, notice->cursor);
    case ORCH_NOTICE_MESSAGE_DELETED:
        return write_message(json, "message.deleted", notice->message, notice->cursor);
    case ORCH_NOTICE_REACTION_CHANGED:
        return write_reaction(json, notice);
    case ORCH_NOTICE_TURN_STARTED:
        write_turn(json, "turn.started", notice);
        orch__writer_integer(json, "attempt", notice->attempt);
        return end(json, notice->cursor);
    case ORCH_NOTICE_MESSAGE_DELTA:
        write_turn(json, "message.delta", notice);
        orch__writer_text(json, "text", notice->text);
        return end(json, notice->cursor);
    case ORCH_NOTICE_TURN_FAILED:
        write_turn(json, "turn.failed", notice);
        write_error(json, notice->error, notice->text);
        return end(json, notice->cursor);
    case ORCH_NOTICE_DAEMON:
        return write_daemon(json, runtime, notice);
    case ORCH_NOTICE_PRESENCE:
        return write_presence(json, notice);
    case ORCH_NOTICE_TYPING:
        return write_typing(json, notice);
    case ORCH_NOTICE_MEMBERS:
        begin(json, "channel.changed");
        orch__render_channel(json, "channel", notice->channel, NULL, NULL);
        return end(json, notice->cursor);
    }
    return false;
}

/* ---- by replay ---- */

/* The fields of a stored JSON object, as fields of the object that is being written. */
static void inline_fields(orch__writer *json, orch_str object)
{
    if (object.len <= 2)
        return;
    if (json->comma)
        orch__writer_bytes(json, ",", 1);
    orch__writer_bytes(json, object.ptr + 1, object.len - 2);
    json->comma = true;
}

static bool write_details(orch__writer *json, const char *method, const orch_feed_entry *entry)
{
    begin(json, method);
    orch__writer_string(json, "channelId", entry->channel->id.text);
    orch__writer_string(json, "messageId", entry->message.id.text);
    inline_fields(json, entry->details);
    return end(json, entry->cursor);
}

bool orch__notice_write_entry(orch__writer *json, const orch_feed_entry *entry)
{
    switch (entry->kind) {
    case ORCH_FEED_MESSAGE_CREATED:
        return write_message(json, "message.created", &entry->message, entry->cursor);
    case ORCH_FEED_MESSAGE_UPDATED:
        return write_message(json, "message.updated", &entry->message, entry->cursor);
    case ORCH_FEED_MESSAGE_DELETED:
        return write_message(json, "message.deleted", &entry->message, entry->cursor);
    case ORCH_FEED_REACTION_CHANGED:
        return write_details(json, "reaction.changed", entry);
    case ORCH_FEED_TURN_FAILED:
        return write_details(json, "turn.failed", entry);
    }
    return false;
}
