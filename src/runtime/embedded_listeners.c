/* Who listens to the events of a daemon or a manager.
 *
 * Listeners may add and remove listeners, themselves included: while they are called a removed one is only marked, and those
 * that were added stand behind the `count` at which the round began.
 */
#include <stdlib.h>
#include <string.h>

#include "embedded.h"

int orch__listeners_add(orch__listeners *listeners, orch__listener listener)
{
    if (listeners->count == listeners->size) {
        size_t size = listeners->size ? listeners->size * 2 : 8;
        orch__listener *items = realloc(listeners->items, size * sizeof *items);

        if (!items)
            return orch__refuse(ORCH_E_NO_MEMORY, "%s", orch_error_text(ORCH_E_NO_MEMORY));
        listeners->items = items;
        listeners->size = size;
    }
    listeners->items[listeners->count++] = listener;
    return 0;
}

static void remove_at(orch__listeners *listeners, size_t at)
{
    if (listeners->calling) {
        listeners->items[at].type = 0;
        return;
    }
    listeners->count--;
    memmove(&listeners->items[at], &listeners->items[at + 1],
            (listeners->count - at) * sizeof listeners->items[0]);
}

void orch__listeners_remove(orch__listeners *listeners, orch__listener listener)
{
    for (size_t i = listeners->count; i > 0; i--) {
        const orch__listener *item = &listeners->items[i - 1];

        if (item->type == listener.type && item->function == listener.function &&
            item->user == listener.user) {
            remove_at(listeners, i - 1);
            return;
        }
    }
}

static void sweep(orch__listeners *listeners)
{
    size_t kept = 0;

    for (size_t i = 0; i < listeners->count; i++) {
        if (listeners->items[i].type)
            listeners->items[kept++] = listeners->items[i];
    }
    listeners->count = kept;
}

void orch__listeners_fini(orch__listeners *listeners)
{
    free(listeners->items);
    *listeners = (orch__listeners){.calling = listeners->calling};
}

bool orch__listeners_any(const orch__listeners *listeners, int type)
{
    for (size_t i = 0; i < listeners->count; i++) {
        if (listeners->items[i].type == type)
            return true;
    }
    return false;
}

void orch__listeners_call(orch__listeners *listeners, int type, orch__listener_call_fn call,
                          const void *event)
{
    size_t count = listeners->count;

    listeners->calling++;
    for (size_t i = 0; i < count && i < listeners->count; i++) {
        orch__listener listener = listeners->items[i];

        if (listener.type != type)
            continue;
        if (listener.once)
            listeners->items[i].type = 0;
        call(listener, event);
    }
    if (--listeners->calling == 0)
        sweep(listeners);
}

/* ---- names, and the program's calls ---- */

static const char *const daemon_event_names[ORCH_DAEMON_EVENT_TYPES_END] = {
    [ORCH_DAEMON_STARTED] = "started",
    [ORCH_DAEMON_STOPPED] = "stopped",
    [ORCH_DAEMON_ERROR] = "error",
    [ORCH_DAEMON_MESSAGE_PROCESSED] = "message:processed",
    [ORCH_DAEMON_MESSAGE_SEND] = "message:send",
    [ORCH_DAEMON_MESSAGE_ERROR] = "message:error",
    [ORCH_DAEMON_ACTION_EXECUTE] = "action:execute",
    [ORCH_DAEMON_STATUS_CHANGED] = "status:changed",
    [ORCH_DAEMON_HEARTBEAT] = "heartbeat",
};

