/* Which row of a table a request means; and what the real table promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "route.h"

static void nothing(struct orch__exchange *exchange)
{
    (void)exchange;
}

static const orch__route table[] = {
    {ORCH__GET, "/a", {nothing, ORCH__ACCESS_OPEN, NULL, 0}},
    {ORCH__POST, "/a", {nothing, ORCH__ACCESS_USER, NULL, 0}},
    {ORCH__GET, "/a/fixed", {nothing, ORCH__ACCESS_OPEN, NULL, 0}},
    {ORCH__GET, "/a/:id", {nothing, ORCH__ACCESS_OPEN, NULL, 0}},
    {ORCH__DELETE, "/a/:id/b/:other", {nothing, ORCH__ACCESS_OPEN, NULL, 0}},
};

static orch__match find(orch__method method, const char *path)
{
    return orch__route_find(table, sizeof(table) / sizeof(table[0]), method, (orch_str){path, strlen(path)});
}

static void assert_capture(const orch__match *match, size_t index, const char *name, const char *value)
{
    const orch__capture *capture = &match->captures[index];

    assert_int_equal(capture->name.len, strlen(name));
    assert_memory_equal(capture->name.ptr, name, strlen(name));
    assert_int_equal(capture->value.len, strlen(value));
    assert_memory_equal(capture->value.ptr, value, strlen(value));
}

static void method_and_path_choose_the_row(void **state)
{
    orch__match match = find(ORCH__POST, "/a");

    (void)state;
    assert_ptr_equal(match.route, &table[1]);
    assert_int_equal(match.captures_count, 0);
    assert_ptr_equal(find(ORCH__GET, "/a").route, &table[0]);
}

static void captures_are_segments(void **state)
{
    orch__match match = find(ORCH__GET, "/a/x1");

    (void)state;
    assert_ptr_equal(match.route, &table[3]);
    assert_int_equal(match.captures_count, 1);
    assert_capture(&match, 0, "id", "x1");
    match = find(ORCH__DELETE, "/a/one/b/two");
    assert_ptr_equal(match.route, &table[4]);
    assert_int_equal(match.captures_count, 2);
    assert_capture(&match, 0, "id", "one");
    assert_capture(&match, 1, "other", "two");
}

static void an_earlier_row_wins(void **state)
{
    orch__match match = find(ORCH__GET, "/a/fixed");

    (void)state;
    assert_ptr_equal(match.route, &table[2]);
    assert_int_equal(match.captures_count, 0);
}

static void a_known_path_tells_its_methods(void **state)
{
    orch__match match = find(ORCH__PATCH, "/a");

    (void)state;
    assert_null(match.route);
    assert_int_equal(match.allowed, 1u << ORCH__GET | 1u << ORCH__POST);
    assert_int_equal(find(ORCH__GET, "/a/one/b/two").allowed, 1u << ORCH__DELETE);
}

static void other_paths_are_unknown(void **state)
{
    static const char *const unknown[] = {"",      "/",       "a",      "/b",         "/a/", "//a",
                                          "/a/x/", "/a//b/c", "/a/x/b", "/a/x/b/y/z", "/A",  "/aa"};

    (void)state;
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        assert_int_equal(find(ORCH__GET, unknown[i]).allowed, 0);
        assert_null(find(ORCH__GET, unknown[i]).route);
    }
}

/* Who may do what without a login is a short list; a row that is added to it by mistake is noticed here. */
static void little_is_open(void **state)
{
    static const char *const open[] = {
        "/ws",
        "/api/openapi.json",
        "/api/jsonrpc.json",
        "/api/auth/login",
        "/api/auth/login-link", /* with a code of the owner's */
        "/api/auth/setup",
        "/api/auth/providers",
        "/api/auth/oidc/:providerId",
        "/api/auth/oidc/:providerId/callback",
    };

    (void)state;
    for (size_t i = 0; i < orch__routes_count; i++) {
        const orch__route *route = &orch__routes[i];

        bool listed = false;

        for (size_t j = 0; j < sizeof(open) / sizeof(open[0]); j++)
            listed = listed || strcmp(route->path, open[j]) == 0;
        if (route->operation.access == ORCH__ACCESS_OPEN)
            assert_true(listed);
        if (route->operation.access == ORCH__ACCESS_NEAR)
            assert_true(strcmp(route->path, "/healthz") == 0 || strcmp(route->path, "/readyz") == 0 ||
                        strcmp(route->path, "/metrics") == 0);
    }
    for (size_t i = 0; i < orch__rpc_methods_count; i++)
        assert_true(orch__rpc_methods[i].operation.access >= ORCH__ACCESS_LOGIN);
}

static void each_row_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < orch__routes_count; i++) {
        const orch__route *route = &orch__routes[i];
        orch__match match = orch__route_find(orch__routes, orch__routes_count, route->method,
                                             (orch_str){route->path, strlen(route->path)});

        assert_ptr_equal(match.route, route);
    }
    for (size_t i = 0; i < orch__rpc_methods_count; i++) {
        const char *name = orch__rpc_methods[i].name;

        assert_ptr_equal(
            orch__rpc_find(orch__rpc_methods, orch__rpc_methods_count, (orch_str){name, strlen(name)}),
            &orch__rpc_methods[i]);
    }
    assert_null(orch__rpc_find(orch__rpc_methods, orch__rpc_methods_count, ORCH_STR("pin")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(method_and_path_choose_the_row),
        cmocka_unit_test(captures_are_segments),
        cmocka_unit_test(an_earlier_row_wins),
        cmocka_unit_test(a_known_path_tells_its_methods),
        cmocka_unit_test(other_paths_are_unknown),
        cmocka_unit_test(little_is_open),
        cmocka_unit_test(each_row_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
