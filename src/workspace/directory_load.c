#include "directory_load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_text.h"
#include "statements.h"
#include "turn_rows.h"

enum statement {
    ORGANIZATIONS,
    WORKSPACES,
    USERS,
    ORGANIZATION_MEMBERS,
    ORCHESTRATORS,
    CHANNELS,
    CHANNEL_MEMBERS,
    TOTALS,
    COUNTERS,
    STATEMENTS
};

static const char *const sql[STATEMENTS] = {
    [ORGANIZATIONS] = "SELECT id, name, slug FROM organizations ORDER BY created_at, id",
    [WORKSPACES] = "SELECT id, organization_id FROM workspaces ORDER BY created_at, id",
    [USERS] = "SELECT id, email, name, display_name, avatar_url, status FROM users ORDER BY created_at, id",
    [ORGANIZATION_MEMBERS] =
        "SELECT user_id, organization_id, role FROM organization_members ORDER BY joined_at, id",
    [ORCHESTRATORS] =
        "SELECT v.id, v.user_id, v.role, v.discipline, v.capabilities, u.vp_config, d.slug, d.model_chain, "
        "d.logged_in, "
        "c.mention_only, c.auto_reply, c.keyword_triggers, c.temperature, c.max_tokens, c.llm_provider, "
        "c.llm_model "
        "FROM vps v JOIN users u ON u.id = v.user_id LEFT JOIN orchd_daemons d ON d.vp_id = v.id "
        "LEFT JOIN vp_configs c ON c.vp_id = v.id ORDER BY v.created_at, v.id",
    [CHANNELS] =
        "SELECT c.id, w.organization_id, c.name, c.slug, c.topic, c.type, c.is_archived, c.description "
        "FROM channels c "
        "JOIN workspaces w ON w.id = c.workspace_id ORDER BY c.created_at, c.id",
    [CHANNEL_MEMBERS] =
        "SELECT m.channel_id, m.user_id FROM channel_members m JOIN users u ON u.id = m.user_id "
        "WHERE m.left_at IS NULL ORDER BY u.created_at, u.id",
    [TOTALS] = "SELECT vp_id, answered, failed, input_tokens, output_tokens FROM orchd_totals",
    [COUNTERS] = "SELECT (SELECT max(id) FROM orchd_turns), (SELECT max(cursor) FROM orchd_feed), "
                 "(SELECT max(id) FROM messages), (SELECT max(id) FROM orchd_minutes), "
                 "(SELECT max(id) FROM orchd_hours), (SELECT max(id) FROM orchd_events)",
};

typedef struct loading {
    orch_workspace *workspace;
    const orch_result *result;
    char *message;
    size_t message_size;
    int error;
} loading;

static orch_str text(const loading *kept, enum statement statement, size_t row, size_t column)
{
    return orch_result_text(kept->result, statement, row, column);
}

static bool id_fits(orch_str id)
{
    orch_id unused;

    return orch__id_set(&unused, id);
}

/* Which of the words it is; 0 where it is none. */
static int word_of(orch_str word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (orch__text_equal(word, orch__text_of(words[i])))
            return (int)i;
    return 0;
}

static void load_organizations(loading *kept)
{
    orch_directory *directory = kept->workspace->directory;

    for (size_t i = 0; i < orch_result_rows(kept->result, ORGANIZATIONS); i++)
        if (id_fits(text(kept, ORGANIZATIONS, i, 0)))
            (void)orch__directory_add_organization(directory, text(kept, ORGANIZATIONS, i, 0),
                                                   text(kept, ORGANIZATIONS, i, 1),
                                                   text(kept, ORGANIZATIONS, i, 2));
    for (size_t i = 0; i < orch_result_rows(kept->result, WORKSPACES); i++) {
        orch_organization *organization =
            orch__directory_organization(directory, text(kept, WORKSPACES, i, 1));

        if (organization && id_fits(text(kept, WORKSPACES, i, 0)))
            orch__directory_add_workspace(directory, organization, text(kept, WORKSPACES, i, 0));
    }
}

