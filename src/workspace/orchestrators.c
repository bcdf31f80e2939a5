/* Orchestrators: adding, changing, and whether their daemon shall run. */
#include "json_text.h"
#include "making.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHANNELS_MAX 1024
#define EMAIL_MAX    300

static const char sql_vp[] =
    "INSERT INTO vps (id, discipline, role, capabilities, user_id, organization_id, workspace_id, "
    "created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)";
static const char sql_daemon[] =
    "INSERT INTO orchd_daemons (vp_id, slug, model_chain, logged_in, updated_at) VALUES ($1, $2, $3, $4, $5) "
    "ON CONFLICT (vp_id) DO UPDATE SET slug = excluded.slug, model_chain = excluded.model_chain, "
    "logged_in = excluded.logged_in, updated_at = excluded.updated_at";
static const char sql_change_user[] = "UPDATE users SET name = COALESCE($1, name), display_name = "
                                      "CASE WHEN $2 = 1 THEN $3 ELSE display_name END, "
                                      "vp_config = COALESCE($4, vp_config), updated_at = $5 WHERE id = $6";
static const char sql_change_vp[] =
    "UPDATE vps SET role = COALESCE($1, role), discipline = COALESCE($2, discipline), "
    "capabilities = COALESCE($3, capabilities), updated_at = $4 WHERE id = $5";
static const char sql_presence[] = "UPDATE vps SET status = $1, updated_at = $2 WHERE id = $3";

typedef struct making_orchestrator {
    orch__making head;
    orch_organization *organization;
    orch_orchestrator *orchestrator; /* when one is changed */
    orch_charter_document *charter;  /* owned until applied; NULL: stays */
    orch_id user_id;
    orch_id vp_id;
    char slug[ORCH__SLUG_MAX];
    bool logged_in;
    orch_orchestrator_change fields;
    orch_str email;
    size_t channels_count;
    orch_channel **channels; /* in the same block */
    char texts[];
} making_orchestrator;

/* ---- checks ---- */

static int check_json(orch_str json, const char *field, orch_problem *problem)
{
    json_t *root = NULL;
    int error = 0;

    if (json.len > ORCH_CAPABILITIES_MAX)
        return orch__problem(problem, ORCH_E_TOO_LARGE, field, "%s has %zu bytes; at most %d are allowed",
                             field, json.len, ORCH_CAPABILITIES_MAX);
    if (json.len > 0)
        error = orch_json_read(json, JSON_REJECT_DUPLICATES, &root, NULL);
    json_decref(root);
    if (error == ORCH_E_NO_MEMORY)
        return orch__problem(problem, error, field, "out of memory");
    return error == 0 ? 0 : orch__problem(problem, error, field, "%s must be a JSON array or object", field);
}

static int check_fields(const orch_orchestrator_change *fields, bool all, orch_problem *problem)
{
    const struct {
        const char *name;
        orch_str text;
        bool needed;
    } names[] = {{"name", fields->name, true},
                 {"role", fields->role, true},
                 {"discipline", fields->discipline, true},
                 {"displayName", fields->display_name, false}};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        bool checked = names[i].needed ? all || names[i].text.ptr : names[i].text.len > 0;
        int error = checked ? orch__check_name(problem, names[i].name, names[i].text, ORCH_NAME_MAX) : 0;

        if (error)
            return error;
    }
    if (fields->model_chain.len > 0) {
        int error = orch__check_name(problem, "model", fields->model_chain, ORCH_MODEL_CHAIN_MAX);

        if (error)
            return error;
    }
    return check_json(fields->capabilities, "capabilities", problem);
}

/* ---- what is kept until the commit ---- */

static size_t size_of(const orch_orchestrator_change *fields)
{
    return fields->name.len + fields->display_name.len + fields->role.len + fields->discipline.len +
           fields->capabilities.len + fields->model_chain.len;
}

/* A text that is not given stays not given. */
static orch_str keep_given(char **at, orch_str text)
{
    return text.ptr ? orch__keep_text(at, text) : ORCH_STR_NONE;
}

static making_orchestrator *keep(const orch__making *head, const orch_orchestrator_change *fields,
                                 orch_str email, size_t channels_max)
{
    size_t size = sizeof(making_orchestrator) + channels_max * sizeof(orch_channel *);
    making_orchestrator *kept = malloc(size + size_of(fields) + email.len);

    if (!kept)
        return NULL;
    char *texts = (char *)kept + size;

    *kept = (making_orchestrator){
        .head = *head,
        .channels = (orch_channel **)(void *)kept->texts,
        .fields = {.name = keep_given(&texts, fields->name),
                   .display_name = keep_given(&texts, fields->display_name),
                   .role = keep_given(&texts, fields->role),
                   .discipline = keep_given(&texts, fields->discipline),
                   .capabilities = keep_given(&texts, fields->capabilities),
                   .model_chain = keep_given(&texts, fields->model_chain)},
        .email = orch__keep_text(&texts, email),
    };
    return kept;
}

