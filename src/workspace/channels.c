/* Channels and who belongs to them. */
#include "making.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMBERS_MAX  10000
#define DM_SLUG_ROOM (2 * ORCH_ID_MAX + 8)

static const char sql_channel[] =
    "INSERT INTO channels (id, name, slug, topic, type, workspace_id, created_by_id, "
    "created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)";
static const char sql_leave[] =
    "UPDATE channel_members SET left_at = $1 WHERE channel_id = $2 AND user_id = $3 AND left_at IS NULL";

static const char *const type_words[] = {"PUBLIC", "PRIVATE", "DM", "HUDDLE"};

/* ---- making a channel ---- */

typedef struct making_channel {
    orch__making head;
    orch_id id;
    orch_organization *organization;
    orch_channel_type type;
    orch_str name;
    orch_str slug;
    orch_str topic;
    size_t members_count;
    orch_user *members[]; /* the maker first; behind them the texts */
} making_channel;

static void apply_channel(orch__making *making)
{
    making_channel *kept = (making_channel *)making;
    const orch__channel_entry entry = {.id = orch__text_of(kept->id.text),
                                       .organization = kept->organization,
                                       .name = kept->name,
                                       .slug = kept->slug,
                                       .topic = kept->topic,
                                       .type = kept->type};
    orch_channel *channel = orch__directory_add_channel(making->workspace->directory, &entry);

    for (size_t i = 0; i < kept->members_count; i++)
        orch__channel_add_member(channel, kept->members[i]);
    making->result.channel = channel;
}

static bool belongs(const making_channel *kept, const orch_user *user)
{
    for (size_t i = 0; i < kept->members_count; i++)
        if (kept->members[i] == user)
            return true;
    return false;
}

/* Those who are named, and for a PUBLIC channel everybody of the organization. */
static void choose_members(making_channel *kept, orch_user *maker, const orch_channel_new *wanted)
{
    orch_user *const *users;
    size_t count = orch_directory_users(kept->head.workspace->directory, &users);

    if (maker)
        kept->members[kept->members_count++] = maker;
    if (wanted->type == ORCH_CHANNEL_PUBLIC) {
        for (size_t i = 0; i < count; i++)
            if (users[i] != maker && users[i]->organization == kept->organization && !users[i]->removed)
                kept->members[kept->members_count++] = users[i];
        return;
    }
    for (size_t i = 0; i < wanted->members_count; i++)
        if (!belongs(kept, wanted->members[i]))
            kept->members[kept->members_count++] = wanted->members[i];
}

static making_channel *keep_channel(const orch__making *head, orch_organization *organization,
                                    orch_user *maker, const orch_channel_new *wanted, orch_str slug)
{
    orch_user *const *users;
    size_t most = 1 + wanted->members_count + orch_directory_users(head->workspace->directory, &users);
    making_channel *kept =
        malloc(sizeof *kept + most * sizeof(orch_user *) + wanted->name.len + slug.len + wanted->topic.len);

    if (!kept)
        return NULL;
    char *texts = (char *)(kept->members + most);

    *kept = (making_channel){.head = *head,
                             .organization = organization,
                             .type = wanted->type,
                             .name = orch__keep_text(&texts, wanted->name),
                             .slug = orch__keep_text(&texts, slug),
                             .topic = orch__keep_text(&texts, wanted->topic)};
    orch__ids_make(&head->workspace->ids, orch__now(head->workspace), &kept->id);
    choose_members(kept, maker, wanted);
    return kept;
}

static void add_channel(orch__statements *statements, const making_channel *kept, const orch_user *maker)
{
    orch__time_text time;

    orch__time_write(orch__now(kept->head.workspace), &time);
    ORCH__ADD(statements, sql_channel, orch__id(&kept->id), orch__text(kept->name), orch__text(kept->slug),
              orch__optional(kept->topic), orch__text(orch__text_of(type_words[kept->type])),
              orch__id(&kept->organization->workspace_id),
              orch__optional(orch__text_of(maker ? maker->id.text : NULL)), orch__time(&time));
    for (size_t i = 0; i < kept->members_count; i++)
        orch__add_member(kept->head.workspace, statements, &kept->id, &kept->members[i]->id,
                         kept->members[i] == maker ? "OWNER" : "MEMBER", &time);
}

static int submit_channel(const orch__making *head, orch_organization *organization, orch_user *maker,
                          const orch_channel_new *wanted, orch_str slug, orch_problem *problem)
{
    making_channel *kept = keep_channel(head, organization, maker, wanted, slug);
    orch__statements statements = orch__statements_new();

    if (kept && kept->members_count > MEMBERS_MAX) {
        size_t count = kept->members_count;

        orch_batch_free(statements.batch);
        free(kept);
        return orch__problem(problem, ORCH_E_FULL, "members",
                             "the channel would have %zu members; a new one has at most %d", count,
                             MEMBERS_MAX);
    }
    if (kept)
        add_channel(&statements, kept, maker);
    return orch__making_submit(kept ? &kept->head : NULL, &statements, head->workspace, problem);
}

