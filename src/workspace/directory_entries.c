#include "directory_entries.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_text.h"
#include "orchd/assert.h"
#include "text.h"

#define BLOCK_BYTES ((size_t)16 << 10)

/* ---- memory ---- */

static void append(orch__pointers *pointers, void *item)
{
    if (pointers->count == pointers->room) {
        pointers->room = pointers->room ? pointers->room * 2 : 16;
        pointers->items = realloc(pointers->items, pointers->room * sizeof *pointers->items);
        ORCH_ASSERT(pointers->items);
    }
    pointers->items[pointers->count++] = item;
}

static void *allocate(orch_directory *directory, size_t size)
{
    size = (size + 15) & ~(size_t)15;
    if (directory->block_left < size) {
        directory->block_left = size > BLOCK_BYTES ? size : BLOCK_BYTES;
        directory->block = malloc(directory->block_left);
        ORCH_ASSERT(directory->block);
        append(&directory->blocks, directory->block);
    }
    void *memory = directory->block;

    directory->block += size;
    directory->block_left -= size;
    memset(memory, 0, size);
    return memory;
}

char *orch__directory_text(orch_directory *directory, orch_str text)
{
    char *copy = allocate(directory, text.len + 1);

    if (text.len > 0)
        memcpy(copy, text.ptr, text.len);
    return copy;
}

static char *text_or_null(orch_directory *directory, orch_str text)
{
    return text.len > 0 ? orch__directory_text(directory, text) : NULL;
}

orch_directory *orch__directory_new(void)
{
    return calloc(1, sizeof(orch_directory));
}

void orch__directory_free(orch_directory *directory)
{
    if (!directory)
        return;
    for (size_t i = 0; i < directory->channels.count; i++) {
        orch_channel *channel = directory->channels.items[i];

        free(channel->members);
        free(channel->daemons);
    }
    for (size_t i = 0; i < directory->charters.count; i++)
        orch_charter_free(directory->charters.items[i]);
    for (size_t i = 0; i < directory->blocks.count; i++)
        free(directory->blocks.items[i]);
    orch__strmap *const maps[] = {&directory->users_by_id,         &directory->users_by_email,
                                  &directory->orchestrators_by_id, &directory->orchestrators_by_slug,
                                  &directory->channels_by_id,      &directory->channels_by_slug,
                                  &directory->organizations_by_id, &directory->organizations_by_workspace};
    orch__pointers *const lists[] = {&directory->users,    &directory->orchestrators,
                                     &directory->channels, &directory->organizations,
                                     &directory->blocks,   &directory->charters};

    for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++)
        orch__strmap_fini(maps[i]);
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        free(lists[i]->items);
    free(directory);
}

/* ---- organizations and users ---- */

static orch_str id_key(const orch_id *id)
{
    return orch__text_of(id->text);
}

static void set_id(orch_id *id, orch_str text)
{
    ORCH_ASSERT(text.len > 0 && text.len < ORCH_ID_MAX);
    memcpy(id->text, text.ptr, text.len);
    id->text[text.len] = '\0';
}

orch_organization *orch__directory_organization(const orch_directory *directory, orch_str id)
{
    return orch__strmap_get(&directory->organizations_by_id, id);
}

orch_organization *orch__directory_organization_of_workspace(const orch_directory *directory,
                                                             orch_str workspace_id)
{
    return orch__strmap_get(&directory->organizations_by_workspace, workspace_id);
}

orch_organization *orch__directory_add_organization(orch_directory *directory, orch_str id, orch_str name,
                                                    orch_str slug)
{
    orch_organization *organization = allocate(directory, sizeof *organization);

    set_id(&organization->id, id);
    organization->name = orch__directory_text(directory, name);
    organization->slug = orch__directory_text(directory, slug);
    append(&directory->organizations, organization);
    orch__strmap_put(&directory->organizations_by_id, id_key(&organization->id), organization);
    return organization;
}

