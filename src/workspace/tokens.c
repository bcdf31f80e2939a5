/* Sessions and API tokens: 32 random bytes that only their holder knows; the database keeps their SHA-256.
 *
 *     orchd_s_<43 characters of base64url>     a session, row in `sessions`
 *     orchd_t_<43 characters of base64url>     an API token, row in `orchd_tokens`
 *
 * A revoked token is forgotten at once and again after the commit: a login that was read in between is not kept, since each
 * revocation makes what was asked before it outdated.
 */
#include "making.h"
#include "password.h"
#include "sessions.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define SECRET_BYTES  32
#define PREFIX_LEN    8
#define SESSION_MS    (INT64_C(30) * 86400000)
#define EXPIRY_MS_MAX (INT64_C(3650) * 86400000)

static const char session_prefix[] = "orchd_s_";
static const char api_prefix[] = "orchd_t_";

static const char sql_add_session[] =
    "INSERT INTO sessions (id, session_token, expires, user_id) VALUES ($1, $2, $3, $4)";
static const char sql_add_token[] =
    "INSERT INTO orchd_tokens (id, token_hash, name, user_id, expires_at, created_at) "
    "VALUES ($1, $2, $3, $4, $5, $6)";
static const char sql_session[] =
    "SELECT s.id, s.user_id, s.expires, o.last_used_at FROM sessions s "
    "LEFT JOIN orchd_sessions o ON o.session_id = s.id WHERE s.session_token = $1";
static const char sql_token[] = "SELECT id, user_id, expires_at FROM orchd_tokens WHERE token_hash = $1";
static const char sql_list_tokens[] = "SELECT id, name, created_at, expires_at FROM orchd_tokens "
                                      "WHERE user_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2";
static const char sql_end_session[] = "DELETE FROM sessions WHERE id = $1 AND ($2 = '' OR user_id = $2)";
static const char sql_end_token[] = "DELETE FROM orchd_tokens WHERE id = $1 AND ($2 = '' OR user_id = $2)";
static const char sql_end_sessions[] = "DELETE FROM sessions WHERE user_id = $1 RETURNING id";
static const char sql_end_other_sessions[] =
    "DELETE FROM sessions WHERE user_id = $1 AND id <> $2 RETURNING id";
static const char sql_end_tokens[] = "DELETE FROM orchd_tokens WHERE user_id = $1 RETURNING id";

static void hash_token(orch_str token, char out_hash[ORCH__TOKEN_HASH_LEN + 1])
{
    unsigned char bytes[crypto_hash_sha256_BYTES];

    crypto_hash_sha256(bytes, (const unsigned char *)token.ptr, token.len);
    sodium_bin2hex(out_hash, ORCH__TOKEN_HASH_LEN + 1, bytes, sizeof bytes);
}

/* ---- making ---- */

typedef struct issuing {
    orch_workspace *workspace;
    orch_token_fn done;
    void *user;
    orch_token_made made;
} issuing;

static void finish_issuing(issuing *kept, const orch_problem *problem)
{
    kept->done(problem, problem ? NULL : &kept->made, kept->user);
    sodium_memzero(&kept->made, sizeof kept->made);
    free(kept);
}

static void issued(int error, const orch_result *result, void *user)
{
    orch_problem problem = {0};

    if (error == ORCH_E_CONFLICT)
        (void)orch__problem(&problem, ORCH_E_UNAUTHORIZED, "password", "the password was changed meanwhile");
    else if (error)
        (void)orch__database_problem(&problem, error, result);
    finish_issuing(user, error ? &problem : NULL);
}

