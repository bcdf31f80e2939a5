/* The daemons of a manager: by orchestrator, by its user. One that was started once stays known, stopped or not, so that
 * what waits in its queue is answered after its next start.
 */
#include <stdlib.h>

#include "embedded.h"

#define DAEMONS_FIRST 16

/* ---- finding ---- */

orch_daemon *orch__roster_find(const orch_manager *manager, const char *orchestrator_id)
{
    return orchestrator_id ? orch__map_get(&manager->by_id, orch__handle(orchestrator_id)) : NULL;
}

orch_daemon *orch__roster_find_any(const orch_manager *manager, const char *id)
{
    orch_daemon *daemon = orch__roster_find(manager, id);

    return daemon || !id ? daemon : orch__map_get(&manager->by_user, orch__handle(id));
}

/* ---- making ---- */

static int make_room(orch_manager *manager)
{
    size_t size = manager->daemons_size ? manager->daemons_size * 2 : DAEMONS_FIRST;
    orch_daemon **daemons;

    if (manager->daemons_count < manager->daemons_size)
        return 0;
    daemons = realloc(manager->daemons, size * sizeof(void *));
    if (!daemons)
        return ORCH_E_NO_MEMORY;
    manager->daemons = daemons;
    manager->daemons_size = size;
    return 0;
}

static int enter(orch_manager *manager, orch_daemon *daemon)
{
    const orch__profile *profile = daemon->profile;

    if (make_room(manager) != 0 || orch__map_put(&manager->by_id, profile->id, daemon) != 0)
        return ORCH_E_NO_MEMORY;
    if (orch__map_put(&manager->by_user, profile->user.v, daemon) != 0) {
        orch__map_remove(&manager->by_id, profile->id);
        return ORCH_E_NO_MEMORY;
    }
    manager->daemons[manager->daemons_count++] = daemon;
    return 0;
}

static int make(orch_manager *manager, orch__profile *profile)
{
    orch_daemon *daemon = orch__hosted_daemon_make(manager->host, manager, profile, &manager->settings);

    if (!daemon)
        return ORCH_E_INVALID;
    if (enter(manager, daemon) != 0) {
        orch__hosted_daemon_end(daemon, false);
        return orch__refuse(ORCH_E_NO_MEMORY, "%s", orch_error_text(ORCH_E_NO_MEMORY));
    }
    return 0;
}

static int apply(orch_manager *manager, orch_daemon *known, orch__profile *profile)
{
    int error = orch__profile_read_charter(profile);

    if (error)
        return error;
    return known ? orch__hosted_daemon_update(known, profile) : make(manager, profile);
}

int orch__roster_open(orch_manager *manager, const orch_orchestrator_info *info, orch_manager_event_type type,
                      orch_daemon **out_daemon)
{
    orch_daemon *known = info ? orch__roster_find(manager, info->id) : NULL;
    orch__profile *profile = NULL;
    int error = 0;

    if (!known || !orch__profile_equals(known->profile, info)) {
        error = orch__profile_new(info, &profile);
        if (error)
            return error;
        error = apply(manager, known, profile);
        if (error)
            orch__emit_not_made(manager, profile, type, error, orch_last_error());
        else
            known = orch__roster_find(manager, info->id);
        orch__profile_unref(profile);
    }
    if (!error)
        *out_daemon = known;
    return error;
}

void orch__roster_fini(orch_manager *manager, bool call)
{
    for (size_t i = 0; i < manager->daemons_count; i++)
        orch__hosted_daemon_end(manager->daemons[i], call);
    free(manager->daemons);
    manager->daemons = NULL;
    manager->daemons_count = manager->daemons_size = 0;
    orch__map_fini(&manager->by_id);
    orch__map_fini(&manager->by_user);
}

/* ---- what the program may know ---- */

orch_daemon *orch_manager_get_daemon(const orch_manager *manager, const char *orchestrator_id)
{
    return orch__roster_find(manager, orchestrator_id);
}

bool orch_manager_is_daemon_running(const orch_manager *manager, const char *orchestrator_id)
{
    const orch_daemon *daemon = orch__roster_find(manager, orchestrator_id);

    return daemon && orch_daemon_is_running(daemon);
}

size_t orch_manager_get_running_daemons(const orch_manager *manager, orch_daemon **out_daemons, size_t max)
{
    size_t count = 0;

    for (size_t i = 0; i < manager->daemons_count; i++) {
        if (!orch_daemon_is_running(manager->daemons[i]))
            continue;
        if (count < max)
            out_daemons[count] = manager->daemons[i];
        count++;
    }
    return count;
}

static void describe(orch_daemon *daemon, orch_managed_daemon *out_status)
{
    orch_health core;

    *out_status = (orch_managed_daemon){
        .daemon = daemon,
        .orchestrator = &daemon->profile->info,
        .last_error = daemon->last_error[0] ? daemon->last_error : NULL,
    };
    orch__hosted_daemon_health(daemon, &out_status->health, &core);
    out_status->started_at_ms = core.started_ms;
    out_status->restart_count = core.restarts;
}

int orch_manager_get_daemon_status(const orch_manager *manager, const char *orchestrator_id,
                                   orch_managed_daemon *out_status)
{
    orch_daemon *daemon = orch__roster_find(manager, orchestrator_id);

    if (!daemon)
        return orch__refuse(ORCH_E_NOT_FOUND, "No daemon for orchestrator: %s",
                            orchestrator_id ? orchestrator_id : "(none)");
    describe(daemon, out_status);
    return 0;
}

size_t orch_manager_get_all_daemon_statuses(const orch_manager *manager, orch_managed_daemon *out_statuses,
                                            size_t max)
{
    for (size_t i = 0; i < manager->daemons_count && i < max; i++)
        describe(manager->daemons[i], &out_statuses[i]);
    return manager->daemons_count;
}