static void discard(orch__making *making)
{
    orch_charter_free(((making_orchestrator *)making)->charter);
}

/* orchestratorConfig; NULL: no memory. To be freed. */
static char *config_of(const orch_charter_document *charter)
{
    char *config = NULL;

    return asprintf(&config, "{\"charter\":%s}", charter->json) < 0 ? NULL : config;
}

/* ---- adding ---- */

static void apply_new(orch__making *making)
{
    making_orchestrator *kept = (making_orchestrator *)making;
    orch_directory *directory = making->workspace->directory;
    const orch__user_entry user = {.id = orch__text_of(kept->user_id.text),
                                   .email = kept->email,
                                   .name = kept->fields.name,
                                   .display_name = kept->fields.display_name,
                                   .status = ORCH_USER_ACTIVE};
    orch_user *made = orch__directory_add_user(directory, &user);
    const orch__orchestrator_entry entry = {
        .id = orch__text_of(kept->vp_id.text),
        .user = made,
        .slug = orch__text_of(kept->slug),
        .role = kept->fields.role,
        .discipline = kept->fields.discipline,
        .model_chain = kept->fields.model_chain,
        .capabilities = kept->fields.capabilities,
        .charter = kept->charter,
        .logged_in = kept->logged_in,
        .auto_reply = true,
        .temperature = -1,
    };

    orch__directory_join(made, kept->organization, ORCH_ROLE_MEMBER);
    making->result.user = made;
    making->result.orchestrator = orch__directory_add_orchestrator(directory, &entry);
    for (size_t i = 0; i < kept->channels_count; i++)
        orch__channel_add_member(kept->channels[i], made);
}

/* By slug or id. */
static orch_channel *find_channel(const orch_workspace *workspace, const orch_organization *organization,
                                  orch_str name)
{
    orch_channel *channel = orch_directory_channel_by_slug(workspace->directory, organization, name);

    if (!channel)
        channel = orch_directory_channel(workspace->directory, name);
    return channel && !channel->removed && channel->organization == organization ? channel : NULL;
}

static int check_channels(const orch_workspace *workspace, const orch_organization *organization,
                          const orch_orchestrator_new *wanted, orch_problem *problem)
{
    if (wanted->channels_count > CHANNELS_MAX)
        return orch__problem(problem, ORCH_E_TOO_LARGE, "channels",
                             "%zu channels are named; at most %d are allowed", wanted->channels_count,
                             CHANNELS_MAX);
    for (size_t i = 0; i < wanted->channels_count; i++)
        if (!find_channel(workspace, organization, wanted->channels[i]))
            return orch__problem(problem, ORCH_E_NOT_FOUND, "channels", "there is no channel \"%.*s\"",
                                 (int)(wanted->channels[i].len > 100 ? 100 : wanted->channels[i].len),
                                 wanted->channels[i].ptr);
    return 0;
}

static void choose_channels(making_orchestrator *kept, const orch_orchestrator_new *wanted)
{
    const orch_workspace *workspace = kept->head.workspace;
    orch_channel *const *all;
    size_t count = orch_directory_channels(workspace->directory, &all);

    for (size_t i = 0; i < wanted->channels_count; i++)
        kept->channels[kept->channels_count++] =
            find_channel(workspace, kept->organization, wanted->channels[i]);
    for (size_t i = 0; i < count && wanted->channels_count == 0; i++)
        if (orch__channel_open(all[i], kept->organization))
            kept->channels[kept->channels_count++] = all[i];
}

static void add_daemon(orch__statements *statements, const making_orchestrator *kept, orch_str model_chain,
                       const orch__time_text *time)
{
    ORCH__ADD(statements, sql_daemon, orch__id(&kept->vp_id), orch__text(orch__text_of(kept->slug)),
              orch__optional(model_chain), orch__integer(kept->logged_in), orch__time(time));
}

