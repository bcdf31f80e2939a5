/* How somebody gets in who has shown who he is, by whatever means: a session, its cookie, and an orchestrator's daemon. */
#ifndef ORCHD_SERVER_ENTRANCE_H
#define ORCHD_SERVER_ENTRANCE_H

#include "exchange.h"

/* Makes a session of `user` for the client that asks and puts its cookie into the answer, which is then `answer`'s: who asks is
 * from there on `user`. Without a session the exchange is answered here. `password_hash`: as in orch_token_new. */
void orch__enter(orch__exchange *exchange, orch_user *user, orch_str password_hash,
                 void (*answer)(orch__exchange *exchange));

/* The answers {user, orchestrator?} of a login with status 200, of a first set-up with 201. */
void orch__answer_entered(orch__exchange *exchange);
void orch__answer_founded(orch__exchange *exchange);

/* {"user", "orchestrator"?} of whoever it is, inside an object. */
void orch__write_who(orch__writer *json, const orch_user *user, const orch_server *server);

/* With what and from where the client asks, into a new session. `room` holds the texts. */
typedef struct orch__whereabouts {
    char client[80];
    char address[64];
} orch__whereabouts;
void orch__tell_whereabouts(const orch__exchange *exchange, orch_token_new *token_new,
                            orch__whereabouts *room);

/* A cookie of this server, HttpOnly and SameSite=Lax. `seconds` 0: it is forgotten. */
void orch__set_cookie(orch__exchange *exchange, const char *name, const char *value, int seconds);

#endif