static void make_secret(orch_token_kind kind, char out_token[ORCH_TOKEN_TEXT_MAX])
{
    unsigned char secret[SECRET_BYTES];

    randombytes_buf(secret, sizeof secret);
    memcpy(out_token, kind == ORCH_TOKEN_SESSION ? session_prefix : api_prefix, PREFIX_LEN);
    sodium_bin2base64(out_token + PREFIX_LEN, ORCH_TOKEN_TEXT_MAX - PREFIX_LEN, secret, sizeof secret,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(secret, sizeof secret);
}

static int check_token(const orch_token_new *token_new, int64_t now, orch_problem *problem)
{
    if (token_new->user->removed || token_new->user->status != ORCH_USER_ACTIVE)
        return orch__problem(problem, ORCH_E_FORBIDDEN, "", "the user %s is not active",
                             token_new->user->email);
    if (token_new->kind == ORCH_TOKEN_API && token_new->expires_ms != 0 &&
        (token_new->expires_ms <= now || token_new->expires_ms > now + EXPIRY_MS_MAX))
        return orch__problem(problem, ORCH_E_INVALID, "expiresAt",
                             "expiresAt must be in the future, at most 10 years from now");
    return token_new->kind == ORCH_TOKEN_API
               ? orch__check_name(problem, "name", token_new->name, ORCH_NAME_MAX)
               : 0;
}

static void add_token(orch__statements *statements, const issuing *kept, const orch_token_new *token_new,
                      int64_t now)
{
    char hash[ORCH__TOKEN_HASH_LEN + 1];
    orch__time_text expires, made;
    const orch_user *user = token_new->user;

    hash_token(orch__text_of(kept->made.token), hash);
    orch__time_write(kept->made.expires_ms, &expires);
    orch__time_write(now, &made);
    if (token_new->password_hash.len > 0)
        orch__expect_password(statements, &user->id, token_new->password_hash);
    if (token_new->kind == ORCH_TOKEN_SESSION) {
        orch__add_session_ends(statements, &user->id, &made);
        ORCH__ADD(statements, sql_add_session, orch__id(&kept->made.id), orch__text(orch__text_of(hash)),
                  orch__time(&expires), orch__id(&user->id));
        orch__add_session_place(statements, &kept->made.id, token_new, &made);
    } else {
        ORCH__ADD(statements, sql_add_token, orch__id(&kept->made.id), orch__text(orch__text_of(hash)),
                  orch__text(token_new->name), orch__id(&user->id),
                  kept->made.expires_ms ? orch__time(&expires) : orch__optional(ORCH_STR_NONE),
                  orch__time(&made));
    }
}

int orch_workspace_add_token(orch_workspace *workspace, const orch_token_new *token_new, orch_token_fn done,
                             void *user, orch_problem *problem)
{
    int64_t now = orch__now(workspace);
    int error = check_token(token_new, now, problem);

    if (error)
        return error;
    issuing *kept = malloc(sizeof *kept);

    if (!kept)
        return orch__problem(problem, ORCH_E_NO_MEMORY, "", "out of memory");
    *kept = (issuing){workspace, done, user, {.expires_ms = token_new->expires_ms}};
    if (token_new->kind == ORCH_TOKEN_SESSION)
        kept->made.expires_ms = now + SESSION_MS;
    orch__ids_make(&workspace->ids, now, &kept->made.id);
    make_secret(token_new->kind, kept->made.token);
    orch__statements statements = orch__statements_new();

    add_token(&statements, kept, token_new, now);
    error = orch__statements_submit(&statements, workspace, ORCH_BATCH_WRITE, issued, kept);
    if (!error)
        return 0;
    sodium_memzero(&kept->made, sizeof kept->made);
    free(kept);
    return orch__database_problem(problem, error, NULL);
}

/* ---- listing ---- */

typedef struct listing {
    orch_tokens_fn done;
    void *user;
} listing;

static void read_rows(const orch_result *result, orch_token_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        (void)orch__id_set(&rows[i].id, orch_result_text(result, 0, i, 0));
        rows[i].name = orch_result_text(result, 0, i, 1);
        rows[i].created_ms = orch__time_read(orch_result_text(result, 0, i, 2));
        rows[i].expires_ms = orch__time_read(orch_result_text(result, 0, i, 3));
    }
}

