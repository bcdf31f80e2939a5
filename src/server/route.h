/* Which operation a request or a call means: two tables, matched without allocation.
 *
 * The tables are made of protocol/ when the server is compiled. A row is method, path, what it does, who may, and what its
 * inputs may be. ":name" in a path is one segment of it, handed to the operation as the input of that name.
 */
#ifndef ORCHD_SERVER_ROUTE_H
#define ORCHD_SERVER_ROUTE_H

#include "fields.h"

struct orch__exchange;

typedef enum orch__access_rule {
    ORCH__ACCESS_OPEN,  /* anybody */
    ORCH__ACCESS_NEAR,  /* anybody on this machine, logged in from elsewhere */
    ORCH__ACCESS_LOGIN, /* a user, or the machine's owner */
    ORCH__ACCESS_USER,  /* a user: somebody must be the author */
    ORCH__ACCESS_ADMIN, /* an administrator of the organization, or the machine's owner */
    ORCH__ACCESS_OWNER, /* the machine's owner */
} orch__access_rule;

typedef enum orch__method { ORCH__GET, ORCH__POST, ORCH__PATCH, ORCH__DELETE } orch__method;
#define ORCH__METHODS_COUNT 4

const char *orch__method_name(orch__method method);

typedef struct orch__operation {
    void (*run)(struct orch__exchange *exchange);
    orch__access_rule access;
    const orch__field *fields; /* its inputs */
    size_t fields_count;
} orch__operation;

typedef struct orch__route {
    orch__method method;
    const char *path;
    orch__operation operation;
} orch__route;

typedef struct orch__rpc_method {
    const char *name;
    orch__operation operation;
} orch__rpc_method;

extern const orch__route orch__routes[];
extern const size_t orch__routes_count;
extern const orch__rpc_method orch__rpc_methods[];
extern const size_t orch__rpc_methods_count;

#define ORCH__CAPTURES_MAX 2

typedef struct orch__capture {
    orch_str name; /* without the colon */
    orch_str value;
} orch__capture;

typedef struct orch__match {
    const orch__route *route; /* NULL: none */
    unsigned allowed;         /* bit (1 << method) for each method that the path knows; 0: unknown path */
    orch__capture captures[ORCH__CAPTURES_MAX];
    size_t captures_count;
} orch__match;

/* A segment that is empty never matches a capture. */
orch__match orch__route_find(const orch__route *routes, size_t count, orch__method method, orch_str path);
const orch__rpc_method *orch__rpc_find(const orch__rpc_method *methods, size_t count, orch_str name);

#endif
