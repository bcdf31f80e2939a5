/* Logging in by a link that the machine's owner made (login_link.h). The code stands behind the `#` of the address, which browsers
 * keep to themselves; the page sends it in a POST, so that nothing that only fetches addresses uses a link up. */
#include "login_link.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "auth.h"
#include "behalf.h"
#include "connection.h"
#include "entrance.h"
#include "log.h"
#include "operations.h"
#include "render.h"

/* Of the throttle, in the place of an account. */
#define ACCOUNT ORCH_STR("\nlogin link")

/* ---- making one ---- */

/* Without an address that a browser opens there is no link: ORCH_E_STATE. */
static int make_link(orch_server *server, orch_user *user, uint32_t seconds, char *out_url, size_t size)
{
    const char *address = server->public_url ? server->public_url : server->listener.address;
    const orch_log_field field = {"userId", user->id.text};
    char code[ORCH__LOGIN_LINK_TEXT];
    int error, len;

    if (strncmp(address, "unix:", 5) == 0)
        return ORCH_E_STATE;
    error = orch__login_links_add(&server->login_links, user, seconds, uv_now(server->loop), code);
    if (error)
        return error;
    len = snprintf(out_url, size, "%s/login/link#%s", address, code);
    sodium_memzero(code, sizeof(code));
    if (len < 0 || (size_t)len >= size) {
        orch__login_links_end(&server->login_links, user);
        return ORCH_E_TOO_LARGE;
    }
    orch_log(ORCH_LOG_INFO, "login.link.made", "A login link was made", &field, 1);
    return 0;
}

bool orch_server_login_link(orch_server *server, char out_url[ORCH_LOGIN_URL_MAX], const char **out_email)
{
    orch_user *user = orch__first_owner(server);

    if (!user || make_link(server, user, ORCH__LOGIN_LINK_SECONDS, out_url, ORCH_LOGIN_URL_MAX))
        return false;
    *out_email = user->email;
    return true;
}

static void word_problem(orch_problem *problem, int error)
{
    if (error == ORCH_E_STATE)
        (void)orch__input_problem(
            problem, error, "",
            "this server listens on a UNIX socket, which no browser opens; serve it with "
            "--public-url");
    else if (error == ORCH_E_BUSY)
        (void)orch__input_problem(problem, error, "", "%d login links are open, which is the limit",
                                  ORCH__LOGIN_LINKS_MAX);
    else
        (void)orch__input_problem(problem, error, "", "the public URL of this server is too long");
}

void orch__do_login_link_create(orch__exchange *exchange)
{
    int64_t seconds = orch__input_integer(exchange->input, "seconds", ORCH__LOGIN_LINK_SECONDS);
    char url[ORCH_LOGIN_URL_MAX];
    orch_problem problem = {0};
    orch_user *user;
    orch__writer *json;

    if (orch__behalf(exchange, &user, &problem)) {
        orch__exchange_problem(exchange, &problem);
        return;
    }
    problem.error = make_link(exchange->server, user, (uint32_t)seconds, url, sizeof(url));
    if (problem.error) {
        word_problem(&problem, problem.error);
        orch__exchange_problem(exchange, &problem);
        return;
    }
    json = orch__exchange_begin(exchange, 201);
    orch__writer_open(json, NULL, '{');
    orch__writer_string(json, "url", url);
    orch__writer_time(json, "expiresAt", orch__server_now() + seconds * 1000);
    orch__render_user(json, "user", user, exchange->server);
    orch__writer_close(json, '}');
    orch__exchange_end(exchange);
    sodium_memzero(url, sizeof(url));
}

/* ---- opening it ---- */

static const char *why_not(orch__login_link_state state)
{
    switch (state) {
    case ORCH__LOGIN_LINK_USED:
        return "this link was used already; each opens once";
    case ORCH__LOGIN_LINK_EXPIRED:
        return "this link has expired";
    case ORCH__LOGIN_LINK_ENDED:
        return "this link was ended by a newer one, or by a new password";
    default:
        return "this server knows no such link: it is not whole, or was made before the server was started "
               "anew";
    }
}

static void log_link(const orch__exchange *exchange, const orch_user *user, const char *why)
{
    orch_token_new unused = {0};
    orch__whereabouts room;

    orch__tell_whereabouts(exchange, &unused, &room);
    const orch_log_field fields[] = {
        {"userId", user ? user->id.text : NULL}, {"address", room.address}, {"reason", why}};
    orch_log(why ? ORCH_LOG_WARN : ORCH_LOG_INFO, why ? "login.link.refused" : "login.link.used",
             why ? "A login link was refused" : "Somebody logs in by a link", fields, 3);
}

static void refuse(orch__exchange *exchange, orch__login_link_state state, const char *why)
{
    orch_server *server = exchange->server;

    server->counters.logins_failed++;
    if (state == ORCH__LOGIN_LINK_UNKNOWN)
        orch__throttle_failed(&server->throttle, exchange->connection->client.bytes, ACCOUNT,
                              orch__server_now());
    log_link(exchange, NULL, why);
    orch__exchange_refuse(exchange, 403, "forbidden", "code", "%s", why);
}

void orch__do_login_by_link(orch__exchange *exchange)
{
    orch_server *server = exchange->server;
    int64_t wait_ms = orch__throttle_wait(&server->throttle, exchange->connection->client.bytes, ACCOUNT,
                                          orch__server_now());
    orch__login_link_state state;
    orch_user *user = NULL;

    if (wait_ms > 0) {
        orch__exchange_refuse_for(exchange, (uint64_t)wait_ms, "too many wrong links; try again later");
        return;
    }
    state = orch__login_links_use(&server->login_links, orch__input_text(exchange->input, "code"),
                                  uv_now(server->loop), &user);
    if (state != ORCH__LOGIN_LINK_OPEN) {
        refuse(exchange, state, why_not(state));
        return;
    }
    if (!orch__user_is_welcome(user)) {
        refuse(exchange, state, "the user of this link is not active");
        return;
    }
    log_link(exchange, user, NULL);
    orch__enter(exchange, user, ORCH_STR_NONE, orch__answer_entered);
}
