#include "render.h"

#include "charter.h"
#include "exchange.h"
#include "presence.h"
#include "text.h"

static const char *user_status_name(orch_user_status status)
{
    static const char *const names[] = {"ACTIVE", "INACTIVE", "PENDING", "SUSPENDED"};

    return names[status];
}

static const char *role_name(orch_role role)
{
    static const char *const names[] = {"MEMBER", "ADMIN", "OWNER"};

    return names[role];
}

static const char *channel_type_name(orch_channel_type type)
{
    static const char *const names[] = {"PUBLIC", "PRIVATE", "DM", "HUDDLE"};

    return names[type];
}

void orch__render_user(orch__writer *json, const char *key, const orch_user *user,
                       const struct orch_server *server)
{
    orch__writer_open(json, key, '{');
    orch__writer_string(json, "id", user->id.text);
    orch__writer_string(json, "email", user->email);
    orch__writer_string(json, "name", user->name);
    orch__writer_string(json, "displayName", user->display_name);
    orch__writer_string(json, "shownName", orch_user_shown_name(user));
    orch__writer_string(json, "avatarUrl", user->avatar_url);
    orch__writer_string(json, "status", user_status_name(user->status));
    orch__writer_boolean(json, "isOrchestrator", user->orchestrator != NULL);
    if (user->orchestrator) {
        orch__writer_string(json, "orchestratorId", user->orchestrator->id.text);
        orch__writer_string(json, "title", user->orchestrator->role);
    }
    orch__writer_string(json, "organizationId", user->organization ? user->organization->id.text : NULL);
    orch__writer_string(json, "role", role_name(user->role));
    orch__writer_string(json, "presence", orch__presence_of(server, user));
    orch__writer_close(json, '}');
}

void orch__answer_user(orch__exchange *exchange, int status, const orch_user *user)
{
    orch__writer *json = orch__exchange_begin(exchange, status);

    orch__writer_open(json, NULL, '{');
    orch__render_user(json, "user", user, exchange->server);
    orch__writer_close(json, '}');
    orch__exchange_end(exchange);
}

/* Whom a direct channel is with. */
static void write_direct(orch__writer *json, const orch_channel *channel, const orch_user *reader)
{
    const orch_user *other = NULL;

    for (size_t i = 0; i < channel->members_count && !other; i++)
        if (channel->members[i] != reader)
            other = channel->members[i];
    if (!other)
        return;
    orch__writer_open(json, "direct", '{');
    orch__writer_string(json, "id", other->id.text);
    orch__writer_string(json, "name", orch_user_shown_name(other));
    orch__writer_boolean(json, "isOrchestrator", other->orchestrator != NULL);
    if (other->orchestrator)
        orch__writer_string(json, "orchestratorId", other->orchestrator->id.text);
    orch__writer_close(json, '}');
}

/* Who counts on as messages are told begins behind this one. */
static void write_last_message(orch__writer *json, const orch_channel_state *state)
{
    orch__writer_string(json, "lastMessageId",
                        state->last_message_id.text[0] ? state->last_message_id.text : NULL);
}

static void write_state(orch__writer *json, const orch_channel_state *state)
{
    orch__writer_integer(json, "unread", state->unread);
    orch__writer_integer(json, "mentions", state->mentions);
    orch__writer_string(json, "lastReadId", state->last_read_id.text[0] ? state->last_read_id.text : NULL);
    write_last_message(json, state);
    orch__writer_time(json, "lastMessageAt", state->last_message_ms);
}

void orch__render_channel(orch__writer *json, const char *key, const orch_channel *channel,
                          const orch_user *reader, const orch_channel_state *state)
{
    orch__writer_open(json, key, '{');
    orch__writer_string(json, "id", channel->id.text);
    orch__writer_string(json, "name", channel->name);
    orch__writer_string(json, "slug", channel->slug);
    orch__writer_string(json, "topic", channel->topic);
    orch__writer_string(json, "description", channel->description);
    orch__writer_string(json, "type", channel_type_name(channel->type));
    orch__writer_boolean(json, "archived", channel->archived);
    orch__writer_integer(json, "memberCount", (int64_t)channel->members_count);
    if (reader && channel->type == ORCH_CHANNEL_DM)
        write_direct(json, channel, reader);
    if (state)
        write_state(json, state);
    orch__writer_close(json, '}');
}

