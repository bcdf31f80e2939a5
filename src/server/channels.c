/* Channels and who belongs to them. */
#include <stdlib.h>
#include <string.h>

#include "fanout.h"
#include "lookup.h"
#include "operations.h"
#include "render.h"

/* ---- one's own ---- */

static void write_channels(orch__exchange *exchange, const orch_channel_state *states, size_t count)
{
    orch__writer *json = orch__exchange_begin(exchange, 200);

    orch__writer_open(json, NULL, '{');
    orch__writer_open(json, "channels", '[');
    for (size_t i = 0; i < count; i++)
        orch__render_channel(json, NULL, states[i].channel, exchange->user, &states[i]);
    orch__writer_close(json, ']');
    orch__writer_close(json, '}');
    orch__exchange_end(exchange);
}

/* Without what is unread: to the machine's owner, who is in no channel and sees all; and to everybody while messages
 * cannot be counted, because a part of the file is damaged: that keeps nobody from the other channels. */
static void list_plainly(orch__exchange *exchange)
{
    orch_channel *const *channels;
    size_t count = orch_directory_channels(exchange->server->directory, &channels);
    orch__writer *json = orch__exchange_begin(exchange, 200);

    orch__writer_open(json, NULL, '{');
    orch__writer_open(json, "channels", '[');
    for (size_t i = 0; i < count; i++)
        if (!channels[i]->removed &&
            (exchange->owner || orch_channel_has_member(channels[i], exchange->user)))
            orch__render_channel(json, NULL, channels[i], exchange->owner ? NULL : exchange->user, NULL);
    orch__writer_close(json, ']');
    orch__writer_close(json, '}');
    orch__exchange_end(exchange);
}

static void on_states(const orch_problem *problem, const orch_channel_state *states, size_t count, void *user)
{
    orch__exchange *exchange = user;

    if (problem && problem->error == ORCH_E_CORRUPT)
        list_plainly(exchange);
    else if (problem)
        orch__exchange_problem(exchange, problem);
    else
        write_channels(exchange, states, count);
}

void orch__do_channel_list(orch__exchange *exchange)
{
    orch_channel *const *channels;
    size_t all = orch_directory_channels(exchange->server->directory, &channels);
    orch_channel **mine;
    size_t count = 0;
    orch_problem problem = {.error = ORCH_E_NO_MEMORY, .message = "out of memory"};

    if (exchange->owner) {
        list_plainly(exchange);
        return;
    }
    mine = malloc((all + 1) * sizeof(orch_channel *));
    for (size_t i = 0; mine && i < all; i++)
        if (!channels[i]->removed && orch_channel_has_member(channels[i], exchange->user))
            mine[count++] = channels[i];
    if (!mine || orch_workspace_channel_states(exchange->server->workspace, exchange->user, mine, count,
                                               on_states, exchange))
        orch__exchange_problem(exchange, &problem);
    free(mine);
}

/* ---- what is read ---- */

static void on_marked(const orch_problem *problem, const orch_channel_state *states, size_t count, void *user)
{
    orch__exchange *exchange = user;
    orch__writer *json;

    if (problem) {
        orch__exchange_problem(exchange, problem);
        return;
    }
    if (count == 0) { /* one has left it meanwhile */
        orch__exchange_refuse(exchange, 403, "forbidden", "channelId",
                              "only members of the channel may do this");
        return;
    }
    orch__fanout_read(exchange, &states[0]);
    json = orch__exchange_begin(exchange, 200);
    orch__writer_open(json, NULL, '{');
    orch__render_read(json, &states[0]);
    orch__writer_close(json, '}');
    orch__exchange_end(exchange);
}

void orch__do_channel_read(orch__exchange *exchange)
{
    orch_problem problem = {0};
    orch_channel *channel;

    if (orch__lookup_readable_channel(exchange, &channel, &problem) ||
        orch_workspace_mark_read(exchange->server->workspace, exchange->user, channel,
                                 orch__input_text(exchange->input, "messageId"), on_marked, exchange,
                                 &problem))
        orch__exchange_problem(exchange, &problem);
}

/* ---- those that one may join ---- */

static bool offered(const orch__exchange *exchange, const orch_channel *channel)
{
    return channel->type == ORCH_CHANNEL_PUBLIC && !channel->removed && !channel->archived &&
           orch__lookup_sees(exchange, channel->organization);
}

void orch__do_channel_browse(orch__exchange *exchange)
{
    orch_str after = orch__input_text(exchange->input, "after");
    const orch_channel *last = orch_directory_channel(exchange->server->directory, after);
    size_t limit = (size_t)orch__input_integer(exchange->input, "limit", ORCH__BROWSE_PAGE_DEFAULT);
    orch_channel *const *channels;
    size_t all = orch_directory_channels(exchange->server->directory, &channels);
    size_t at = last ? (size_t)last->handle.v : 0; /* handles count from 1 */
    const orch_channel *shown = NULL;
    orch__writer *json;

    if (after.len > 0 && (!last || !orch__lookup_sees(exchange, last->organization))) {
        orch__exchange_refuse(exchange, 404, "not_found", "after", "there is no channel with this id");
        return;
    }
    json = orch__exchange_begin(exchange, 200);
    orch__writer_open(json, NULL, '{');
    orch__writer_open(json, "channels", '[');
    for (; at < all && limit > 0; at++) {
        if (!offered(exchange, channels[at]))
            continue;
        shown = channels[at];
        orch__render_offer(json, shown, exchange->user);
        limit--;
    }
    orch__writer_close(json, ']');
    while (at < all && !offered(exchange, channels[at]))
        at++;
    if (at < all && shown)
        orch__writer_string(json, "next", shown->id.text);
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
    orch__render_channel(json, "channel", result->channel, exchange->user, NULL);
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

/* Oneself. */
static void set_self(orch__exchange *exchange, bool present)
{
    orch_problem problem = {0};
    orch_channel *channel;

    if (orch__lookup_channel(exchange, &channel, &problem) ||
        orch_workspace_set_member(exchange->server->workspace, exchange->user, channel, exchange->user,
                                  present, on_member_set, exchange, &problem))
        orch__exchange_problem(exchange, &problem);
}

void orch__do_channel_join(orch__exchange *exchange)
{
    set_self(exchange, true);
}

void orch__do_channel_leave(orch__exchange *exchange)
{
    set_self(exchange, false);
}