static void tokens_read(int error, const orch_result *result, void *user)
{
    listing *kept = user;
    orch_problem problem = {0};
    size_t count = error ? 0 : orch_result_rows(result, 0);
    orch_token_row *rows = calloc(count ? count : 1, sizeof *rows);

    if (error || !rows) {
        (void)orch__database_problem(&problem, error ? error : ORCH_E_NO_MEMORY, result);
        kept->done(&problem, NULL, 0, kept->user);
    } else {
        read_rows(result, rows, count);
        kept->done(NULL, rows, count, kept->user);
    }
    free(rows);
    free(kept);
}

int orch_workspace_list_tokens(orch_workspace *workspace, const orch_user *owner, orch_tokens_fn done,
                               void *user)
{
    orch__statements statements = orch__statements_new();
    listing *kept = malloc(sizeof *kept);

    if (kept)
        *kept = (listing){done, user};
    else
        statements.error = ORCH_E_NO_MEMORY;
    ORCH__ADD(&statements, sql_list_tokens, orch__id(&owner->id), orch__integer(ORCH_TOKENS_LISTED_MAX));
    int error = orch__statements_submit(&statements, workspace, ORCH_BATCH_READ, tokens_read, kept);

    if (error)
        free(kept);
    return error;
}

/* ---- checking ---- */

typedef struct checking {
    orch_workspace *workspace;
    orch_login_fn done;
    void *user;
    orch_token_kind kind;
    uint64_t revocations; /* when the query was sent */
    char hash[ORCH__TOKEN_HASH_LEN + 1];
} checking;

static int refuse(orch_problem *problem)
{
    return orch__problem(problem, ORCH_E_UNAUTHORIZED, "", "the session or token is not valid (any more)");
}

static int check_login(const orch_login *login, int64_t now, orch_problem *problem)
{
    bool valid = login->user && !login->user->removed && login->user->status == ORCH_USER_ACTIVE &&
                 (login->expires_ms == 0 || login->expires_ms > now);

    return valid ? 0 : refuse(problem);
}

static int ask(checking *kept);

static void give_login(checking *kept, const orch_problem *problem, const orch_login *login)
{
    kept->done(problem, login, kept->user);
    free(kept);
}

static int read_login(const checking *kept, const orch_result *result, orch_login *out_login,
                      orch_problem *problem)
{
    const orch_workspace *workspace = kept->workspace;
    orch_login login = {.kind = kept->kind};

    if (orch_result_rows(result, 0) == 0 || !orch__id_set(&login.token_id, orch_result_text(result, 0, 0, 0)))
        return refuse(problem);
    login.user = orch_directory_user(workspace->directory, orch_result_text(result, 0, 0, 1));
    login.expires_ms = orch__time_read(orch_result_text(result, 0, 0, 2));
    *out_login = login;
    return check_login(&login, orch__now(workspace), problem);
}

static void token_read(int error, const orch_result *result, void *user)
{
    checking *kept = user;
    orch_workspace *workspace = kept->workspace;
    orch_problem problem = {0};
    orch_login login = {0};

    if (!error && kept->revocations != workspace->tokens.revocations) {
        error = ask(kept);
        if (!error)
            return;
    }
    if (error)
        (void)orch__database_problem(&problem, error, result);
    else
        error = read_login(kept, result, &login, &problem);
    if (!error && kept->kind == ORCH_TOKEN_SESSION)
        orch__session_used(workspace, &login.token_id, orch__time_read(orch_result_text(result, 0, 0, 3)));
    if (!error)
        orch__token_cache_put(&workspace->tokens, orch__text_of(kept->hash), &login, orch__now(workspace));
    give_login(kept, error ? &problem : NULL, error ? NULL : &login);
}

static int ask(checking *kept)
{
    orch__statements statements = orch__statements_new();

    kept->revocations = kept->workspace->tokens.revocations;
    ORCH__ADD(&statements, kept->kind == ORCH_TOKEN_SESSION ? sql_session : sql_token,
              orch__text(orch__text_of(kept->hash)));
    return orch__statements_submit(&statements, kept->workspace, ORCH_BATCH_READ, token_read, kept);
}

