/* Whose account it is that an issuer has vouched for, and whether that person may in.
 *
 * In this order, and nobody else:
 *  1. The account is linked already: its user.
 *  2. Somebody who is logged in links it to himself.
 *  3. A user has the e-mail address, the issuer says that it is verified, and either we know as well that it is the user's own, or
 *     nobody could log in as that user so far: an administrator has invited the address.
 *  4. The e-mail address is of a domain whose people may join: a new user.
 *
 * A user with a password whose address was never proven is not linked by the address alone: whoever made that account might wait
 * for its owner to come by (account pre-hijacking).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "auth.h"
#include "entrance.h"
#include "openid.h"
#include "operations.h"

static orch_account account_of(const orch__visit *visit)
{
    return (orch_account){orch__str(visit->issuer->provider->id), orch__str(visit->token.subject)};
}

static const char *domain_of(const char *email)
{
    return strrchr(email, '@') + 1;
}

/* Whether the issuer vouches for the e-mail address. Google does for its own mail and for organizations; for any other address it
 * knows only that it was the account's owner's at some time
 * (developers.google.com/identity/openid-connect/openid-connect, "hd" and "email_verified"). */
static bool address_proven(const orch__visit *visit)
{
    const orch__id_token *token = &visit->token;

    if (!token->email[0] || !token->email_verified)
        return false;
    return !visit->issuer->provider->google || token->hosted ||
           strcasecmp(domain_of(token->email), "gmail.com") == 0 ||
           strcasecmp(domain_of(token->email), "googlemail.com") == 0;
}

static bool domain_may_join(const orch__visit *visit)
{
    const orch_openid_provider *provider = visit->issuer->provider;

    for (size_t i = 0; i < provider->domains_count; i++)
        if (strcasecmp(domain_of(visit->token.email), provider->domains[i]) == 0)
            return true;
    return false;
}

/* ---- in ---- */

static void back_to_page(orch__exchange *exchange)
{
    char *path = exchange->work;

    exchange->work = NULL;
    orch__exchange_redirect(exchange, path);
    free(path);
}

/* The session is made; the visit's end is the redirection. */
static void enter(orch__visit *visit, orch_user *user)
{
    orch__exchange *exchange = visit->exchange;

    if (!orch__visit_goes_on(visit))
        return;
    if (!orch__user_is_welcome(user)) {
        orch__visit_refuse(visit, ORCH__OPENID_DISABLED, "the user is not active");
        return;
    }
    exchange->work = strdup(visit->pending->return_path);
    if (!exchange->work) {
        orch__visit_refuse(visit, ORCH__OPENID_BUSY, "out of memory");
        return;
    }
    orch__visit_free(visit);
    orch__openid_forget_browser(exchange);
    orch__enter(exchange, user, ORCH_STR_NONE, back_to_page);
}

/* ---- linking ---- */

static void on_linked(const orch_problem *problem, const orch_done *result, void *user)
{
    orch__visit *visit = user;

    if (problem && problem->error == ORCH_E_EXISTS)
        orch__visit_refuse(visit, ORCH__OPENID_TAKEN, "the account is somebody else's");
    else if (problem && problem->error == ORCH_E_NOT_FOUND)
        orch__visit_refuse(visit, ORCH__OPENID_LINK, "the user has got another way to log in meanwhile");
    else if (problem)
        orch__visit_refuse(visit, ORCH__OPENID_BUSY, problem->message);
    else if (visit->pending->linker)
        orch__visit_finish(visit);
    else
        enter(visit, result->user);
}

static void link_account(orch__visit *visit, orch_user *user, bool untouched)
{
    bool same_address = strcasecmp(visit->token.email, user->email) == 0;
    const orch_account_link link = {.user = user,
                                    .account = account_of(visit),
                                    .proves_email = same_address && address_proven(visit),
                                    .untouched = untouched};
    orch_problem problem = {0};

    if (orch_workspace_link_account(visit->exchange->server->workspace, &link, on_linked, visit, &problem))
        orch__visit_refuse(visit, ORCH__OPENID_BUSY, problem.message);
}

/* Whoever began must still be the one who is logged in here. */
static void link_to_self(orch__visit *visit, const orch_account_found *found)
{
    orch_user *linker = visit->pending->linker;
    const orch__exchange *exchange = visit->exchange;

    if (exchange->user != linker || exchange->token_kind != ORCH_TOKEN_SESSION ||
        !orch__user_is_welcome(linker))
        orch__visit_refuse(visit, ORCH__OPENID_SESSION, "whoever began to link it is not logged in any more");
    else if (found->user && found->user != linker)
        orch__visit_refuse(visit, ORCH__OPENID_TAKEN, "the account is somebody else's");
    else if (found->user)
        orch__visit_finish(visit); /* it is linked */
    else
        link_account(visit, linker, false);
}

