/* The first organization, people and their passwords. */
#include "making.h"

#include <stdlib.h>
#include <string.h>

#include "password.h"

static const char sql_organization[] =
    "INSERT INTO organizations (id, name, slug, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)";
static const char sql_workspace[] = "INSERT INTO workspaces (id, name, slug, organization_id, created_at, "
                                    "updated_at) VALUES ($1, $2, $3, $4, $5, $5)";
static const char sql_channel[] =
    "INSERT INTO channels (id, name, slug, type, workspace_id, created_by_id, created_at, "
    "updated_at) VALUES ($1, 'general', 'general', 'PUBLIC', $2, $3, $4, $4)";
static const char sql_display_name[] = "UPDATE users SET display_name = $1, updated_at = $2 WHERE id = $3";
static const char sql_avatar_url[] = "UPDATE users SET avatar_url = $1, updated_at = $2 WHERE id = $3";
static const char sql_stored_password[] =
    "SELECT refresh_token FROM accounts WHERE user_id = $1 AND provider = 'credentials'";

/* ---- setup ---- */

typedef struct founding {
    orch__making head;
    orch_id organization_id;
    orch_id workspace_id;
    orch_id channel_id;
    orch_id user_id;
    char slug[ORCH__SLUG_MAX];
    orch_str organization;
    orch_str email;
    orch_str name;
    char texts[];
} founding;

static void apply_founding(orch__making *making)
{
    founding *kept = (founding *)making;
    orch_directory *directory = making->workspace->directory;
    orch_organization *organization = orch__directory_add_organization(
        directory, orch__text_of(kept->organization_id.text), kept->organization, orch__text_of(kept->slug));
    const orch__user_entry user = {.id = orch__text_of(kept->user_id.text),
                                   .email = kept->email,
                                   .name = kept->name,
                                   .status = ORCH_USER_ACTIVE};
    const orch__channel_entry channel = {.id = orch__text_of(kept->channel_id.text),
                                         .organization = organization,
                                         .name = ORCH_STR("general"),
                                         .slug = ORCH_STR("general"),
                                         .type = ORCH_CHANNEL_PUBLIC};

    orch__directory_add_workspace(directory, organization, orch__text_of(kept->workspace_id.text));
    making->result.user = orch__directory_add_user(directory, &user);
    orch__directory_join(making->result.user, organization, ORCH_ROLE_OWNER);
    making->result.channel = orch__directory_add_channel(directory, &channel);
    orch__channel_add_member(making->result.channel, making->result.user);
}

static founding *keep_founding(orch_workspace *workspace, const orch_setup *setup, orch_done_fn done,
                               void *user)
{
    founding *kept = malloc(sizeof *kept + setup->organization.len + setup->email.len + setup->name.len);

    if (!kept)
        return NULL;
    char *texts = kept->texts;
    int64_t now = orch__now(workspace);

    *kept = (founding){
        .head = {workspace, done, user, apply_founding, .taken_field = "organization"},
        .organization = orch__keep_text(&texts, setup->organization),
        .email = orch__keep_text(&texts, setup->email),
        .name = orch__keep_text(&texts, setup->name),
    };
    orch__ids_make(&workspace->ids, now, &kept->organization_id);
    orch__ids_make(&workspace->ids, now, &kept->workspace_id);
    orch__ids_make(&workspace->ids, now, &kept->channel_id);
    orch__ids_make(&workspace->ids, now, &kept->user_id);
    orch__slug(setup->organization, kept->slug);
    return kept;
}

static void add_founding(orch__statements *statements, founding *kept, orch_str password_hash)
{
    orch_workspace *workspace = kept->head.workspace;
    const orch__person owner = {.id = kept->user_id,
                                .email = kept->email,
                                .name = kept->name,
                                .password_hash = password_hash,
                                .organization_id = &kept->organization_id,
                                .role = "OWNER"};
    orch__time_text time;

    orch__time_write(orch__now(workspace), &time);
    ORCH__ADD(statements, sql_organization, orch__id(&kept->organization_id), orch__text(kept->organization),
              orch__text(orch__text_of(kept->slug)), orch__time(&time));
    ORCH__ADD(statements, sql_workspace, orch__id(&kept->workspace_id), orch__text(kept->organization),
              orch__text(orch__text_of(kept->slug)), orch__id(&kept->organization_id), orch__time(&time));
    orch__add_person(workspace, statements, &owner, &time);
    ORCH__ADD(statements, sql_channel, orch__id(&kept->channel_id), orch__id(&kept->workspace_id),
              orch__id(&kept->user_id), orch__time(&time));
    orch__add_member(workspace, statements, &kept->channel_id, &kept->user_id, "OWNER", &time);
}

