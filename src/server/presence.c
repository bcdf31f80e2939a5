#include "presence.h"

#include <stdlib.h>
#include <string.h>

#include "fanout.h"
#include "websocket.h"

#define DELAY_MS    1000
#define NOTICES_MAX 50000 /* in one go, over all who listen */

enum { SEEN_ONLINE = 1, SEEN_CHANGED = 2 };

const char *orch__presence_of(const orch_server *server, const orch_user *user)
{
    if (user->orchestrator)
        return orch_runtime_presence(server->runtime, user->orchestrator);
    return orch__sockets_of(server, user, NULL) ? "online" : "offline";
}

static void tell(orch_server *server, orch_user *user)
{
    uint8_t *seen = &server->presence.seen[user->handle.v];
    bool online = orch__sockets_of(server, user, NULL) != NULL;
    const orch_notice notice = {
        .kind = ORCH_NOTICE_PRESENCE, .user = user, .presence = online ? "online" : "offline"};

    *seen &= (uint8_t)~SEEN_CHANGED;
    if (online == ((*seen & SEEN_ONLINE) != 0))
        return;
    *seen ^= SEEN_ONLINE;
    orch__fanout_tell(server, &notice);
}

static void on_timer(uv_timer_t *timer)
{
    orch_server *server = timer->data;
    orch__presence *presence = &server->presence;
    size_t count = 1 + NOTICES_MAX / (server->sockets_count + 1);

    if (count > presence->changed_count)
        count = presence->changed_count;
    for (size_t i = 0; i < count; i++)
        tell(server, presence->changed[i]);
    presence->changed_count -= count;
    memmove(presence->changed, presence->changed + count, presence->changed_count * sizeof(orch_user *));
    if (presence->changed_count > 0)
        uv_timer_start(timer, on_timer, DELAY_MS, 0);
}

/* By doubling. False: no memory; then it is not told, and who asks sees it all the same. */
static bool make_room(orch__presence *presence, size_t handle)
{
    if (handle >= presence->seen_size) {
        size_t size = presence->seen_size ? presence->seen_size : 64;

        while (size <= handle)
            size *= 2;
        uint8_t *seen = realloc(presence->seen, size);

        if (!seen)
            return false;
        memset(seen + presence->seen_size, 0, size - presence->seen_size);
        presence->seen = seen;
        presence->seen_size = size;
    }
    if (presence->changed_count == presence->changed_room) {
        size_t room = presence->changed_room ? presence->changed_room * 2 : 16;
        orch_user **changed = realloc(presence->changed, room * sizeof(orch_user *));

        if (!changed)
            return false;
        presence->changed = changed;
        presence->changed_room = room;
    }
    return true;
}

void orch__presence_touch(orch_server *server, orch_user *user)
{
    orch__presence *presence = &server->presence;

    if (user->orchestrator || server->phase >= ORCH__SERVER_CLOSING ||
        !make_room(presence, (size_t)user->handle.v) || presence->seen[user->handle.v] & SEEN_CHANGED)
        return;
    presence->seen[user->handle.v] |= SEEN_CHANGED;
    presence->changed[presence->changed_count++] = user;
    if (!uv_is_active((const uv_handle_t *)&presence->timer))
        uv_timer_start(&presence->timer, on_timer, DELAY_MS, 0);
}

void orch__presence_init(orch_server *server)
{
    uv_timer_init(server->loop, &server->presence.timer);
    server->presence.timer.data = server;
}

void orch__presence_fini(orch__presence *presence)
{
    free(presence->seen);
    free(presence->changed);
}
