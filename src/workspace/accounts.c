/* Accounts at OpenID providers: whose they are, new ones, those of a user.
 *
 * A row of `accounts` is what NextAuth writes, so that a database of Neolith goes on with its logins; tokens of a provider are
 * never stored. The row with provider 'credentials' is the password's.
 */
#include "making.h"

#include <stdlib.h>

static const char sql_owner[] =
    "SELECT user_id FROM accounts WHERE provider = $1 AND provider_account_id = $2";
static const char sql_candidate[] =
    "SELECT (SELECT count(*) FROM users WHERE id = $1 AND email_verified IS NOT NULL), "
    "(SELECT count(*) FROM accounts WHERE user_id = $1)";
static const char sql_link[] =
    "INSERT INTO accounts (id, user_id, type, provider, provider_account_id, created_at, updated_at) "
    "SELECT $1, $2, 'oidc', $3, $4, $5, $5 "
    "WHERE $6 = 0 OR NOT EXISTS (SELECT 1 FROM accounts WHERE user_id = $2)";
static const char sql_prove[] =
    "UPDATE users SET email_verified = $1, updated_at = $1 WHERE id = $2 AND email_verified IS NULL";
static const char sql_list[] = "SELECT id, provider, created_at FROM accounts WHERE user_id = $1 "
                               "ORDER BY created_at, id LIMIT $2";
static const char sql_unlink[] =
    "DELETE FROM accounts WHERE id = $1 AND user_id = $2 AND provider <> 'credentials' "
    "AND EXISTS (SELECT 1 FROM accounts WHERE user_id = $2 AND id <> $1)";

/* ---- whose ---- */

typedef struct finding {
    orch_workspace *workspace;
    orch_account_fn done;
    void *user;
} finding;

static void account_read(int error, const orch_result *result, void *user)
{
    finding *kept = user;
    orch_account_found found = {0};
    orch_problem problem = {0};

    if (!error && orch_result_rows(result, 0) > 0) {
        found.user = orch_directory_user(kept->workspace->directory, orch_result_text(result, 0, 0, 0));
        if (!found.user) /* another program added somebody since the start: never to be taken for nobody's */
            error =
                orch__problem(&problem, ORCH_E_NOT_FOUND, "", "this account's user is not known here yet");
    } else if (error) {
        (void)orch__database_problem(&problem, error, result);
    }
    if (!error && orch_result_statements(result) > 1) {
        found.proven = orch_result_integer(result, 1, 0, 0) > 0;
        found.untouched = orch_result_integer(result, 1, 0, 1) == 0;
    }
    kept->done(error ? &problem : NULL, error ? NULL : &found, kept->user);
    free(kept);
}

int orch_workspace_find_account(orch_workspace *workspace, const orch_account *account,
                                const orch_user *candidate, orch_account_fn done, void *user)
{
    orch__statements statements = orch__statements_new();
    finding *kept = malloc(sizeof *kept);

    if (kept)
        *kept = (finding){workspace, done, user};
    else
        statements.error = ORCH_E_NO_MEMORY;
    ORCH__ADD(&statements, sql_owner, orch__text(account->provider), orch__text(account->subject));
    if (candidate)
        ORCH__ADD(&statements, sql_candidate, orch__id(&candidate->id));
    int error = orch__statements_submit(&statements, workspace, ORCH_BATCH_READ, account_read, kept);

    if (error)
        free(kept);
    return error;
}

/* ---- new ones ---- */

int orch__check_account(const orch_account *account, orch_problem *problem)
{
    if (account->provider.len == 0 || account->provider.len > ORCH_PROVIDER_ID_MAX ||
        !orch__text_valid(account->provider))
        return orch__problem(problem, ORCH_E_INVALID, "provider", "a provider has 1 to %d characters",
                             ORCH_PROVIDER_ID_MAX);
    if (account->subject.len == 0 || account->subject.len > ORCH_SUBJECT_MAX ||
        !orch__text_valid(account->subject))
        return orch__problem(problem, ORCH_E_INVALID, "sub", "a subject has 1 to %d characters",
                             ORCH_SUBJECT_MAX);
    return 0;
}

