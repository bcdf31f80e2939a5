/* An operation that stores a password: it is hashed on the thread pool first. */
#ifndef ORCHD_SERVER_NEW_PASSWORD_H
#define ORCHD_SERVER_NEW_PASSWORD_H

#include "exchange.h"

typedef void (*orch__hashed_fn)(orch__exchange *exchange, orch_str hash);

/* Hashes the input `password`; `hashed`, on the loop, calls orch__hashed_password with the same `then`. Where none is given,
 * `then` is called at once with an empty hash. */
void orch__with_password(orch__exchange *exchange, orch__hashed_fn then,
                         void (*hashed)(orch__password_job *job, void *user));
void orch__hashed_password(orch__password_job *job, orch__exchange *exchange, orch__hashed_fn then);

#endif