static bool kind_of(orch_str token, orch_token_kind *out_kind)
{
    if (token.len <= PREFIX_LEN || token.len >= ORCH_TOKEN_TEXT_MAX)
        return false;
    *out_kind = memcmp(token.ptr, session_prefix, PREFIX_LEN) == 0 ? ORCH_TOKEN_SESSION : ORCH_TOKEN_API;
    return *out_kind == ORCH_TOKEN_SESSION || memcmp(token.ptr, api_prefix, PREFIX_LEN) == 0;
}

/* True: the callback has been called. */
static bool answer_from_memory(orch_workspace *workspace, const char *hash, orch_login_fn done, void *user)
{
    int64_t now = orch__now(workspace);
    const orch_login *known = orch__token_cache_get(&workspace->tokens, orch__text_of(hash), now);
    orch_problem problem = {0};

    if (!known)
        return false;
    const orch_login login = *known; /* the callback may revoke it */
    int error = check_login(&login, now, &problem);

    done(error ? &problem : NULL, error ? NULL : &login, user);
    return true;
}

int orch_workspace_authenticate(orch_workspace *workspace, orch_str token, orch_login_fn done, void *user)
{
    char hash[ORCH__TOKEN_HASH_LEN + 1];
    orch_problem problem = {0};
    orch_token_kind kind;

    if (!kind_of(token, &kind)) {
        (void)refuse(&problem);
        done(&problem, NULL, user);
        return 0;
    }
    hash_token(token, hash);
    if (answer_from_memory(workspace, hash, done, user))
        return 0;
    checking *kept = malloc(sizeof *kept);

    if (!kept)
        return ORCH_E_NO_MEMORY;
    *kept = (checking){.workspace = workspace, .done = done, .user = user, .kind = kind};
    memcpy(kept->hash, hash, sizeof hash);
    int error = ask(kept);

    if (error)
        free(kept);
    return error;
}

/* ---- revoking ---- */

typedef struct revoking {
    orch_workspace *workspace;
    orch_done_fn done;
    void *user;
    orch_user *owner;
    orch_token_kind kind;
    orch_id token_id; /* empty: all of the kind */
} revoking;

static void forget(orch_workspace *workspace, const orch_id *token_id)
{
    orch__token_cache_forget(&workspace->tokens, orch__text_of(token_id->text));
    if (workspace->revoked)
        workspace->revoked(token_id, workspace->revoked_user);
}

static void finish_revoking(revoking *kept, const orch_problem *problem)
{
    const orch_done result = {.user = kept->owner};

    if (kept->done)
        kept->done(problem, problem ? NULL : &result, kept->user);
    free(kept);
}

static void one_revoked(int error, const orch_result *result, void *user)
{
    revoking *kept = user;
    orch_problem problem = {0};

    if (error)
        (void)orch__database_problem(&problem, error, result);
    else if (orch_result_changes(result, 0) + orch_result_changes(result, 1) == 0)
        error = orch__problem(&problem, ORCH_E_NOT_FOUND, "id", "there is no such session or token of yours");
    else
        forget(kept->workspace, &kept->token_id);
    finish_revoking(kept, error ? &problem : NULL);
}

static void all_revoked(int error, const orch_result *result, void *user)
{
    revoking *kept = user;
    orch_problem problem = {0};
    size_t count = error ? 0 : orch_result_rows(result, 0);
    orch_id id;

    if (error)
        (void)orch__database_problem(&problem, error, result);
    else
        orch__token_cache_forget_user(&kept->workspace->tokens, kept->owner, kept->kind);
    for (size_t i = 0; i < count; i++)
        if (orch__id_set(&id, orch_result_text(result, 0, i, 0)))
            forget(kept->workspace, &id);
    finish_revoking(kept, error ? &problem : NULL);
}

