/* The directory: looking up. How it is filled is in directory_entries.c. */
#include "directory_entries.h"
#include "text.h"

#include <string.h>

#define EMAIL_ROOM    512
#define SLUG_KEY_ROOM (ORCH_ID_MAX + ORCH_NAME_MAX + 2)

const char *orch_user_shown_name(const orch_user *user)
{
    if (user->display_name)
        return user->display_name;
    return user->name ? user->name : user->email;
}

orch_user *orch_directory_user(const orch_directory *directory, orch_str id)
{
    return orch__strmap_get(&directory->users_by_id, id);
}

orch_user *orch_directory_user_by_email(const orch_directory *directory, orch_str email)
{
    char lower[EMAIL_ROOM];

    if (email.len >= sizeof lower)
        return NULL;
    orch__text_lower(email, lower, sizeof lower);
    return orch__strmap_get(&directory->users_by_email, (orch_str){lower, email.len});
}

orch_user *orch_directory_user_by_handle(const orch_directory *directory, orch_user_id handle)
{
    return handle.v >= 1 && handle.v <= directory->users.count ? directory->users.items[handle.v - 1] : NULL;
}

orch_orchestrator *orch_directory_orchestrator(const orch_directory *directory, orch_str id)
{
    return orch__strmap_get(&directory->orchestrators_by_id, id);
}

orch_orchestrator *orch_directory_orchestrator_by_slug(const orch_directory *directory, orch_str slug)
{
    return orch__strmap_get(&directory->orchestrators_by_slug, slug);
}

orch_orchestrator *orch_directory_orchestrator_by_daemon(const orch_directory *directory,
                                                         orch_daemon_id daemon)
{
    return daemon.v >= 1 && daemon.v <= directory->orchestrators.count
               ? directory->orchestrators.items[daemon.v - 1]
               : NULL;
}

orch_channel *orch_directory_channel(const orch_directory *directory, orch_str id)
{
    return orch__strmap_get(&directory->channels_by_id, id);
}

orch_channel *orch_directory_channel_by_handle(const orch_directory *directory, orch_channel_id handle)
{
    return handle.v >= 1 && handle.v <= directory->channels.count ? directory->channels.items[handle.v - 1]
                                                                  : NULL;
}

orch_channel *orch_directory_channel_by_slug(const orch_directory *directory,
                                             const orch_organization *organization, orch_str slug)
{
    char key[SLUG_KEY_ROOM];
    size_t id_len = strlen(organization->id.text);

    if (slug.len > ORCH_NAME_MAX)
        return NULL;
    memcpy(key, organization->id.text, id_len);
    key[id_len] = '/';
    if (slug.len > 0)
        memcpy(key + id_len + 1, slug.ptr, slug.len);
    return orch__strmap_get(&directory->channels_by_slug, (orch_str){key, id_len + 1 + slug.len});
}

size_t orch_directory_users(const orch_directory *directory, orch_user *const **out_items)
{
    *out_items = (orch_user *const *)directory->users.items;
    return directory->users.count;
}

size_t orch_directory_orchestrators(const orch_directory *directory, orch_orchestrator *const **out_items)
{
    *out_items = (orch_orchestrator *const *)directory->orchestrators.items;
    return directory->orchestrators.count;
}

size_t orch_directory_channels(const orch_directory *directory, orch_channel *const **out_items)
{
    *out_items = (orch_channel *const *)directory->channels.items;
    return directory->channels.count;
}

size_t orch_directory_organizations(const orch_directory *directory, orch_organization *const **out_items)
{
    *out_items = (orch_organization *const *)directory->organizations.items;
    return directory->organizations.count;
}

/* Members are sorted by handle. */
bool orch_channel_has_member(const orch_channel *channel, const orch_user *user)
{
    size_t low = 0;
    size_t high = channel->members_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (channel->members[middle]->handle.v < user->handle.v)
            low = middle + 1;
        else
            high = middle;
    }
    return low < channel->members_count && channel->members[low] == user;
}

bool orch_user_administers(const orch_user *user, const orch_organization *organization)
{
    return user->organization == organization && !user->removed && user->status == ORCH_USER_ACTIVE &&
           user->role != ORCH_ROLE_MEMBER;
}
