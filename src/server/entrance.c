#include "entrance.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth.h"
#include "client_name.h"
#include "connection.h"
#include "render.h"

#define SESSION_S (30 * 24 * 3600)

void orch__write_who(orch__writer *json, const orch_user *user, const orch_server *server)
{
    orch__render_user(json, "user", user, server);
    if (user->orchestrator)
        orch__render_orchestrator(json, "orchestrator", user->orchestrator, true);
}

void orch__set_cookie(orch__exchange *exchange, const char *name, const char *value, int seconds)
{
    char cookie[256];

    if (!exchange->connection)
        return;
    snprintf(cookie, sizeof(cookie), "%s=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Lax%s", name, value,
             seconds, exchange->connection->http->secure ? "; Secure" : "");
    orch__exchange_header(exchange, "Set-Cookie", cookie);
}

/* ---- with what and from where ---- */

/* "203.0.113.7"; an IPv6 address as the network that it counts as; nothing for a UNIX socket. */
static void word_address(const orch__address *address, char *out, size_t size)
{
    static const uint8_t none[16];
    char text[INET6_ADDRSTRLEN] = "";
    bool mapped =
        memcmp(address->bytes, none, 10) == 0 && address->bytes[10] == 0xFF && address->bytes[11] == 0xFF;

    out[0] = '\0';
    if (mapped && inet_ntop(AF_INET, address->bytes + 12, text, sizeof(text)))
        snprintf(out, size, "%s", text);
    else if (memcmp(address->bytes, none, sizeof(none)) != 0 &&
             inet_ntop(AF_INET6, address->bytes, text, sizeof(text)))
        snprintf(out, size, "%s/64", text);
}

void orch__tell_whereabouts(const orch__exchange *exchange, orch_token_new *token_new,
                            orch__whereabouts *room)
{
    _Static_assert(sizeof(room->client) == ORCH__CLIENT_NAME_MAX, "room for a client's name");
    *room = (orch__whereabouts){0};
    if (!exchange->connection || !exchange->connection->http)
        return;
    orch__client_name(orch__str(exchange->connection->http->agent), room->client);
    word_address(&exchange->connection->client, room->address, sizeof(room->address));
    token_new->client = orch__str(room->client);
    token_new->address = orch__str(room->address);
}

/* ---- in ---- */

typedef struct entering {
    orch__exchange *exchange;
    orch_user *user;
    void (*answer)(orch__exchange *exchange);
} entering;

static void on_session(const orch_problem *problem, const orch_token_made *made, void *user)
{
    entering kept = *(entering *)user;
    orch__exchange *exchange = kept.exchange;

    free(user);
    if (problem) {
        orch__exchange_problem(exchange, problem);
        return;
    }
    exchange->server->counters.logins++;
    if (kept.user->orchestrator)
        orch_runtime_login(exchange->server->runtime, kept.user->orchestrator);
    exchange->user = kept.user;
    exchange->owner = false;
    orch__set_cookie(exchange, ORCH__COOKIE, made->token, SESSION_S);
    kept.answer(exchange);
}

void orch__enter(orch__exchange *exchange, orch_user *user, orch_str password_hash,
                 void (*answer)(orch__exchange *exchange))
{
    orch_token_new token_new = {.user = user, .kind = ORCH_TOKEN_SESSION, .password_hash = password_hash};
    entering *kept = malloc(sizeof(*kept));
    orch_problem problem = {.error = ORCH_E_NO_MEMORY};
    orch__whereabouts room;

    if (!kept) {
        orch__exchange_problem(exchange, &problem);
        return;
    }
    *kept = (entering){exchange, user, answer};
    orch__tell_whereabouts(exchange, &token_new, &room);
    if (orch_workspace_add_token(exchange->server->workspace, &token_new, on_session, kept, &problem)) {
        free(kept);
        orch__exchange_problem(exchange, &problem);
    }
}

/* ---- answers ---- */

static void answer_with(orch__exchange *exchange, int status)
{
    orch__writer *json = orch__exchange_begin(exchange, status);

    orch__writer_open(json, NULL, '{');
    orch__write_who(json, exchange->user, exchange->server);
    orch__writer_close(json, '}');
    orch__exchange_end(exchange);
}

void orch__answer_entered(orch__exchange *exchange)
{
    answer_with(exchange, 200);
}

void orch__answer_founded(orch__exchange *exchange)
{
    answer_with(exchange, 201);
}