static void load_users(loading *kept)
{
    static const char *const statuses[] = {"PENDING", "INACTIVE", "ACTIVE", "SUSPENDED"};
    static const orch_user_status values[] = {ORCH_USER_PENDING, ORCH_USER_INACTIVE, ORCH_USER_ACTIVE,
                                              ORCH_USER_SUSPENDED};
    static const char *const roles[] = {"MEMBER", "ADMIN", "OWNER"};
    orch_directory *directory = kept->workspace->directory;

    for (size_t i = 0; i < orch_result_rows(kept->result, USERS); i++) {
        const orch__user_entry entry = {.id = text(kept, USERS, i, 0),
                                        .email = text(kept, USERS, i, 1),
                                        .name = text(kept, USERS, i, 2),
                                        .display_name = text(kept, USERS, i, 3),
                                        .avatar_url = text(kept, USERS, i, 4),
                                        .status = values[word_of(text(kept, USERS, i, 5), statuses, 4)]};

        if (id_fits(entry.id))
            (void)orch__directory_add_user(directory, &entry);
    }
    for (size_t i = 0; i < orch_result_rows(kept->result, ORGANIZATION_MEMBERS); i++) {
        orch_user *user = orch_directory_user(directory, text(kept, ORGANIZATION_MEMBERS, i, 0));
        orch_organization *organization =
            orch__directory_organization(directory, text(kept, ORGANIZATION_MEMBERS, i, 1));

        if (user && organization)
            orch__directory_join(user, organization,
                                 (orch_role)word_of(text(kept, ORGANIZATION_MEMBERS, i, 2), roles, 3));
    }
}

/* The charter of an orchestratorConfig. One that cannot be read stops the start: running with another character than the
 * one that was written would be worse. */
static orch_charter_document *load_charter(loading *kept, size_t row)
{
    orch_str config = text(kept, ORCHESTRATORS, row, 5);
    json_t *root = NULL;
    const json_t *charter;
    char *json = NULL;
    orch_charter_document *document = NULL;
    orch_problem problem = {.message = "out of memory"};

    kept->error = config.len > 0 ? orch_json_read(config, 0, &root, NULL) : 0;
    if (kept->error == ORCH_E_INVALID)
        kept->error = 0;
    charter = json_object_get(root, "charter");
    if (charter && !kept->error)
        kept->error = orch_json_write(charter, JSON_COMPACT | JSON_ENCODE_ANY, &json);
    if (!kept->error)
        kept->error = orch_charter_read(orch__text_of(json), &document, &problem);
    if (kept->error)
        snprintf(kept->message, kept->message_size, "the charter of the orchestrator %.*s is wrong: %s",
                 (int)text(kept, ORCHESTRATORS, row, 0).len, text(kept, ORCHESTRATORS, row, 0).ptr,
                 problem.message);
    free(json);
    json_decref(root);
    return document;
}

/* Our own chain, else the model of vp_configs. */
static orch_str model_chain_of(const loading *kept, size_t row, char *buffer, size_t size)
{
    orch_str own = text(kept, ORCHESTRATORS, row, 7);
    orch_str provider = text(kept, ORCHESTRATORS, row, 14);
    orch_str model = text(kept, ORCHESTRATORS, row, 15);

    if (own.len > 0 || provider.len == 0 || model.len == 0)
        return own;
    snprintf(buffer, size, "%.*s/%.*s", (int)provider.len, provider.ptr, (int)model.len, model.ptr);
    return orch__text_of(buffer);
}

static void load_orchestrator(loading *kept, size_t row, orch_user *user)
{
    const orch_result *result = kept->result;
    bool configured = text(kept, ORCHESTRATORS, row, 15).len > 0;
    char chain[512];
    const orch__orchestrator_entry entry = {
        .id = text(kept, ORCHESTRATORS, row, 0),
        .user = user,
        .role = text(kept, ORCHESTRATORS, row, 2),
        .discipline = text(kept, ORCHESTRATORS, row, 3),
        .capabilities = text(kept, ORCHESTRATORS, row, 4),
        .charter = load_charter(kept, row),
        .slug = text(kept, ORCHESTRATORS, row, 6),
        .model_chain = model_chain_of(kept, row, chain, sizeof chain),
        .logged_in = orch_result_integer(result, ORCHESTRATORS, row, 8) != 0,
        .mention_only = orch_result_integer(result, ORCHESTRATORS, row, 9) != 0,
        .auto_reply = !configured || orch_result_integer(result, ORCHESTRATORS, row, 10) != 0,
        .keywords = text(kept, ORCHESTRATORS, row, 11),
        .temperature = configured ? orch_result_real(result, ORCHESTRATORS, row, 12) : -1,
        .tokens_max = (uint32_t)orch_result_integer(result, ORCHESTRATORS, row, 13),
    };

    if (entry.charter)
        (void)orch__directory_add_orchestrator(kept->workspace->directory, &entry);
}