void orch__render_read(orch__writer *json, const orch_channel_state *state)
{
    orch__writer_string(json, "channelId", state->channel->id.text);
    orch__writer_string(json, "lastReadId", state->last_read_id.text[0] ? state->last_read_id.text : NULL);
    orch__writer_integer(json, "unread", state->unread);
    orch__writer_integer(json, "mentions", state->mentions);
    write_last_message(json, state);
}

void orch__render_offer(orch__writer *json, const orch_channel *channel, const orch_user *reader)
{
    orch__writer_open(json, NULL, '{');
    orch__writer_string(json, "id", channel->id.text);
    orch__writer_string(json, "name", channel->name);
    orch__writer_string(json, "slug", channel->slug);
    orch__writer_string(json, "topic", channel->topic);
    orch__writer_string(json, "type", channel_type_name(channel->type));
    orch__writer_integer(json, "memberCount", (int64_t)channel->members_count);
    orch__writer_boolean(json, "joined", orch_channel_has_member(channel, reader));
    orch__writer_close(json, '}');
}

/* Empty text becomes null. */
static void optional(orch__writer *json, const char *key, orch_str text)
{
    if (text.len)
        orch__writer_text(json, key, text);
    else
        orch__writer_null(json, key);
}

static void write_message(orch__writer *json, const orch_message *message)
{
    orch__writer_string(json, "id", message->id.text);
    orch__writer_string(json, "channelId", message->channel->id.text);
    orch__writer_string(json, "authorId", message->author ? message->author->id.text : NULL);
    orch__writer_text(json, "content", message->content);
    orch__writer_string(json, "type", message->type);
    optional(json, "parentId", orch__str(message->parent_id.text));
    optional(json, "clientId", message->client_id);
    orch__writer_raw(json, "metadata", message->metadata, "{}");
    orch__writer_time(json, "createdAt", message->created_ms);
    orch__writer_time(json, "updatedAt", message->updated_ms);
    orch__writer_boolean(json, "edited", message->edited);
    orch__writer_boolean(json, "deleted", message->deleted);
}

void orch__render_message(orch__writer *json, const char *key, const orch_message *message)
{
    orch__writer_open(json, key, '{');
    write_message(json, message);
    orch__writer_close(json, '}');
}

/* Those with one emoji stand beside each other. */
static void write_reactions(orch__writer *json, const orch_message_ties *ties)
{
    orch__writer_open(json, "reactions", '[');
    for (size_t i = 0; i < ties->reactions_count;) {
        orch_str emoji = ties->reactions[i].emoji;

        orch__writer_open(json, NULL, '{');
        orch__writer_text(json, "emoji", emoji);
        orch__writer_open(json, "userIds", '[');
        do
            orch__writer_text(json, NULL, ties->reactions[i++].user_id);
        while (i < ties->reactions_count && orch__text_equal(ties->reactions[i].emoji, emoji));
        orch__writer_close(json, ']');
        orch__writer_close(json, '}');
    }
    orch__writer_close(json, ']');
}

static void write_turns(orch__writer *json, const orch_message_ties *ties, const orch_runtime *runtime)
{
    orch__writer_open(json, "turns", '[');
    for (size_t i = 0; i < ties->turns_count; i++) {
        const orch_message_turn *turn = &ties->turns[i];
        const char *state = orch_runtime_answers(runtime, turn->id) ? "running" : "waiting";

        orch__writer_open(json, NULL, '{');
        orch__writer_integer(json, "turnId", turn->id);
        orch__writer_string(json, "orchestratorId", turn->orchestrator->id.text);
        orch__writer_string(json, "state", turn->failed ? "failed" : state);
        if (turn->failed) {
            orch__writer_open(json, "error", '{');
            orch__writer_text(json, "code", turn->code);
            orch__writer_text(json, "message", turn->words);
            orch__writer_close(json, '}');
        }
        orch__writer_close(json, '}');
    }
    orch__writer_close(json, ']');
}