int orch_workspace_setup(orch_workspace *workspace, const orch_setup *setup, orch_done_fn done, void *user,
                         orch_problem *problem)
{
    orch_organization *const *all;
    int error = 0;

    if (orch_directory_organizations(workspace->directory, &all) > 0)
        return orch__problem(problem, ORCH_E_EXISTS, "organization", "the organization %s is there already",
                             all[0]->name);
    error = orch__check_name(problem, "organization", setup->organization, ORCH_NAME_MAX);
    if (!error)
        error = orch__check_name(problem, "name", setup->name, ORCH_NAME_MAX);
    if (!error)
        error = orch__check_email_free(workspace, setup->email, problem);
    if (error)
        return error;
    orch__statements statements = orch__statements_new();
    founding *kept = keep_founding(workspace, setup, done, user);

    if (kept)
        add_founding(&statements, kept, setup->password_hash);
    return orch__making_submit(kept ? &kept->head : NULL, &statements, workspace, problem);
}

/* ---- people ---- */

typedef struct joining {
    orch__making head;
    orch_id id;
    orch_organization *organization;
    orch_role role;
    orch_str email;
    orch_str name;
    orch_str display_name;
    size_t
        channels_count; /* of the directory when the rows were written: a channel made since adds its members itself */
    char texts[];
} joining;

static void apply_joining(orch__making *making)
{
    joining *kept = (joining *)making;
    orch_directory *directory = making->workspace->directory;
    const orch__user_entry entry = {.id = orch__text_of(kept->id.text),
                                    .email = kept->email,
                                    .name = kept->name,
                                    .display_name = kept->display_name,
                                    .status = ORCH_USER_ACTIVE};
    orch_channel *const *channels;
    orch_user *user = orch__directory_add_user(directory, &entry);

    orch__directory_join(user, kept->organization, kept->role);
    (void)orch_directory_channels(directory, &channels);
    for (size_t i = 0; i < kept->channels_count; i++)
        if (orch__channel_open(channels[i], kept->organization))
            orch__channel_add_member(channels[i], user);
    making->result.user = user;
}

static joining *keep_joining(orch_workspace *workspace, const orch_user_new *user_new,
                             orch_organization *organization, orch_done_fn done, void *user)
{
    joining *kept =
        malloc(sizeof *kept + user_new->email.len + user_new->name.len + user_new->display_name.len);

    if (!kept)
        return NULL;
    char *texts = kept->texts;

    *kept = (joining){
        .head = {workspace, done, user, apply_joining, .taken_field = "email"},
        .organization = organization,
        .role = user_new->admin ? ORCH_ROLE_ADMIN : ORCH_ROLE_MEMBER,
        .email = orch__keep_text(&texts, user_new->email),
        .name = orch__keep_text(&texts, user_new->name),
        .display_name = orch__keep_text(&texts, user_new->display_name),
    };
    orch__ids_make(&workspace->ids, orch__now(workspace), &kept->id);
    return kept;
}

static void add_joining(orch__statements *statements, joining *kept, const orch_user_new *user_new)
{
    orch_workspace *workspace = kept->head.workspace;
    const orch__person person = {.id = kept->id,
                                 .email = kept->email,
                                 .name = kept->name,
                                 .display_name = kept->display_name,
                                 .password_hash = user_new->password_hash,
                                 .email_proven = user_new->account != NULL,
                                 .organization_id = &kept->organization->id,
                                 .role = kept->role == ORCH_ROLE_ADMIN ? "ADMIN" : "MEMBER"};
    orch_channel *const *channels;
    orch__time_text time;

    orch__time_write(orch__now(workspace), &time);
    orch__add_person(workspace, statements, &person, &time);
    if (user_new->account)
        orch__add_account(workspace, statements, &kept->id, user_new->account, true, &time);
    kept->channels_count = orch_directory_channels(workspace->directory, &channels);
    for (size_t i = 0; i < kept->channels_count; i++)
        if (orch__channel_open(channels[i], kept->organization))
            orch__add_member(workspace, statements, &channels[i]->id, &kept->id, "MEMBER", &time);
}

int orch_workspace_add_user(orch_workspace *workspace, orch_user *actor, const orch_user_new *user_new,
                            orch_done_fn done, void *user, orch_problem *problem)
{
    orch_organization *organization;
    int error = orch__check_administers(workspace, actor, &organization, problem);

    if (!error)
        error = orch__check_name(problem, "name", user_new->name, ORCH_NAME_MAX);
    if (!error && user_new->display_name.len > 0)
        error = orch__check_name(problem, "displayName", user_new->display_name, ORCH_NAME_MAX);
    if (!error)
        error = orch__check_email_free(workspace, user_new->email, problem);
    if (!error && user_new->account)
        error = orch__check_account(user_new->account, problem);
    if (error)
        return error;
    orch__statements statements = orch__statements_new();
    joining *kept = keep_joining(workspace, user_new, organization, done, user);

    if (kept)
        add_joining(&statements, kept, user_new);
    return orch__making_submit(kept ? &kept->head : NULL, &statements, workspace, problem);
}

/* ---- what one says of oneself ---- */

typedef struct changing {
    orch__making head;
    orch_user_change change;
    char texts[];
} changing;