void orch__add_account(orch_workspace *workspace, orch__statements *statements, const orch_id *user_id,
                       const orch_account *account, bool untouched, const orch__time_text *time)
{
    orch_id id;

    orch__ids_make(&workspace->ids, orch__now(workspace), &id);
    ORCH__ADD(statements, sql_link, orch__id(&id), orch__id(user_id), orch__text(account->provider),
              orch__text(account->subject), orch__time(time), orch__integer(untouched));
    orch__statements_expect(statements, 1);
}

int orch_workspace_link_account(orch_workspace *workspace, const orch_account_link *link, orch_done_fn done,
                                void *user, orch_problem *problem)
{
    orch__time_text time;
    int error = orch__check_account(&link->account, problem);

    if (error)
        return error;
    orch__statements statements = orch__statements_new();
    orch__making *making = malloc(sizeof *making);

    if (making)
        *making =
            (orch__making){workspace, done, user, .taken_field = "account", .result = {.user = link->user}};
    orch__time_write(orch__now(workspace), &time);
    orch__add_account(workspace, &statements, &link->user->id, &link->account, link->untouched, &time);
    if (link->proves_email)
        ORCH__ADD(&statements, sql_prove, orch__time(&time), orch__id(&link->user->id));
    return orch__making_submit(making, &statements, workspace, problem);
}

/* ---- those of a user ---- */

typedef struct listing {
    orch_accounts_fn done;
    void *user;
} listing;

static void accounts_read(int error, const orch_result *result, void *user)
{
    listing *kept = user;
    orch_problem problem = {0};
    orch_account_row rows[ORCH_ACCOUNTS_LISTED_MAX] = {0};
    size_t count = 0;
    bool password = false;

    if (error)
        (void)orch__database_problem(&problem, error, result);
    for (size_t i = 0; !error && i < orch_result_rows(result, 0) && count < ORCH_ACCOUNTS_LISTED_MAX; i++) {
        orch_account_row *row = &rows[count];

        row->provider = orch_result_text(result, 0, i, 1);
        if (orch__text_equal(row->provider, ORCH_STR("credentials"))) {
            password = true;
            continue;
        }
        if (orch__id_set(&row->id, orch_result_text(result, 0, i, 0))) {
            row->created_ms = orch__time_read(orch_result_text(result, 0, i, 2));
            count++;
        }
    }
    kept->done(error ? &problem : NULL, rows, count, password, kept->user);
    free(kept);
}

int orch_workspace_list_accounts(orch_workspace *workspace, const orch_user *owner, orch_accounts_fn done,
                                 void *user)
{
    orch__statements statements = orch__statements_new();
    listing *kept = malloc(sizeof *kept);

    if (kept)
        *kept = (listing){done, user};
    else
        statements.error = ORCH_E_NO_MEMORY;
    ORCH__ADD(&statements, sql_list, orch__id(&owner->id), orch__integer(ORCH_ACCOUNTS_LISTED_MAX + 1));
    int error = orch__statements_submit(&statements, workspace, ORCH_BATCH_READ, accounts_read, kept);

    if (error)
        free(kept);
    return error;
}

typedef struct unlinking {
    orch_user *owner;
    orch_done_fn done;
    void *user;
} unlinking;

static void account_unlinked(int error, const orch_result *result, void *user)
{
    unlinking *kept = user;
    const orch_done done = {.user = kept->owner};
    orch_problem problem = {0};

    if (error)
        (void)orch__database_problem(&problem, error, result);
    else if (orch_result_changes(result, 0) == 0)
        error = orch__problem(&problem, ORCH_E_CONFLICT, "accountId",
                              "there is no such account of yours, or it is your only way to log in: set a "
                              "password first");
    kept->done(error ? &problem : NULL, error ? NULL : &done, kept->user);
    free(kept);
}

int orch_workspace_unlink_account(orch_workspace *workspace, orch_user *owner, orch_str id, orch_done_fn done,
                                  void *user)
{
    orch__statements statements = orch__statements_new();
    unlinking *kept = malloc(sizeof *kept);

    if (kept)
        *kept = (unlinking){owner, done, user};
    else
        statements.error = ORCH_E_NO_MEMORY;
    ORCH__ADD(&statements, sql_unlink, orch__text(id), orch__id(&owner->id));
    int error = orch__statements_submit(&statements, workspace, ORCH_BATCH_WRITE, account_unlinked, kept);

    if (error)
        free(kept);
    return error;
}