/* ---- joining ---- */

static void on_joined(const orch_problem *problem, const orch_done *result, void *user)
{
    orch__visit *visit = user;

    if (problem)
        orch__visit_refuse(visit, ORCH__OPENID_BUSY, problem->message);
    else
        enter(visit, result->user);
}

static void join(orch__visit *visit)
{
    const orch__id_token *token = &visit->token;
    orch_str email = orch__str(token->email);
    orch_str local = {email.ptr, email.len - strlen(domain_of(token->email)) - 1};
    const orch_account account = account_of(visit);
    const orch_user_new joining = {
        .email = email, .name = token->name[0] ? orch__str(token->name) : local, .account = &account};
    orch_problem problem = {0};

    if (orch_workspace_add_user(visit->exchange->server->workspace, NULL, &joining, on_joined, visit,
                                &problem))
        orch__visit_refuse(visit, ORCH__OPENID_UNKNOWN_USER, problem.message);
}

/* ---- whose ---- */

static void decide(orch__visit *visit, orch_user *candidate, const orch_account_found *found)
{
    if (visit->pending->linker)
        link_to_self(visit, found);
    else if (found->user)
        enter(visit, found->user);
    else if (candidate && !orch__user_is_welcome(candidate))
        orch__visit_refuse(visit, ORCH__OPENID_DISABLED, "the user with that address is not active");
    else if (candidate && (found->proven || found->untouched))
        link_account(visit, candidate, !found->proven);
    else if (candidate)
        orch__visit_refuse(
            visit, ORCH__OPENID_LINK,
            "a user has that address, but it is not known to be his: he has to link the account "
            "himself");
    else if (domain_may_join(visit))
        join(visit);
    else
        orch__visit_refuse(
            visit, ORCH__OPENID_UNKNOWN_USER,
            "nobody has that e-mail address here, and its domain is not one whose people may join");
}

static orch_user *candidate_of(const orch__visit *visit)
{
    return orch_directory_user_by_email(visit->exchange->server->directory, orch__str(visit->token.email));
}

static void on_found(const orch_problem *problem, const orch_account_found *found, void *user)
{
    orch__visit *visit = user;

    if (problem)
        orch__visit_refuse(visit, ORCH__OPENID_BUSY, problem->message);
    else if (orch__visit_goes_on(visit))
        decide(visit, candidate_of(visit), found);
}

void orch__visit_admit(orch__visit *visit)
{
    const orch_account account = account_of(visit);
    int error;

    if (!address_proven(visit)) {
        orch__visit_refuse(visit, ORCH__OPENID_EMAIL, "the provider does not vouch for the e-mail address");
        return;
    }
    error = orch_workspace_find_account(visit->exchange->server->workspace, &account, candidate_of(visit),
                                        on_found, visit);
    if (error)
        orch__visit_refuse(visit, ORCH__OPENID_BUSY, orch_error_text(error));
}

/* ---- one's accounts ---- */

static void on_accounts(const orch_problem *problem, const orch_account_row *rows, size_t count,
                        bool password, void *user)
{
    orch__exchange *exchange = user;
    orch__writer *json;

    if (problem) {
        orch__exchange_problem(exchange, problem);
        return;
    }
    json = orch__exchange_begin(exchange, 200);
    orch__writer_open(json, NULL, '{');
    orch__writer_boolean(json, "password", password);
    orch__writer_open(json, "accounts", '[');
    for (size_t i = 0; i < count; i++) {
        orch__writer_open(json, NULL, '{');
        orch__writer_string(json, "id", rows[i].id.text);
        orch__writer_text(json, "provider", rows[i].provider);
        orch__writer_time(json, "createdAt", rows[i].created_ms);
        orch__writer_close(json, '}');
    }
    orch__writer_close(json, ']');
    orch__writer_close(json, '}');
    orch__exchange_end(exchange);
}

void orch__do_account_list(orch__exchange *exchange)
{
    orch_problem problem = {.error = orch_workspace_list_accounts(exchange->server->workspace, exchange->user,
                                                                  on_accounts, exchange)};

    if (problem.error)
        orch__exchange_problem(exchange, &problem);
}

static void on_unlinked(const orch_problem *problem, const orch_done *result, void *user)
{
    (void)result;
    if (problem)
        orch__exchange_problem(user, problem);
    else
        orch__exchange_done(user);
}

void orch__do_account_unlink(orch__exchange *exchange)
{
    orch_problem problem = {0};

    problem.error =
        orch_workspace_unlink_account(exchange->server->workspace, exchange->user,
                                      orch__input_text(exchange->input, "accountId"), on_unlinked, exchange);
    if (problem.error)
        orch__exchange_problem(exchange, &problem);
}
