/* Addresses of clients: how they are read and counted, and whose word about them is taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sodium.h>

#include "peers.h"

static orch__peers peers;

static int start(void **state)
{
    (void)state;
    return sodium_init() < 0 ? -1 : 0;
}

static int begin(void **state)
{
    (void)state;
    orch__peers_init(&peers);
    return 0;
}

static orch__address address(const char *text)
{
    orch__address read;

    assert_true(orch__address_parse((orch_str){text, strlen(text)}, &read));
    return read;
}

static void assert_same(orch__address a, orch__address b)
{
    assert_memory_equal(a.bytes, b.bytes, sizeof(a.bytes));
}

static void addresses_with_and_without_ports(void **state)
{
    static const char *const wrong[] = {
        "",         "unknown",   "1.2.3",    "1.2.3.4.5",
        "1.2.3.4 ", "[::1",      ":80",      "::1::",
        "_hidden",  "256.1.1.1", "[1.2.3.4", "::ffff:1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17.18"};
    orch__address read;

    (void)state;
    assert_same(address("203.0.113.7:1234"), address("203.0.113.7"));
    assert_same(address("[2001:db8::1]:80"), address("2001:db8::1"));
    assert_same(address("[2001:db8::1]"), address("2001:db8::1"));
    assert_same(address("::ffff:203.0.113.7"), address("203.0.113.7"));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(orch__address_parse((orch_str){wrong[i], strlen(wrong[i])}, &read));
}

static void an_ipv6_customer_is_one_address(void **state)
{
    orch__address a = address("2001:db8:1:2::1"), b = address("2001:db8:1:2:ffff::9"),
                  c = address("2001:db8:1:3::1");
    orch__address v4 = address("203.0.113.7"), near = address("203.0.113.8");

    (void)state;
    assert_same(orch__address_group(&a), orch__address_group(&b));
    a = orch__address_group(&a);
    c = orch__address_group(&c);
    assert_memory_not_equal(a.bytes, c.bytes, 16);
    v4 = orch__address_group(&v4);
    near = orch__address_group(&near);
    assert_memory_not_equal(v4.bytes, near.bytes, 16);
}

static void connections_are_counted_by_address(void **state)
{
    orch__address a = address("203.0.113.7"), b = address("203.0.113.8");
    orch__peer_count *first, *second, *other;

    (void)state;
    first = orch__peers_enter(&peers, &a, 2);
    second = orch__peers_enter(&peers, &a, 2);
    assert_non_null(first);
    assert_ptr_equal(first, second);
    assert_null(orch__peers_enter(&peers, &a, 2));
    other = orch__peers_enter(&peers, &b, 2);
    assert_non_null(other);
    orch__peers_leave(&peers, first);
    assert_non_null(orch__peers_enter(&peers, &a, 2));
    assert_non_null(orch__peers_enter(&peers, &a, 0)); /* no limit */
    for (int i = 0; i < 3; i++)
        orch__peers_leave(&peers, first);
    orch__peers_leave(&peers, other);
    orch__peers_leave(&peers, NULL);
    for (size_t i = 0; i < ORCH__PEERS_BUCKETS; i++)
        assert_null(peers.buckets[i]);
}

static bool trusts(const char *text)
{
    orch__address read = address(text);

    return orch__peers_trusts(&peers, &read);
}

static void networks_of_proxies(void **state)
{
    static const char *const wrong[] = {"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "::/129", "proxy.example",
                                        "unix/1",      ""};
    static const orch__address of_unix = {{0}};

    (void)state;
    assert_false(trusts("10.1.2.3"));
    assert_false(orch__peers_trusts(&peers, &of_unix));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(orch__peers_trust(&peers, wrong[i]), ORCH_E_INVALID);
    assert_int_equal(orch__peers_trust(&peers, "10.16.0.0/12"), 0);
    assert_int_equal(orch__peers_trust(&peers, "203.0.113.7"), 0);
    assert_int_equal(orch__peers_trust(&peers, "2001:db8::/33"), 0);
    assert_int_equal(orch__peers_trust(&peers, "unix"), 0);
    assert_true(trusts("10.16.0.1") && trusts("10.31.255.255"));
    assert_false(trusts("10.15.255.255") || trusts("10.32.0.0"));
    assert_true(trusts("203.0.113.7"));
    assert_false(trusts("203.0.113.6"));
    assert_true(trusts("2001:db8:7fff::1"));
    assert_false(trusts("2001:db8:8000::1"));
    assert_true(orch__peers_trusts(&peers, &of_unix));
    while (peers.proxies_count < ORCH__PROXIES_MAX)
        assert_int_equal(orch__peers_trust(&peers, "unix"), 0);
    assert_int_equal(orch__peers_trust(&peers, "unix"), ORCH_E_FULL);
}

static void assert_named(const char *forwarded_for, const char *client)
{
    orch__address named;

    assert_int_equal(orch__peers_named(&peers, forwarded_for, &named), client != NULL);
    if (client)
        assert_same(named, address(client));
}

static void the_last_address_that_no_proxy_has_is_the_client(void **state)
{
    (void)state;
    assert_int_equal(orch__peers_trust(&peers, "10.0.0.0/8"), 0);
    assert_named("203.0.113.7", "203.0.113.7");
    assert_named("198.51.100.99, 203.0.113.7", "203.0.113.7");
    assert_named("198.51.100.99,203.0.113.7,10.0.0.1,  10.0.0.2", "203.0.113.7");
    assert_named("10.0.0.3, 10.0.0.2", "10.0.0.3"); /* a client inside */
    assert_named("forged, nonsense, 10.0.0.2", "10.0.0.2");
    assert_named("203.0.113.7, nonsense", NULL);
    assert_named("", NULL);
    assert_named(",", NULL);
    assert_named("unknown", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(addresses_with_and_without_ports, begin),
        cmocka_unit_test_setup(an_ipv6_customer_is_one_address, begin),
        cmocka_unit_test_setup(connections_are_counted_by_address, begin),
        cmocka_unit_test_setup(networks_of_proxies, begin),
        cmocka_unit_test_setup(the_last_address_that_no_proxy_has_is_the_client, begin),
    };

    return cmocka_run_group_tests(tests, start, NULL);
}
