/* Channels and who belongs to them. */
#include <string.h>

#include "lookup.h"
#include "operations.h"
#include "render.h"

/* ---- reading ---- */

static bool listed(const orch__exchange *exchange, const orch_channel *channel)
{
    if (channel->removed)
        return false;
    return exchange->owner || orch_channel_has_member(channel, exchange->user);
}

void orch__do_channel_list(orch__exchange *exchange)
{
    orch_channel *const *channels;
    size_t count = orch_directory_channels(exchange->server->directory, &channels);
    orch__writer *json = orch__exchange_begin(exchange, 200);

    orch__writer_open(json, NULL, '{');
    orch__writer_open(json, "channels", '[');
    for (size_t i = 0; i < count; i++) {
        if (listed(exchange, channels[i]))
            orch__render_channel(json, NULL, channels[i]);
    }
    orch__writer_close(json, ']');
    orch__writer_close(json, '}');
    orch__exchange_end(exchange);
}

void orch__do_member_list(orch__exchange *exchange)
{
    orch_problem problem = {0};
    orch_channel *channel;
    orch__writer *json;

    if (orch__lookup_readable_channel(exchange, &channel, &problem)) {
        orch__exchange_problem(exchange, &problem);
        return;
    }
    json = orch__exchange_begin(exchange, 200);
    orch__writer_open(json, NULL, '{');
    orch__writer_open(json, "members", '[');
    for (size_t i = 0; i < channel->members_count; i++)
        orch__render_user(json, NULL, channel->members[i]);
    orch__writer_close(json, ']');
    orch__writer_close(json, '}');
    orch__exchange_end(exchange);
}

/* ---- making ---- */

static void answer_channel(orch__exchange *exchange, int status, const orch_problem *problem,
                           const orch_done *result)
{
    orch__writer *json;

    if (problem) {
        orch__exchange_problem(exchange, problem);
        return;
    }
    if (result->channel)
        orch_runtime_members_changed(exchange->server->runtime, result->channel);
    json = orch__exchange_begin(exchange, status);
    orch__writer_open(json, NULL, '{');
    orch__render_channel(json, "channel", result->channel);
    orch__writer_close(json, '}');
    orch__exchange_end(exchange);
}

static void on_channel_made(const orch_problem *problem, const orch_done *result, void *user)
{
    answer_channel(user, 201, problem, result);
}

static orch_channel_type read_type(const orch__exchange *exchange)
{
    orch_str type = orch__input_text(exchange->input, "type");

    return type.ptr && strcmp(type.ptr, "PRIVATE") == 0 ? ORCH_CHANNEL_PRIVATE : ORCH_CHANNEL_PUBLIC;
}

static int read_members(const orch__exchange *exchange, orch_user **out_members, size_t *out_count,
                        orch_problem *problem)
{
    orch_str names[ORCH__MEMBERS_NAMED_MAX];

    *out_count = orch__input_texts(exchange->input, "members", names);
    for (size_t i = 0; i < *out_count; i++) {
        if (orch__lookup_user(exchange, "members", names[i], &out_members[i], problem))
            return problem->error;
    }
    return 0;
}

void orch__do_channel_create(orch__exchange *exchange)
{
    orch_user *members[ORCH__MEMBERS_NAMED_MAX];
    orch_channel_new channel_new = {.name = orch__input_text(exchange->input, "name"),
                                    .topic = orch__input_text(exchange->input, "topic"),
                                    .type = read_type(exchange),
                                    .members = members};
    orch_problem problem = {0};

    if (read_members(exchange, members, &channel_new.members_count, &problem) ||
        orch_workspace_add_channel(exchange->server->workspace, orch__exchange_actor(exchange), &channel_new,
                                   on_channel_made, exchange, &problem))
        orch__exchange_problem(exchange, &problem);
}

void orch__do_channel_direct(orch__exchange *exchange)
{
    orch_problem problem = {0};
    orch_user *other;

    if (orch__lookup_named_user(exchange, &other, &problem) ||
        orch_workspace_direct_channel(exchange->server->workspace, exchange->user, other, on_channel_made,
                                      exchange, &problem))
        orch__exchange_problem(exchange, &problem);
}

/* ---- members ---- */

static void on_member_set(const orch_problem *problem, const orch_done *result, void *user)
{
    answer_channel(user, 200, problem, result);
}

static void set_member(orch__exchange *exchange, bool present)
{
    orch_problem problem = {0};
    orch_channel *channel;
    orch_user *member;

    if (orch__lookup_channel(exchange, &channel, &problem) ||
        orch__lookup_named_user(exchange, &member, &problem) ||
        orch_workspace_set_member(exchange->server->workspace, orch__exchange_actor(exchange), channel,
                                  member, present, on_member_set, exchange, &problem))
        orch__exchange_problem(exchange, &problem);
}

void orch__do_member_add(orch__exchange *exchange)
{
    set_member(exchange, true);
}

void orch__do_member_remove(orch__exchange *exchange)
{
    set_member(exchange, false);
}