static void apply_change(orch__making *making)
{
    changing *kept = (changing *)making;

    orch__directory_change_user(making->workspace->directory, making->result.user, &kept->change);
}

/* A picture is fetched by everybody's browser: from nowhere but an address of the web, without a word in the clear. */
static int check_avatar_url(orch_str url, orch_problem *problem)
{
    if (url.len > ORCH_AVATAR_URL_MAX)
        return orch__problem(problem, ORCH_E_INVALID, "avatarUrl",
                             "avatarUrl has %zu bytes; at most %d are allowed", url.len, ORCH_AVATAR_URL_MAX);
    for (size_t i = 0; i < url.len; i++)
        if (url.ptr[i] <= 0x20 || url.ptr[i] >= 0x7f || strchr("\"<>\\^`{|}", url.ptr[i]))
            return orch__problem(problem, ORCH_E_INVALID, "avatarUrl",
                                 "avatarUrl has a character that an address must not have");
    if (url.len > 0 && (url.len < 9 || memcmp(url.ptr, "https://", 8) != 0 || url.ptr[8] == '/'))
        return orch__problem(problem, ORCH_E_INVALID, "avatarUrl",
                             "avatarUrl must begin with https:// and name a host; or be empty");
    return 0;
}

static changing *keep_change(orch_workspace *workspace, orch_user *user, const orch_user_change *change,
                             orch_done_fn done, void *user_data)
{
    changing *kept = malloc(sizeof *kept + change->display_name.len + change->avatar_url.len);
    char *texts;

    if (!kept)
        return NULL;
    texts = kept->texts;
    *kept = (changing){.head = {workspace, done, user_data, apply_change, .result = {.user = user}},
                       .change = *change};
    if (change->display_name.ptr)
        kept->change.display_name = orch__keep_text(&texts, change->display_name);
    if (change->avatar_url.ptr)
        kept->change.avatar_url = orch__keep_text(&texts, change->avatar_url);
    return kept;
}

int orch_workspace_change_user(orch_workspace *workspace, orch_user *user, const orch_user_change *change,
                               orch_done_fn done, void *user_data, orch_problem *problem)
{
    orch__time_text time;
    int error = change->display_name.len > 0
                    ? orch__check_name(problem, "displayName", change->display_name, ORCH_NAME_MAX)
                    : 0;

    if (!error)
        error = check_avatar_url(change->avatar_url, problem);
    if (error)
        return error;
    orch__statements statements = orch__statements_new();
    changing *kept = keep_change(workspace, user, change, done, user_data);

    orch__time_write(orch__now(workspace), &time);
    if (change->display_name.ptr)
        ORCH__ADD(&statements, sql_display_name, orch__optional(change->display_name), orch__time(&time),
                  orch__id(&user->id));
    if (change->avatar_url.ptr)
        ORCH__ADD(&statements, sql_avatar_url, orch__optional(change->avatar_url), orch__time(&time),
                  orch__id(&user->id));
    return orch__making_submit(kept ? &kept->head : NULL, &statements, workspace, problem);
}

/* ---- passwords ---- */

int orch_workspace_set_password(orch_workspace *workspace, orch_user *user, orch_str before,
                                orch_str password_hash, orch_done_fn done, void *user_data,
                                orch_problem *problem)
{
    orch__time_text time;

    if (password_hash.len == 0 || password_hash.len >= ORCH_PASSWORD_HASH_MAX)
        return orch__problem(problem, ORCH_E_INVALID, "password", "this is no hash of a password");
    orch__statements statements = orch__statements_new();
    orch__making *making = malloc(sizeof *making);

    if (making)
        *making = (orch__making){workspace, done, user_data, .result = {.user = user}};
    orch__time_write(orch__now(workspace), &time);
    if (before.len > 0)
        orch__expect_password(&statements, &user->id, before);
    orch__add_password(workspace, &statements, &user->id, password_hash, &time);
    return orch__making_submit(making, &statements, workspace, problem);
}

typedef struct looking_up {
    orch_password_fn done;
    void *user;
} looking_up;

static void password_read(int error, const orch_result *result, void *user)
{
    looking_up *kept = user;
    orch_problem problem = {0};
    bool found = !error && orch_result_rows(result, 0) > 0;

    if (error)
        (void)orch__database_problem(&problem, error, result);
    kept->done(error ? &problem : NULL, found ? orch_result_text(result, 0, 0, 0) : ORCH_STR_NONE,
               kept->user);
    free(kept);
}

int orch_workspace_password(orch_workspace *workspace, orch_user *user, orch_password_fn done,
                            void *user_data)
{
    orch__statements statements = orch__statements_new();
    looking_up *kept = malloc(sizeof *kept);

    if (kept)
        *kept = (looking_up){done, user_data};
    else
        statements.error = ORCH_E_NO_MEMORY;
    ORCH__ADD(&statements, sql_stored_password, orch__id(&user->id));
    int error = orch__statements_submit(&statements, workspace, ORCH_BATCH_READ, password_read, kept);

    if (error)
        free(kept);
    return error;
}