static void load_orchestrators(loading *kept)
{
    for (size_t i = 0; i < orch_result_rows(kept->result, ORCHESTRATORS) && !kept->error; i++) {
        orch_user *user = orch_directory_user(kept->workspace->directory, text(kept, ORCHESTRATORS, i, 1));

        if (user && id_fits(text(kept, ORCHESTRATORS, i, 0)))
            load_orchestrator(kept, i, user);
    }
}

static void load_channels(loading *kept)
{
    static const char *const types[] = {"PUBLIC", "PRIVATE", "DM", "HUDDLE"};
    orch_directory *directory = kept->workspace->directory;

    for (size_t i = 0; i < orch_result_rows(kept->result, CHANNELS); i++) {
        const orch__channel_entry entry = {
            .id = text(kept, CHANNELS, i, 0),
            .organization = orch__directory_organization(directory, text(kept, CHANNELS, i, 1)),
            .name = text(kept, CHANNELS, i, 2),
            .slug = text(kept, CHANNELS, i, 3),
            .topic = text(kept, CHANNELS, i, 4),
            .description = text(kept, CHANNELS, i, 7),
            .type = (orch_channel_type)word_of(text(kept, CHANNELS, i, 5), types, 4),
            .archived = orch_result_integer(kept->result, CHANNELS, i, 6) != 0};

        if (id_fits(entry.id) && entry.organization)
            (void)orch__directory_add_channel(directory, &entry);
    }
    for (size_t i = 0; i < orch_result_rows(kept->result, CHANNEL_MEMBERS); i++) {
        orch_channel *channel = orch_directory_channel(directory, text(kept, CHANNEL_MEMBERS, i, 0));
        orch_user *user = orch_directory_user(directory, text(kept, CHANNEL_MEMBERS, i, 1));

        if (channel && user)
            orch__channel_add_member(channel, user);
    }
}

static void load_totals(loading *kept)
{
    for (size_t i = 0; i < orch_result_rows(kept->result, TOTALS); i++) {
        orch_orchestrator *orchestrator =
            orch_directory_orchestrator(kept->workspace->directory, text(kept, TOTALS, i, 0));

        if (orchestrator)
            orchestrator->totals =
                (orch_totals){.answered = (uint64_t)orch_result_integer(kept->result, TOTALS, i, 1),
                              .failed = (uint64_t)orch_result_integer(kept->result, TOTALS, i, 2),
                              .tokens_input = (uint64_t)orch_result_integer(kept->result, TOTALS, i, 3),
                              .tokens_output = (uint64_t)orch_result_integer(kept->result, TOTALS, i, 4)};
    }
}

static void load_counters(loading *kept)
{
    orch_workspace *workspace = kept->workspace;

    workspace->turn_last = orch_result_integer(kept->result, COUNTERS, 0, 0);
    orch__feed_begin(workspace, orch_result_integer(kept->result, COUNTERS, 0, 1));
    workspace->statistics_last[0] = orch_result_integer(kept->result, COUNTERS, 0, 3);
    workspace->statistics_last[1] = orch_result_integer(kept->result, COUNTERS, 0, 4);
    workspace->event_last = orch_result_integer(kept->result, COUNTERS, 0, 5);
    orch__ids_pass(&workspace->ids, text(kept, COUNTERS, 0, 2), orch__now(workspace));
}

static void loaded(int error, const orch_result *result, void *user)
{
    loading *kept = user;

    kept->error = error;
    kept->result = result;
    if (error) {
        snprintf(kept->message, kept->message_size, "the directory cannot be read: %s (%s)",
                 result ? orch_result_message(result) : "", orch_error_text(error));
        return;
    }
    load_organizations(kept);
    load_users(kept);
    load_orchestrators(kept);
    load_channels(kept);
    load_totals(kept);
    load_counters(kept);
}

int orch__directory_load(orch_workspace *workspace, char *out_message, size_t message_size)
{
    loading state = {.workspace = workspace, .message = out_message, .message_size = message_size};
    orch__statements statements = orch__statements_new();

    for (size_t i = 0; i < STATEMENTS; i++)
        orch__statements_add(&statements, sql[i], NULL, 0);
    int error = orch__statements_submit(&statements, workspace, ORCH_BATCH_READ, loaded, &state);

    if (error) {
        snprintf(out_message, message_size, "the directory cannot be read: %s", orch_error_text(error));
        return error;
    }
    orch_database_drain(workspace->database);
    return state.error;
}