static const char *const manager_event_names[ORCH_MANAGER_EVENT_TYPES_END] = {
    [ORCH_MANAGER_DAEMON_STARTED] = "daemon:started",
    [ORCH_MANAGER_DAEMON_STOPPED] = "daemon:stopped",
    [ORCH_MANAGER_DAEMON_ERROR] = "daemon:error",
    [ORCH_MANAGER_DAEMON_RESTARTED] = "daemon:restarted",
    [ORCH_MANAGER_DAEMON_HEALTH] = "daemon:health",
    [ORCH_MANAGER_DAEMON_MESSAGE_PROCESSED] = "daemon:message-processed",
    [ORCH_MANAGER_DAEMON_MESSAGE_SEND] = "daemon:message-send",
    [ORCH_MANAGER_DAEMON_MESSAGE_ERROR] = "daemon:message-error",
    [ORCH_MANAGER_DAEMON_ACTION] = "daemon:action",
    [ORCH_MANAGER_DAEMON_STATUS_CHANGED] = "daemon:status-changed",
    [ORCH_MANAGER_DAEMON_HEARTBEAT] = "daemon:heartbeat",
    [ORCH_MANAGER_DAEMON_START_ERROR] = "daemon:start-error",
    [ORCH_MANAGER_DAEMON_STOP_ERROR] = "daemon:stop-error",
    [ORCH_MANAGER_DAEMON_RESTART_ERROR] = "daemon:restart-error",
    [ORCH_MANAGER_DAEMON_HEALTH_ERROR] = "daemon:health-error",
    [ORCH_MANAGER_AUTO_START_ERROR] = "auto-start-error",
};

const char *orch_daemon_event_name(orch_daemon_event_type type)
{
    bool known = type > 0 && type < ORCH_DAEMON_EVENT_TYPES_END;

    return known ? daemon_event_names[type] : "unknown";
}

const char *orch_manager_event_name(orch_manager_event_type type)
{
    bool known = type > 0 && type < ORCH_MANAGER_EVENT_TYPES_END;

    return known ? manager_event_names[type] : "unknown";
}

static int add_listener(orch__listeners *listeners, orch__listener listener, int types_end)
{
    if (listener.type <= 0 || listener.type >= types_end)
        return orch__refuse(ORCH_E_INVALID, "type is %d; allowed are 1 to %d", listener.type, types_end - 1);
    return orch__listeners_add(listeners, listener);
}

int orch_daemon_on(orch_daemon *daemon, orch_daemon_event_type type, orch_daemon_listener_fn listener,
                   void *user)
{
    return add_listener(
        &daemon->listeners,
        (orch__listener){.type = (int)type, .function = (void (*)(void))listener, .user = user},
        ORCH_DAEMON_EVENT_TYPES_END);
}

int orch_daemon_once(orch_daemon *daemon, orch_daemon_event_type type, orch_daemon_listener_fn listener,
                     void *user)
{
    return add_listener(&daemon->listeners, (orch__listener){(int)type, true, (void (*)(void))listener, user},
                        ORCH_DAEMON_EVENT_TYPES_END);
}

void orch_daemon_off(orch_daemon *daemon, orch_daemon_event_type type, orch_daemon_listener_fn listener,
                     void *user)
{
    orch__listeners_remove(&daemon->listeners,
                           (orch__listener){(int)type, false, (void (*)(void))listener, user});
}

int orch_manager_on(orch_manager *manager, orch_manager_event_type type, orch_manager_listener_fn listener,
                    void *user)
{
    return add_listener(&manager->listeners,
                        (orch__listener){(int)type, false, (void (*)(void))listener, user},
                        ORCH_MANAGER_EVENT_TYPES_END);
}

int orch_manager_once(orch_manager *manager, orch_manager_event_type type, orch_manager_listener_fn listener,
                      void *user)
{
    return add_listener(&manager->listeners,
                        (orch__listener){(int)type, true, (void (*)(void))listener, user},
                        ORCH_MANAGER_EVENT_TYPES_END);
}

void orch_manager_off(orch_manager *manager, orch_manager_event_type type, orch_manager_listener_fn listener,
                      void *user)
{
    orch__listeners_remove(&manager->listeners,
                           (orch__listener){(int)type, false, (void (*)(void))listener, user});
}