/* The organization of who makes it; the machine's owner makes it in the first one. */
static int find_organization(const orch_workspace *workspace, const orch_user *actor,
                             orch_organization **out_organization, orch_problem *problem)
{
    orch_organization *const *all;

    if (actor && actor->organization && actor->status == ORCH_USER_ACTIVE && !actor->removed) {
        *out_organization = actor->organization;
        return 0;
    }
    if (actor)
        return orch__problem(problem, ORCH_E_FORBIDDEN, "",
                             "the user %s belongs to no organization or is not active", actor->email);
    if (orch_directory_organizations(workspace->directory, &all) == 0)
        return orch__problem(problem, ORCH_E_STATE, "",
                             "there is no organization yet: run `orchd init` first");
    *out_organization = all[0];
    return 0;
}

static int check_channel(const orch_workspace *workspace, const orch_organization *organization,
                         const orch_channel_new *wanted, const char *slug, orch_problem *problem)
{
    int error = orch__check_name(problem, "name", wanted->name, ORCH_NAME_MAX);

    if (!error && wanted->topic.len > 0)
        error = orch__check_name(problem, "topic", wanted->topic, ORCH_TOPIC_MAX);
    if (!error && wanted->type == ORCH_CHANNEL_DM)
        error =
            orch__problem(problem, ORCH_E_INVALID, "type",
                          "a direct channel is made by writing to somebody; PUBLIC and PRIVATE are allowed");
    if (!error && wanted->members_count > MEMBERS_MAX)
        error =
            orch__problem(problem, ORCH_E_FULL, "members", "%zu members are named; at most %d are allowed",
                          wanted->members_count, MEMBERS_MAX);
    for (size_t i = 0; i < wanted->members_count && !error; i++)
        if (wanted->members[i]->organization != organization || wanted->members[i]->removed)
            error =
                orch__problem(problem, ORCH_E_INVALID, "members", "%s does not belong to the organization %s",
                              wanted->members[i]->email, organization->name);
    if (!error && orch_directory_channel_by_slug(workspace->directory, organization, orch__text_of(slug)))
        error = orch__problem(problem, ORCH_E_EXISTS, "name", "there is a channel \"%s\" already", slug);
    return error;
}

int orch_workspace_add_channel(orch_workspace *workspace, orch_user *actor,
                               const orch_channel_new *channel_new, orch_done_fn done, void *user,
                               orch_problem *problem)
{
    const orch__making head = {workspace, done, user, apply_channel, NULL, "name", {0}};
    orch_organization *organization = NULL;
    char slug[ORCH__SLUG_MAX];
    int error = find_organization(workspace, actor, &organization, problem);

    orch__slug(channel_new->name, slug);
    if (!error)
        error = check_channel(workspace, organization, channel_new, slug, problem);
    if (error)
        return error;
    return submit_channel(&head, organization, actor, channel_new, orch__text_of(slug), problem);
}

/* ---- direct channels ---- */

/* The slug of a direct channel names its two members, so that a second one of them cannot be stored. */
static void direct_slug(const orch_user *one, const orch_user *other, char out_slug[DM_SLUG_ROOM])
{
    bool swap = strcmp(one->id.text, other->id.text) > 0;

    snprintf(out_slug, DM_SLUG_ROOM, "dm-%s-%s", swap ? other->id.text : one->id.text,
             swap ? one->id.text : other->id.text);
}

static orch_channel *find_direct(const orch_workspace *workspace, orch_user *one, orch_user *other)
{
    char slug[DM_SLUG_ROOM];
    orch_channel *channel;
    orch_channel *const *all;

    direct_slug(one, other, slug);
    channel = orch_directory_channel_by_slug(workspace->directory, one->organization, orch__text_of(slug));
    if (channel)
        return channel;
    /* One that another program made may have any slug. */
    size_t count = orch_directory_channels(workspace->directory, &all);

    for (size_t i = 0; i < count; i++)
        if (all[i]->type == ORCH_CHANNEL_DM && !all[i]->removed && all[i]->members_count == 2 &&
            orch_channel_has_member(all[i], one) && orch_channel_has_member(all[i], other))
            return all[i];
    return NULL;
}

typedef struct finding_direct {
    orch_workspace *workspace;
    orch_user *one;
    orch_user *other;
    orch_done_fn done;
    void *user;
} finding_direct;

/* Somebody was faster: then the channel is there. */
static void direct_made(const orch_problem *problem, const orch_done *result, void *user)
{
    finding_direct *kept = user;
    orch_done found = {0};

    if (problem && problem->error == ORCH_E_EXISTS)
        found.channel = find_direct(kept->workspace, kept->one, kept->other);
    kept->done(found.channel ? NULL : problem, found.channel ? &found : result, kept->user);
    free(kept);
}

