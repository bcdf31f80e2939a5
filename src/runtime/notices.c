/* Subscribers of the feed. One may unsubscribe, itself or another, while notices go out: it is freed afterwards. */
#include "runtime_parts.h"

#include <stdlib.h>

static void sweep(orch_runtime *runtime)
{
    orch_subscription **link = &runtime->subscriptions;

    while (*link) {
        orch_subscription *subscription = *link;

        if (subscription->notice) {
            link = &subscription->next;
        } else {
            *link = subscription->next;
            free(subscription);
        }
    }
    runtime->subscriptions_stale = false;
}

void orch__publish(orch_runtime *runtime, const orch_notice *notice)
{
    runtime->publishing++;
    for (orch_subscription *each = runtime->subscriptions; each; each = each->next)
        if (each->notice)
            each->notice(notice, each->user);
    runtime->publishing--;
    orch__feed_grew(runtime, notice->cursor);
    orch__search_index_keep_up(runtime);
    if (runtime->publishing == 0 && runtime->subscriptions_stale)
        sweep(runtime);
}

orch_subscription *orch_runtime_subscribe(orch_runtime *runtime, orch_notice_fn notice, void *user)
{
    orch_subscription *subscription = calloc(1, sizeof *subscription);

    if (!subscription)
        return NULL;
    subscription->runtime = runtime;
    subscription->notice = notice;
    subscription->user = user;
    subscription->next = runtime->subscriptions;
    runtime->subscriptions = subscription;
    return subscription;
}

void orch_runtime_unsubscribe(orch_subscription *subscription)
{
    orch_runtime *runtime = subscription->runtime;

    subscription->notice = NULL;
    if (runtime->publishing > 0)
        runtime->subscriptions_stale = true;
    else
        sweep(runtime);
}

void orch__subscriptions_free(orch_runtime *runtime)
{
    for (orch_subscription *each = runtime->subscriptions; each; each = each->next)
        each->notice = NULL;
    sweep(runtime);
}

void orch_runtime_members_changed(orch_runtime *runtime, orch_channel *channel)
{
    orch_notice notice = {.kind = ORCH_NOTICE_MEMBERS, .channel = channel};

    orch__publish(runtime, &notice);
}

void orch_runtime_typing(orch_runtime *runtime, orch_user *user, orch_channel *channel, orch_str parent_id)
{
    orch_notice notice = {.kind = ORCH_NOTICE_TYPING,
                          .channel = channel,
                          .user = user,
                          .parent_id = orch__runtime_id_from(parent_id)};

    if (orch_channel_has_member(channel, user))
        orch__publish(runtime, &notice);
}
