#include "client_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "fetch.h"
#include "json.h"

static void clients_in_a_few_words(void **state)
{
    static const char *const rows[][2] = {
        {"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox 128 on Linux"},
        {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 "
         "Safari/537.36 Edg/126.0.0.0",
         "Edge 126 on Windows"},
        {"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile "
         "Safari/537.36",
         "Chrome 126 on Android"},
        {"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
         "Version/17.5 Mobile/15E148 Safari/604.1",
         "Safari 17 on iPhone"},
        {"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
         "Version/17.4 "
         "Safari/605.1.15",
         "Safari 17 on macOS"},
        {"curl/7.88.1", "curl 7.88.1"},
        {"orchd", "orchd"},
        {"", ""},
        {"\x01\x02", ""},
        {"Firefox/", "Firefox"},
    };
    char name[ORCH__CLIENT_NAME_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        orch__client_name(orch__str(rows[i][0]), name);
        assert_string_equal(name, rows[i][1]);
    }
}

static void where_secrets_may_be_sent(void **state)
{
    static const char *const good[] = {"https://id.example", "https://id.example:8443/realms/x",
                                       "http://127.0.0.1:1", "http://localhost/x", "http://[::1]:80/"};
    static const char *const bad[] = {"http://id.example",
                                      "http://127.0.0.1.example",
                                      "http://localhost.example",
                                      "http://localhost:x",
                                      "https://",
                                      "https://:1",
                                      "https://a@b.example",
                                      "https://a.example/ x",
                                      "https://a.example/#x",
                                      "ftp://a.example",
                                      "a.example",
                                      "http://localhost:80@evil",
                                      "file:///etc/passwd",
                                      "javascript:alert(1)",
                                      ""};

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_true(orch_fetch_allows(good[i]));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(orch_fetch_allows(bad[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clients_in_a_few_words),
        cmocka_unit_test(where_secrets_may_be_sent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