static int make_direct(finding_direct *kept, orch_problem *problem)
{
    const orch__making head = {kept->workspace, direct_made, kept, apply_channel, NULL, "name", {0}};
    orch_user *const members[] = {kept->one, kept->other};
    char name[2 * ORCH_NAME_MAX + 8], slug[DM_SLUG_ROOM];

    snprintf(name, sizeof name, "%.*s, %.*s", ORCH_NAME_MAX, orch_user_shown_name(kept->one), ORCH_NAME_MAX,
             orch_user_shown_name(kept->other));
    direct_slug(kept->one, kept->other, slug);
    const orch_channel_new wanted = {
        .name = orch__text_of(name), .type = ORCH_CHANNEL_DM, .members = members, .members_count = 2};

    return submit_channel(&head, kept->one->organization, NULL, &wanted, orch__text_of(slug), problem);
}

static int report_present(orch_workspace *workspace, const orch_done *result, orch_done_fn done, void *user,
                          orch_problem *problem)
{
    orch__statements nothing = orch__statements_new();
    orch__making *making = malloc(sizeof *making);

    if (making)
        *making = (orch__making){workspace, done, user, .result = *result};
    return orch__making_submit(making, &nothing, workspace, problem);
}

int orch_workspace_direct_channel(orch_workspace *workspace, orch_user *actor, orch_user *other,
                                  orch_done_fn done, void *user, orch_problem *problem)
{
    orch_organization *organization = NULL;
    int error = find_organization(workspace, actor, &organization, problem);

    if (!error && !actor)
        error = orch__problem(problem, ORCH_E_INVALID, "", "a direct channel needs a user on both sides");
    if (!error && (actor == other || other->removed || other->organization != organization))
        error = orch__problem(problem, ORCH_E_INVALID, "userId",
                              "a direct channel is with another user of the same organization");
    if (error)
        return error;
    const orch_done found = {.channel = find_direct(workspace, actor, other)};

    if (found.channel)
        return report_present(workspace, &found, done, user, problem);
    finding_direct *kept = malloc(sizeof *kept);

    if (!kept)
        return orch__problem(problem, ORCH_E_NO_MEMORY, "", "out of memory");
    *kept = (finding_direct){workspace, actor, other, done, user};
    error = make_direct(kept, problem);
    if (error)
        free(kept);
    return error;
}

/* ---- members ---- */

typedef struct moving {
    orch__making head;
    orch_channel *channel;
    orch_user *member;
    bool present;
} moving;

static void apply_moving(orch__making *making)
{
    moving *kept = (moving *)making;

    if (kept->present)
        orch__channel_add_member(kept->channel, kept->member);
    else
        orch__channel_remove_member(kept->channel, kept->member);
}

static int check_moving(const orch_user *actor, const orch_channel *channel, const orch_user *member,
                        bool present, orch_problem *problem)
{
    if (channel->removed)
        return orch__problem(problem, ORCH_E_NOT_FOUND, "channelId", "there is no such channel");
    if (member->removed || member->organization != channel->organization)
        return orch__problem(problem, ORCH_E_INVALID, "userId",
                             "%s does not belong to the organization of %s", member->email, channel->name);
    if (channel->type == ORCH_CHANNEL_DM)
        return orch__problem(problem, ORCH_E_STATE, "channelId",
                             "the members of a direct channel do not change");
    if (!actor || orch_user_administers(actor, channel->organization))
        return 0;
    if (actor->removed || actor->status != ORCH_USER_ACTIVE)
        return orch__problem(problem, ORCH_E_FORBIDDEN, "", "the user %s is not active", actor->email);
    if (actor == member && (!present || channel->type == ORCH_CHANNEL_PUBLIC))
        return 0;
    if (present && orch_channel_has_member(channel, actor))
        return 0;
    return orch__problem(problem, ORCH_E_FORBIDDEN, "channelId",
                         present ? "only members of %s add others"
                                 : "only administrators remove others from %s",
                         channel->name);
}

int orch_workspace_set_member(orch_workspace *workspace, orch_user *actor, orch_channel *channel,
                              orch_user *member, bool present, orch_done_fn done, void *user,
                              orch_problem *problem)
{
    const orch_done result = {.user = member, .channel = channel};
    int error = check_moving(actor, channel, member, present, problem);
    orch__time_text time;

    if (error)
        return error;
    if (orch_channel_has_member(channel, member) == present)
        return report_present(workspace, &result, done, user, problem);
    orch__statements statements = orch__statements_new();
    moving *kept = malloc(sizeof *kept);

    if (kept)
        *kept = (moving){{workspace, done, user, apply_moving, .result = result}, channel, member, present};
    orch__time_write(orch__now(workspace), &time);
    if (present)
        orch__add_member(workspace, &statements, &channel->id, &member->id, "MEMBER", &time);
    else
        ORCH__ADD(&statements, sql_leave, orch__time(&time), orch__id(&channel->id), orch__id(&member->id));
    return orch__making_submit(kept ? &kept->head : NULL, &statements, workspace, problem);
}
