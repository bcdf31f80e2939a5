#include "route.h"

#include <string.h>

const char *orch__method_name(orch__method method)
{
    static const char *const names[ORCH__METHODS_COUNT] = {"GET", "POST", "PATCH", "DELETE"};

    return names[method];
}

/* Takes the next segment off `path`, with its leading slash. */
static orch_str next_segment(orch_str *path)
{
    orch_str segment = {path->ptr + 1, 0};

    while (segment.len + 1 < path->len && segment.ptr[segment.len] != '/')
        segment.len++;
    path->ptr += segment.len + 1;
    path->len -= segment.len + 1;
    return segment;
}

static bool same(orch_str a, orch_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static bool matches(orch_str pattern, orch_str path, orch__match *match)
{
    match->captures_count = 0;
    while (pattern.len && path.len) {
        orch_str wanted, given;

        if (path.ptr[0] != '/')
            return false;
        wanted = next_segment(&pattern);
        given = next_segment(&path);
        if (wanted.len && wanted.ptr[0] == ':') {
            if (!given.len || match->captures_count == ORCH__CAPTURES_MAX)
                return false;
            match->captures[match->captures_count++] =
                (orch__capture){{wanted.ptr + 1, wanted.len - 1}, given};
        } else if (!same(wanted, given)) {
            return false;
        }
    }
    return !pattern.len && !path.len;
}

orch__match orch__route_find(const orch__route *routes, size_t count, orch__method method, orch_str path)
{
    orch__match found = {0}, attempt = {0};

    for (size_t i = 0; i < count; i++) {
        orch_str pattern = {routes[i].path, strlen(routes[i].path)};

        if (!matches(pattern, path, &attempt))
            continue;
        attempt.allowed = found.allowed | 1u << routes[i].method;
        attempt.route = found.route;
        if (routes[i].method == method && !found.route) {
            attempt.route = &routes[i];
            found = attempt;
        }
        found.allowed = attempt.allowed;
    }
    return found;
}

const orch__rpc_method *orch__rpc_find(const orch__rpc_method *methods, size_t count, orch_str name)
{
    for (size_t i = 0; i < count; i++) {
        if (same((orch_str){methods[i].name, strlen(methods[i].name)}, name))
            return &methods[i];
    }
    return NULL;
}
