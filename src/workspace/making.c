#include "making.h"

#include <stdlib.h>
#include <string.h>

static const char sql_user[] =
    "INSERT INTO users (id, email, name, display_name, status, is_vp, vp_config, created_at, updated_at, "
    "email_verified) VALUES ($1, $2, $3, $4, 'ACTIVE', $5, $6, $7, $7, $8)";
static const char sql_organization_member[] = "INSERT INTO organization_members (id, role, organization_id, "
                                              "user_id, joined_at) VALUES ($1, $2, $3, $4, $5)";
static const char sql_account[] =
    "INSERT INTO accounts (id, user_id, type, provider, provider_account_id, created_at, updated_at) "
    "SELECT $1, $2, 'credentials', 'credentials', $2, $3, $3 "
    "WHERE NOT EXISTS (SELECT 1 FROM accounts WHERE user_id = $2 AND provider = 'credentials')";
static const char sql_password[] =
    "UPDATE accounts SET refresh_token = $1, updated_at = $2 WHERE user_id = $3 AND provider = 'credentials'";
static const char sql_password_is[] =
    "SELECT 1 FROM accounts WHERE user_id = $1 AND provider = 'credentials' AND refresh_token = $2";
static const char sql_channel_member[] =
    "INSERT INTO channel_members (id, role, channel_id, user_id, joined_at) VALUES ($1, $2, $3, $4, $5) "
    "ON CONFLICT (channel_id, user_id) DO UPDATE SET left_at = NULL, joined_at = excluded.joined_at";

/* ---- the way of a making ---- */

static void committed(int error, const orch_result *result, void *user)
{
    orch__making *making = user;
    orch_problem problem = {0};

    if (error == ORCH_E_EXISTS)
        (void)orch__problem(&problem, error, making->taken_field ? making->taken_field : "",
                            "somebody else has just taken this %s",
                            making->taken_field ? making->taken_field : "name");
    else if (error == ORCH_E_CONFLICT)
        (void)orch__problem(&problem, ORCH_E_NOT_FOUND, "", "it is not there any more");
    else if (error)
        (void)orch__database_problem(&problem, error, result);
    if (error && making->discard)
        making->discard(making);
    if (!error && making->apply)
        making->apply(making);
    if (making->done)
        making->done(error ? &problem : NULL, error ? NULL : &making->result, making->user);
    free(making);
}

int orch__making_submit(orch__making *making, orch__statements *statements, orch_workspace *workspace,
                        orch_problem *problem)
{
    orch_batch_kind kind = statements->count > 0 ? ORCH_BATCH_WRITE : ORCH_BATCH_READ;

    if (!making)
        statements->error = ORCH_E_NO_MEMORY;
    int error = orch__statements_submit(statements, workspace, kind, committed, making);

    if (!error)
        return 0;
    if (making && making->discard)
        making->discard(making);
    free(making);
    return orch__database_problem(problem, error, NULL);
}

orch_str orch__keep_text(char **at, orch_str text)
{
    char *copy = *at;

    if (text.len > 0)
        memcpy(copy, text.ptr, text.len);
    *at += text.len;
    return (orch_str){copy, text.len};
}

/* ---- rows ---- */

static orch_id next_id(orch_workspace *workspace)
{
    orch_id id;

    orch__ids_make(&workspace->ids, orch__now(workspace), &id);
    return id;
}

void orch__add_password(orch_workspace *workspace, orch__statements *statements, const orch_id *user_id,
                        orch_str hash, const orch__time_text *time)
{
    orch_id id = next_id(workspace);

    ORCH__ADD(statements, sql_account, orch__id(&id), orch__id(user_id), orch__time(time));
    ORCH__ADD(statements, sql_password, orch__text(hash), orch__time(time), orch__id(user_id));
    orch__statements_expect(statements, 1);
}

void orch__expect_password(orch__statements *statements, const orch_id *user_id, orch_str hash)
{
    ORCH__ADD(statements, sql_password_is, orch__id(user_id), orch__text(hash));
    orch__statements_expect(statements, 1);
}

void orch__add_person(orch_workspace *workspace, orch__statements *statements, const orch__person *person,
                      const orch__time_text *time)
{
    orch_id membership = next_id(workspace);

    ORCH__ADD(statements, sql_user, orch__id(&person->id), orch__text(person->email),
              orch__text(person->name), orch__optional(person->display_name),
              orch__integer(person->orchestrator), orch__optional(person->config), orch__time(time),
              person->email_proven ? orch__time(time) : orch__optional(ORCH_STR_NONE));
    if (person->password_hash.len > 0)
        orch__add_password(workspace, statements, &person->id, person->password_hash, time);
    ORCH__ADD(statements, sql_organization_member, orch__id(&membership),
              orch__text(orch__text_of(person->role)), orch__id(person->organization_id),
              orch__id(&person->id), orch__time(time));
}

void orch__add_member(orch_workspace *workspace, orch__statements *statements, const orch_id *channel_id,
                      const orch_id *user_id, const char *role, const orch__time_text *time)
{
    orch_id id = next_id(workspace);

    ORCH__ADD(statements, sql_channel_member, orch__id(&id), orch__text(orch__text_of(role)),
              orch__id(channel_id), orch__id(user_id), orch__time(time));
}

/* ---- checks ---- */

int orch__check_administers(const orch_workspace *workspace, const orch_user *actor,
                            orch_organization **out_organization, orch_problem *problem)
{
    orch_organization *const *all;
    size_t count = orch_directory_organizations(workspace->directory, &all);

    if (actor && (!actor->organization || !orch_user_administers(actor, actor->organization)))
        return orch__problem(problem, ORCH_E_FORBIDDEN, "", "only administrators may do this");
    if (count == 0)
        return orch__problem(problem, ORCH_E_STATE, "",
                             "there is no organization yet: run `orchd init` first");
    *out_organization = actor ? actor->organization : all[0];
    return 0;
}

int orch__check_email_free(const orch_workspace *workspace, orch_str email, orch_problem *problem)
{
    int error = orch__check_email(problem, email);

    if (!error && orch_directory_user_by_email(workspace->directory, email))
        error =
            orch__problem(problem, ORCH_E_EXISTS, "email",
                          "there is a user with the e-mail address %.*s already", (int)email.len, email.ptr);
    return error;
}

bool orch__channel_open(const orch_channel *channel, const orch_organization *organization)
{
    return channel->type == ORCH_CHANNEL_PUBLIC && channel->organization == organization &&
           !channel->removed && !channel->archived;
}