void orch__directory_add_workspace(orch_directory *directory, orch_organization *organization, orch_str id)
{
    if (!organization->workspace_id.text[0])
        set_id(&organization->workspace_id, id);
    orch__strmap_put(&directory->organizations_by_workspace,
                     orch__text_of(orch__directory_text(directory, id)), organization);
}

static orch_str local_part(orch_str email)
{
    const char *at = email.len > 0 ? memchr(email.ptr, '@', email.len) : NULL;

    return (orch_str){email.ptr, at ? (size_t)(at - email.ptr) : email.len};
}

orch_user *orch__directory_add_user(orch_directory *directory, const orch__user_entry *entry)
{
    orch_user *user = allocate(directory, sizeof *user);
    char *lower = allocate(directory, entry->email.len + 1);

    set_id(&user->id, entry->id);
    user->email = orch__directory_text(directory, entry->email);
    user->name = text_or_null(directory, entry->name);
    user->display_name = text_or_null(directory, entry->display_name);
    if (!user->name && !user->display_name)
        user->display_name = orch__directory_text(directory, local_part(entry->email));
    user->avatar_url = text_or_null(directory, entry->avatar_url);
    user->status = entry->status;
    append(&directory->users, user);
    user->handle.v = directory->users.count;
    orch__strmap_put(&directory->users_by_id, id_key(&user->id), user);
    orch__text_lower(entry->email, lower, entry->email.len + 1);
    orch__strmap_put(&directory->users_by_email, orch__text_of(lower), user);
    return user;
}

void orch__directory_join(orch_user *user, orch_organization *organization, orch_role role)
{
    if (user->organization)
        return;
    user->organization = organization;
    user->role = role;
}

/* ---- orchestrators ---- */

void orch__directory_free_slug(const orch_directory *directory, orch_str name, const orch_orchestrator *self,
                               char *out_slug, size_t size)
{
    char slug[ORCH__SLUG_MAX];
    char tried[ORCH__SLUG_MAX];
    unsigned number = 1;

    orch__slug(name, slug);
    snprintf(tried, sizeof tried, "%s", slug);
    for (;;) {
        const orch_orchestrator *holder =
            orch_directory_orchestrator_by_slug(directory, orch__text_of(tried));

        if (!holder || holder == self)
            break;
        orch__slug_numbered(slug, ++number, tried);
    }
    snprintf(out_slug, size, "%s", tried);
}

/* NULL: empty, or no JSON. */
static json_t *read_json(orch_str json)
{
    json_t *root = NULL;
    int error = json.len > 0 ? orch_json_read(json, 0, &root, NULL) : 0;

    ORCH_ASSERT(error != ORCH_E_NO_MEMORY); /* what was stored must not be forgotten */
    return root;
}

/* The entries of an array, or the keys of an object whose value is not false. */
static void read_capabilities(orch_directory *directory, orch_str json, orch_str_list *out_list)
{
    json_t *root = read_json(json);
    const char *key;
    json_t *value;
    size_t i;

    out_list->count = 0;
    json_array_foreach(root, i, value)
    {
        if (json_is_string(value) && out_list->count < ORCH_CHARTER_LIST_MAX)
            out_list->items[out_list->count++] = orch__text_of(orch__directory_text(
                directory, (orch_str){json_string_value(value), json_string_length(value)}));
    }
    json_object_foreach(root, key, value)
    {
        if (!json_is_false(value) && !json_is_null(value) && out_list->count < ORCH_CHARTER_LIST_MAX)
            out_list->items[out_list->count++] =
                orch__text_of(orch__directory_text(directory, orch__text_of(key)));
    }
    json_decref(root);
}

/* The charter's fields that are the orchestrator's own. */
static void describe(orch_orchestrator *orchestrator)
{
    orch_charter *fields = &orchestrator->charter->fields;
    const orch_user *user = orchestrator->user;

    fields->name = orch__text_of(orch_user_shown_name(user));
    fields->role = orch__text_of(orchestrator->role);
    fields->discipline = orch__text_of(orchestrator->discipline);
    fields->organization = user->organization ? orch__text_of(user->organization->name) : ORCH_STR_NONE;
}