static void add_new(orch__statements *statements, making_orchestrator *kept, orch_str password_hash)
{
    orch_workspace *workspace = kept->head.workspace;
    char *config = config_of(kept->charter);
    const orch__person person = {.id = kept->user_id,
                                 .email = kept->email,
                                 .name = kept->fields.name,
                                 .display_name = kept->fields.display_name,
                                 .password_hash = password_hash,
                                 .orchestrator = true,
                                 .config = orch__text_of(config),
                                 .organization_id = &kept->organization->id,
                                 .role = "MEMBER"};
    orch_str capabilities = kept->fields.capabilities;
    orch__time_text time;

    if (!config)
        statements->error = ORCH_E_NO_MEMORY;
    orch__time_write(orch__now(workspace), &time);
    orch__add_person(workspace, statements, &person, &time);
    free(config);
    ORCH__ADD(statements, sql_vp, orch__id(&kept->vp_id), orch__text(kept->fields.discipline),
              orch__text(kept->fields.role), orch__text(capabilities.len > 0 ? capabilities : ORCH_STR("[]")),
              orch__id(&kept->user_id), orch__id(&kept->organization->id),
              orch__id(&kept->organization->workspace_id), orch__time(&time));
    add_daemon(statements, kept, kept->fields.model_chain, &time);
    for (size_t i = 0; i < kept->channels_count; i++)
        orch__add_member(workspace, statements, &kept->channels[i]->id, &kept->user_id, "MEMBER", &time);
}

static void choose_email(const orch_workspace *workspace, const char *slug, orch_str given, char *out_email,
                         size_t size)
{
    unsigned number = 1;

    snprintf(out_email, size, "%.*s", (int)(given.len < size ? given.len : size - 1),
             given.ptr ? given.ptr : "");
    if (given.len > 0)
        return;
    snprintf(out_email, size, "%s@orchestrators.local", slug);
    while (orch_directory_user_by_email(workspace->directory, orch__text_of(out_email)))
        snprintf(out_email, size, "%s-%u@orchestrators.local", slug, ++number);
}

int orch_workspace_add_orchestrator(orch_workspace *workspace, orch_user *actor,
                                    const orch_orchestrator_new *wanted, orch_done_fn done, void *user,
                                    orch_problem *problem)
{
    const orch_orchestrator_change fields = {.name = wanted->name,
                                             .display_name = wanted->display_name,
                                             .role = wanted->role,
                                             .discipline = wanted->discipline,
                                             .capabilities = wanted->capabilities,
                                             .model_chain = wanted->model_chain};
    orch_organization *organization;
    orch_charter_document *charter = NULL;
    orch_channel *const *all;
    char slug[ORCH__SLUG_MAX], email[EMAIL_MAX];
    int error = orch__check_administers(workspace, actor, &organization, problem);

    if (!error)
        error = check_fields(&fields, true, problem);
    if (!error)
        error = check_channels(workspace, organization, wanted, problem);
    if (error)
        return error;
    orch__directory_free_slug(workspace->directory, wanted->name, NULL, slug, sizeof slug);
    choose_email(workspace, slug, wanted->email, email, sizeof email);
    error = orch__check_email_free(workspace, orch__text_of(email), problem);
    if (!error)
        error = orch_charter_read(wanted->charter, &charter, problem);
    if (error)
        return error;
    const orch__making head = {workspace, done, user, apply_new, discard, "email", {0}};
    size_t channels_max = wanted->channels_count + orch_directory_channels(workspace->directory, &all);
    making_orchestrator *kept = keep(&head, &fields, orch__text_of(email), channels_max);
    orch__statements statements = orch__statements_new();

    if (!kept) {
        orch_charter_free(charter);
        return orch__making_submit(NULL, &statements, workspace, problem);
    }
    kept->organization = organization;
    kept->charter = charter;
    kept->logged_in = wanted->logged_in;
    snprintf(kept->slug, sizeof kept->slug, "%s", slug);
    orch__ids_make(&workspace->ids, orch__now(workspace), &kept->user_id);
    orch__ids_make(&workspace->ids, orch__now(workspace), &kept->vp_id);
    choose_channels(kept, wanted);
    add_new(&statements, kept, wanted->password_hash);
    return orch__making_submit(&kept->head, &statements, workspace, problem);
}

/* ---- changing ---- */

static void apply_change(orch__making *making)
{
    making_orchestrator *kept = (making_orchestrator *)making;

    orch__directory_change_orchestrator(making->workspace->directory, kept->orchestrator, &kept->fields,
                                        kept->charter);
    making->result.orchestrator = kept->orchestrator;
    making->result.user = kept->orchestrator->user;
}

