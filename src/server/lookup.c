#include "lookup.h"

#include <string.h>

bool orch__lookup_sees(const orch__exchange *exchange, const orch_organization *organization)
{
    return exchange->owner || (exchange->user && exchange->user->organization == organization);
}

/* The machine's owner means the first organization that knows the slug. */
static orch_channel *channel_by_slug(const orch__exchange *exchange, orch_str slug)
{
    orch_organization *const *items;
    size_t count = orch_directory_organizations(exchange->server->directory, &items);

    for (size_t i = 0; i < count; i++) {
        orch_channel *channel = orch_directory_channel_by_slug(exchange->server->directory, items[i], slug);

        if (channel && orch__lookup_sees(exchange, items[i]))
            return channel;
    }
    return NULL;
}

int orch__lookup_channel(const orch__exchange *exchange, orch_channel **out_channel, orch_problem *problem)
{
    orch_str name = orch__input_text(exchange->input, "channelId");
    orch_channel *channel = orch_directory_channel(exchange->server->directory, name);

    if (!channel)
        channel = channel_by_slug(exchange, name);
    if (!channel || channel->removed || !orch__lookup_sees(exchange, channel->organization))
        return orch__input_problem(problem, ORCH_E_NOT_FOUND, "channelId", "there is no channel %.*s",
                                   (int)(name.len < 64 ? name.len : 64), name.ptr);
    *out_channel = channel;
    return 0;
}

int orch__lookup_readable_channel(const orch__exchange *exchange, orch_channel **out_channel,
                                  orch_problem *problem)
{
    if (orch__lookup_channel(exchange, out_channel, problem))
        return problem->error;
    if (!exchange->owner && !orch_channel_has_member(*out_channel, exchange->user))
        return orch__input_problem(problem, ORCH_E_FORBIDDEN, "channelId",
                                   "only members of the channel may do this");
    return 0;
}

int orch__lookup_orchestrator(const orch__exchange *exchange, orch_orchestrator **out_orchestrator,
                              orch_problem *problem)
{
    const orch_directory *directory = exchange->server->directory;
    orch_str name = orch__input_text(exchange->input, "orchestratorId");
    orch_orchestrator *found = orch_directory_orchestrator(directory, name);

    if (!found)
        found = orch_directory_orchestrator_by_slug(directory, name);
    if (!found) {
        const orch_user *user = orch_directory_user(directory, name);

        if (!user)
            user = orch_directory_user_by_email(directory, name);
        found = user ? user->orchestrator : NULL;
    }
    if (!found || found->user->removed || !orch__lookup_sees(exchange, found->user->organization))
        return orch__input_problem(problem, ORCH_E_NOT_FOUND, "orchestratorId",
                                   "there is no orchestrator %.*s", (int)(name.len < 64 ? name.len : 64),
                                   name.ptr);
    *out_orchestrator = found;
    return 0;
}

int orch__lookup_user(const orch__exchange *exchange, const char *field, orch_str name, orch_user **out_user,
                      orch_problem *problem)
{
    orch_user *user = orch_directory_user(exchange->server->directory, name);

    if (!user)
        user = orch_directory_user_by_email(exchange->server->directory, name);
    if (!user || user->removed || !orch__lookup_sees(exchange, user->organization))
        return orch__input_problem(problem, ORCH_E_NOT_FOUND, field, "there is no user %.*s",
                                   (int)(name.len < 64 ? name.len : 64), name.ptr);
    *out_user = user;
    return 0;
}

int orch__lookup_named_user(const orch__exchange *exchange, orch_user **out_user, orch_problem *problem)
{
    const char *field = orch__input_given(exchange->input, "userId") ? "userId" : "email";

    return orch__lookup_user(exchange, field, orch__input_text(exchange->input, field), out_user, problem);
}