static void read_keywords(orch_directory *directory, orch_orchestrator *orchestrator, orch_str json)
{
    json_t *root = read_json(json);
    json_t *value;
    size_t i;

    orchestrator->keywords = allocate(directory, sizeof(orch_str) * (json_array_size(root) + 1));
    json_array_foreach(root, i, value)
    {
        if (json_string_length(value) > 0)
            orchestrator->keywords[orchestrator->keywords_count++] = orch__text_of(orch__directory_text(
                directory, (orch_str){json_string_value(value), json_string_length(value)}));
    }
    json_decref(root);
}

orch_orchestrator *orch__directory_add_orchestrator(orch_directory *directory,
                                                    const orch__orchestrator_entry *entry)
{
    orch_orchestrator *orchestrator = allocate(directory, sizeof *orchestrator);
    char slug[ORCH__SLUG_MAX];

    set_id(&orchestrator->id, entry->id);
    orchestrator->user = entry->user;
    entry->user->orchestrator = orchestrator;
    orch__directory_free_slug(
        directory,
        entry->slug.len > 0
            ? entry->slug
            : orch__text_of(entry->user->name ? entry->user->name : orch_user_shown_name(entry->user)),
        NULL, slug, sizeof slug);
    orchestrator->slug = orch__directory_text(directory, orch__text_of(slug));
    orchestrator->role = orch__directory_text(directory, entry->role);
    orchestrator->discipline = orch__directory_text(directory, entry->discipline);
    orchestrator->model_chain = text_or_null(directory, entry->model_chain);
    orchestrator->charter = entry->charter;
    orchestrator->logged_in = entry->logged_in;
    orchestrator->mention_only = entry->mention_only;
    orchestrator->auto_reply = entry->auto_reply;
    orchestrator->temperature = entry->temperature;
    orchestrator->tokens_max = entry->tokens_max ? entry->tokens_max : ORCH_TOKENS_MAX_DEFAULT;
    read_keywords(directory, orchestrator, entry->keywords);
    read_capabilities(directory, entry->capabilities, &entry->charter->fields.capabilities);
    describe(orchestrator);
    append(&directory->charters, entry->charter);
    append(&directory->orchestrators, orchestrator);
    orchestrator->daemon.v = (uint32_t)directory->orchestrators.count;
    orch__strmap_put(&directory->orchestrators_by_id, id_key(&orchestrator->id), orchestrator);
    orch__strmap_put(&directory->orchestrators_by_slug, orch__text_of(orchestrator->slug), orchestrator);
    return orchestrator;
}

static void rename_orchestrator(orch_directory *directory, orch_orchestrator *orchestrator, orch_str name)
{
    char slug[ORCH__SLUG_MAX];

    orchestrator->user->name = orch__directory_text(directory, name);
    orch__directory_free_slug(directory, name, orchestrator, slug, sizeof slug);
    orch__strmap_remove(&directory->orchestrators_by_slug, orch__text_of(orchestrator->slug));
    orchestrator->slug = orch__directory_text(directory, orch__text_of(slug));
    orch__strmap_put(&directory->orchestrators_by_slug, orch__text_of(orchestrator->slug), orchestrator);
}

void orch__directory_change_orchestrator(orch_directory *directory, orch_orchestrator *orchestrator,
                                         const orch_orchestrator_change *change,
                                         orch_charter_document *charter)
{
    if (change->name.ptr)
        rename_orchestrator(directory, orchestrator, change->name);
    if (change->display_name.ptr)
        orchestrator->user->display_name = text_or_null(directory, change->display_name);
    if (change->role.ptr)
        orchestrator->role = orch__directory_text(directory, change->role);
    if (change->discipline.ptr)
        orchestrator->discipline = orch__directory_text(directory, change->discipline);
    if (change->model_chain.ptr)
        orchestrator->model_chain = text_or_null(directory, change->model_chain);
    if (charter) {
        charter->fields.capabilities = orchestrator->charter->fields.capabilities;
        orchestrator->charter = charter;
        append(&directory->charters, charter);
    }
    if (change->capabilities.ptr)
        read_capabilities(directory, change->capabilities, &orchestrator->charter->fields.capabilities);
    describe(orchestrator);
}