void orch__render_message_with(orch__writer *json, const char *key, const orch_message *message,
                               const orch_message_ties *ties, const orch_runtime *runtime)
{
    orch__writer_open(json, key, '{');
    write_message(json, message);
    if (ties->replies > 0) {
        orch__writer_integer(json, "replyCount", ties->replies);
        orch__writer_time(json, "lastReplyAt", ties->last_reply_ms);
    }
    if (ties->reactions_count > 0)
        write_reactions(json, ties);
    if (ties->turns_count > 0)
        write_turns(json, ties, runtime);
    orch__writer_close(json, '}');
}

void orch__render_orchestrator(orch__writer *json, const char *key, const orch_orchestrator *orchestrator,
                               bool inside)
{
    const orch_user *user = orchestrator->user;

    orch__writer_open(json, key, '{');
    orch__writer_string(json, "id", orchestrator->id.text);
    orch__writer_string(json, "userId", user->id.text);
    orch__writer_string(json, "name", user->name);
    orch__writer_string(json, "displayName", user->display_name);
    orch__writer_string(json, "email", user->email);
    orch__writer_string(json, "slug", orchestrator->slug);
    orch__writer_string(json, "role", orchestrator->role);
    orch__writer_string(json, "discipline", orchestrator->discipline);
    orch__writer_string(json, "model", orchestrator->model_chain);
    orch__writer_boolean(json, "loggedIn", orchestrator->logged_in);
    orch__writer_string(json, "organizationId", user->organization ? user->organization->id.text : NULL);
    if (inside)
        orch__writer_raw(json, "charter", orch__str(orchestrator->charter->json), "{}");
    orch__writer_close(json, '}');
}

void orch__render_health(orch__writer *json, const char *key, const orch_daemon_info *info)
{
    orch__writer_open(json, key, '{');
    orch__writer_string(json, "status", orch_status_name(info->health.status));
    orch__writer_integer(json, "uptime", info->health.uptime_ms);
    orch__writer_integer(json, "activeConversations", info->health.conversations_active);
    orch__writer_integer(json, "totalMessagesProcessed", (int64_t)info->health.answered);
    orch__writer_time(json, "lastHeartbeat", info->health.last_heartbeat_ms);
    orch__writer_open(json, "errors", '[');
    for (size_t i = 0; i < info->errors_count; i++)
        orch__writer_string(json, NULL, info->errors[i]);
    orch__writer_close(json, ']');
    orch__writer_close(json, '}');
}

void orch__render_daemon(orch__writer *json, const char *key, const orch_daemon_info *info)
{
    const orch_orchestrator *orchestrator = info->orchestrator;

    orch__writer_open(json, key, '{');
    orch__writer_string(json, "orchestratorId", orchestrator->id.text);
    orch__writer_string(json, "name", orch_user_shown_name(orchestrator->user));
    orch__writer_string(json, "slug", orchestrator->slug);
    orch__writer_string(json, "role", orchestrator->role);
    orch__render_health(json, "health", info);
    orch__writer_integer(json, "queued", info->health.queued);
    orch__writer_time(json, "startedAt", info->health.started_ms);
    orch__writer_integer(json, "restartCount", info->health.restarts);
    orch__writer_string(json, "lastError", info->last_error);
    orch__writer_string(json, "model", info->model[0] ? info->model : NULL);
    orch__writer_string(json, "presence", info->presence);
    orch__writer_integer(json, "active", info->health.conversations_active);
    orch__writer_integer(json, "answered", (int64_t)orchestrator->totals.answered);
    orch__writer_integer(json, "failed", (int64_t)orchestrator->totals.failed);
    orch__writer_integer(json, "inputTokens", (int64_t)orchestrator->totals.tokens_input);
    orch__writer_integer(json, "outputTokens", (int64_t)orchestrator->totals.tokens_output);
    orch__writer_close(json, '}');
}