static void add_change(orch__statements *statements, making_orchestrator *kept)
{
    const orch_orchestrator_change *fields = &kept->fields;
    char *config = kept->charter ? config_of(kept->charter) : NULL;
    orch_str model_chain =
        fields->model_chain.ptr ? fields->model_chain : orch__text_of(kept->orchestrator->model_chain);
    orch__time_text time;

    if (kept->charter && !config)
        statements->error = ORCH_E_NO_MEMORY;
    orch__time_write(orch__now(kept->head.workspace), &time);
    ORCH__ADD(statements, sql_change_user, orch__optional(fields->name),
              orch__integer(fields->display_name.ptr != NULL), orch__optional(fields->display_name),
              orch__optional(orch__text_of(config)), orch__time(&time), orch__id(&kept->user_id));
    orch__statements_expect(statements, 1);
    free(config);
    ORCH__ADD(statements, sql_change_vp, orch__optional(fields->role), orch__optional(fields->discipline),
              orch__optional(fields->capabilities), orch__time(&time), orch__id(&kept->vp_id));
    orch__statements_expect(statements, 1);
    add_daemon(statements, kept, model_chain, &time);
}

int orch_workspace_change_orchestrator(orch_workspace *workspace, orch_user *actor,
                                       orch_orchestrator *orchestrator,
                                       const orch_orchestrator_change *change, orch_done_fn done, void *user,
                                       orch_problem *problem)
{
    orch_charter_document *charter = NULL;
    orch_organization *organization;
    int error = orch__check_administers(workspace, actor, &organization, problem);

    if (!error && actor && organization != orchestrator->user->organization)
        error =
            orch__problem(problem, ORCH_E_FORBIDDEN, "", "this orchestrator belongs to another organization");
    if (!error)
        error = check_fields(change, false, problem);
    if (!error && change->charter.ptr)
        error = orch_charter_read(change->charter, &charter, problem);
    if (error)
        return error;
    const orch__making head = {workspace, done, user, apply_change, discard, "name", {0}};
    making_orchestrator *kept = keep(&head, change, ORCH_STR_NONE, 0);
    orch__statements statements = orch__statements_new();

    if (!kept) {
        orch_charter_free(charter);
        return orch__making_submit(NULL, &statements, workspace, problem);
    }
    kept->orchestrator = orchestrator;
    kept->charter = charter;
    kept->user_id = orchestrator->user->id;
    kept->vp_id = orchestrator->id;
    kept->logged_in = orchestrator->logged_in;
    snprintf(kept->slug, sizeof kept->slug, "%s", orchestrator->slug);
    if (change->name.ptr)
        orch__directory_free_slug(workspace->directory, change->name, orchestrator, kept->slug,
                                  sizeof kept->slug);
    add_change(&statements, kept);
    return orch__making_submit(&kept->head, &statements, workspace, problem);
}

/* ---- running and presence ---- */

static void apply_logged_in(orch__making *making)
{
    making_orchestrator *kept = (making_orchestrator *)making;

    kept->orchestrator->logged_in = kept->logged_in;
    making->result.orchestrator = kept->orchestrator;
    making->result.user = kept->orchestrator->user;
}

int orch_workspace_set_logged_in(orch_workspace *workspace, orch_orchestrator *orchestrator, bool logged_in,
                                 orch_done_fn done, void *user)
{
    const orch__making head = {workspace, done, user, apply_logged_in, discard, NULL, {0}};
    const orch_orchestrator_change nothing = {0};
    making_orchestrator *kept = keep(&head, &nothing, ORCH_STR_NONE, 0);
    orch__statements statements = orch__statements_new();
    orch__time_text time;

    if (kept) {
        kept->orchestrator = orchestrator;
        kept->vp_id = orchestrator->id;
        kept->logged_in = logged_in;
        snprintf(kept->slug, sizeof kept->slug, "%s", orchestrator->slug);
        orch__time_write(orch__now(workspace), &time);
        add_daemon(&statements, kept, orch__text_of(orchestrator->model_chain), &time);
    }
    return orch__making_submit(kept ? &kept->head : NULL, &statements, workspace, NULL);
}

void orch_workspace_set_presence(orch_workspace *workspace, orch_orchestrator *orchestrator,
                                 const char *status)
{
    orch__statements statements = orch__statements_new();
    orch__time_text time;

    orch__time_write(orch__now(workspace), &time);
    ORCH__ADD(&statements, sql_presence, orch__text(orch__text_of(status)), orch__time(&time),
              orch__id(&orchestrator->id));
    int error = orch__statements_submit(&statements, workspace, ORCH_BATCH_WRITE, NULL, NULL);

    (void)error; /* only for other programs to look at: the next change writes it again */
}