void orch__directory_change_user(orch_directory *directory, orch_user *user, const orch_user_change *change)
{
    if (change->display_name.ptr)
        user->display_name = text_or_null(directory, change->display_name);
    if (change->avatar_url.ptr)
        user->avatar_url = text_or_null(directory, change->avatar_url);
    if (user->orchestrator)
        describe(user->orchestrator);
}

/* ---- channels ---- */

orch_channel *orch__directory_add_channel(orch_directory *directory, const orch__channel_entry *entry)
{
    orch_channel *channel = allocate(directory, sizeof *channel);
    size_t id_len = strlen(entry->organization->id.text);
    char *key = allocate(directory, id_len + 1 + entry->slug.len + 1);

    set_id(&channel->id, entry->id);
    channel->organization = entry->organization;
    channel->name = orch__directory_text(directory, entry->name);
    channel->slug = orch__directory_text(directory, entry->slug);
    channel->topic = text_or_null(directory, entry->topic);
    channel->description = text_or_null(directory, entry->description);
    channel->type = entry->type;
    channel->archived = entry->archived;
    append(&directory->channels, channel);
    channel->handle.v = directory->channels.count;
    orch__strmap_put(&directory->channels_by_id, id_key(&channel->id), channel);
    memcpy(key, entry->organization->id.text, id_len);
    key[id_len] = '/';
    memcpy(key + id_len + 1, channel->slug, entry->slug.len);
    if (!orch__strmap_get(&directory->channels_by_slug, orch__text_of(key)))
        orch__strmap_put(&directory->channels_by_slug, orch__text_of(key), channel);
    return channel;
}

/* Makes room for one more, at the powers of 2. */
static void *grow(void *items, size_t count, size_t size)
{
    if (count & (count - 1))
        return items;
    items = realloc(items, (count ? count * 2 : 1) * size);
    ORCH_ASSERT(items);
    return items;
}

static void insert_daemon(orch_channel *channel, orch_daemon_id daemon)
{
    size_t i = channel->daemons_count;

    channel->daemons = grow(channel->daemons, channel->daemons_count, sizeof *channel->daemons);
    for (; i > 0 && channel->daemons[i - 1].v > daemon.v; i--)
        channel->daemons[i] = channel->daemons[i - 1];
    channel->daemons[i] = daemon;
    channel->daemons_count++;
}

void orch__channel_add_member(orch_channel *channel, orch_user *user)
{
    size_t i = channel->members_count;

    if (orch_channel_has_member(channel, user))
        return;
    channel->members = grow(channel->members, channel->members_count, sizeof(orch_user *));
    for (; i > 0 && channel->members[i - 1]->handle.v > user->handle.v; i--)
        channel->members[i] = channel->members[i - 1];
    channel->members[i] = user;
    channel->members_count++;
    if (user->orchestrator)
        insert_daemon(channel, user->orchestrator->daemon);
}

void orch__channel_remove_member(orch_channel *channel, orch_user *user)
{
    size_t kept = 0;

    for (size_t i = 0; i < channel->members_count; i++)
        if (channel->members[i] != user)
            channel->members[kept++] = channel->members[i];
    channel->members_count = kept;
    kept = 0;
    for (size_t i = 0; i < channel->daemons_count; i++)
        if (!user->orchestrator || channel->daemons[i].v != user->orchestrator->daemon.v)
            channel->daemons[kept++] = channel->daemons[i];
    channel->daemons_count = kept;
}