static int submit_revoking(const revoking *wanted, orch__statements *statements, orch_batch_done revoked)
{
    revoking *kept = malloc(sizeof *kept);

    if (kept)
        *kept = *wanted;
    else
        statements->error = ORCH_E_NO_MEMORY;
    int error = orch__statements_submit(statements, wanted->workspace, ORCH_BATCH_WRITE, revoked, kept);

    if (error)
        free(kept);
    return error;
}

int orch_workspace_revoke_token(orch_workspace *workspace, orch_user *owner, orch_str token_id,
                                orch_done_fn done, void *user)
{
    revoking wanted = {.workspace = workspace, .done = done, .user = user, .owner = owner};
    orch__statements statements = orch__statements_new();
    orch_str owner_id = owner ? orch__text_of(owner->id.text) : ORCH_STR("");

    if (!orch__id_set(&wanted.token_id, token_id))
        statements.error = ORCH_E_NOT_FOUND;
    else
        orch__token_cache_forget(&workspace->tokens, token_id);
    ORCH__ADD(&statements, sql_end_session, orch__text(token_id), orch__text(owner_id));
    ORCH__ADD(&statements, sql_end_token, orch__text(token_id), orch__text(owner_id));
    return submit_revoking(&wanted, &statements, one_revoked);
}

int orch_workspace_revoke_all(orch_workspace *workspace, orch_user *owner, orch_token_kind kind,
                              orch_done_fn done, void *user)
{
    const revoking wanted = {
        .workspace = workspace, .done = done, .user = user, .owner = owner, .kind = kind};
    orch__statements statements = orch__statements_new();

    orch__token_cache_forget_user(&workspace->tokens, owner, kind);
    ORCH__ADD(&statements, kind == ORCH_TOKEN_SESSION ? sql_end_sessions : sql_end_tokens,
              orch__id(&owner->id));
    return submit_revoking(&wanted, &statements, all_revoked);
}

/* Statement 0 of a batch whose answer is all_revoked. */
static void end_others(orch_workspace *workspace, orch__statements *statements, const orch_user *owner,
                       const orch_id *kept)
{
    orch__token_cache_forget_user(&workspace->tokens, owner, ORCH_TOKEN_SESSION);
    ORCH__ADD(statements, sql_end_other_sessions, orch__id(&owner->id),
              kept ? orch__id(kept) : orch__text(ORCH_STR("")));
}

int orch_workspace_revoke_other_sessions(orch_workspace *workspace, orch_user *owner, const orch_id *kept,
                                         orch_done_fn done, void *user)
{
    const revoking wanted = {
        .workspace = workspace, .done = done, .user = user, .owner = owner, .kind = ORCH_TOKEN_SESSION};
    orch__statements statements = orch__statements_new();

    end_others(workspace, &statements, owner, kept);
    return submit_revoking(&wanted, &statements, all_revoked);
}

int orch_workspace_change_password(orch_workspace *workspace, orch_user *owner, orch_str password_hash,
                                   const orch_id *kept, orch_done_fn done, void *user, orch_problem *problem)
{
    const revoking wanted = {
        .workspace = workspace, .done = done, .user = user, .owner = owner, .kind = ORCH_TOKEN_SESSION};
    orch__time_text time;

    if (password_hash.len == 0 || password_hash.len >= ORCH_PASSWORD_HASH_MAX)
        return orch__problem(problem, ORCH_E_INVALID, "password", "this is no hash of a password");
    orch__statements statements = orch__statements_new();

    orch__time_write(orch__now(workspace), &time);
    end_others(workspace, &statements, owner, kept);
    orch__add_password(workspace, &statements, &owner->id, password_hash, &time);
    int error = submit_revoking(&wanted, &statements, all_revoked);

    return error ? orch__database_problem(problem, error, NULL) : 0;
}

void orch_workspace_on_revoked(orch_workspace *workspace,
                               void (*revoked)(const orch_id *token_id, void *user), void *user)
{
    workspace->revoked = revoked;
    workspace->revoked_user = user;
}
