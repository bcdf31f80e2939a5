#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "model.h"

#define KEY "sk-ant-0123456789abcdef"

/* An environment: name, value, name, value … NULL. */
static const char *lookup(const char *name, void *user)
{
    const char *const *pairs = user;

    for (size_t i = 0; pairs[i]; i += 2)
        if (strcmp(pairs[i], name) == 0)
            return pairs[i + 1];
    return NULL;
}

static orch_model_config config_of(const char *const *pairs)
{
    orch_model_config config;
    char message[512] = "";

    if (orch_model_config_read(&config, lookup, (void *)pairs, message, sizeof(message)) != 0)
        fail_msg("%s", message);
    return config;
}

static void check_refused(const char *const *pairs, const char *expected)
{
    orch_model_config config;
    char message[512] = "";

    assert_int_equal(orch_model_config_read(&config, lookup, (void *)pairs, message, sizeof(message)),
                     ORCH_E_INVALID);
    if (!strstr(message, expected))
        fail_msg("%s\n   does not say\n%s", message, expected);
    assert_null(strstr(message, KEY));
}

#define ENV(...) ((const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL, NULL})

static void check_chain(const char *const *pairs, const char *provider, const char *model)
{
    orch_model_config config = config_of(pairs);

    assert_int_equal(config.chain.count, 1);
    assert_string_equal(config.chain.items[0].provider->name, provider);
    assert_string_equal(config.chain.items[0].model, model);
    orch_model_config_fini(&config);
}

static void the_default_chain_follows_the_keys(void **state)
{
    (void)state;
    check_chain(ENV(), "rules", "");
    check_chain(ENV("ANTHROPIC_API_KEY", "", "OPENAI_BASE_URL", ""), "rules", "");
    check_chain(ENV("ANTHROPIC_BASE_URL", "http://127.0.0.1:1"), "rules", "");
    check_chain(ENV("ANTHROPIC_API_KEY", KEY, "OPENAI_API_KEY", "k"), "anthropic", "claude-sonnet-5-5");
    check_chain(ENV("OPENAI_API_KEY", "k"), "openai", "gpt-5.4-mini");
    check_chain(ENV("OPENAI_BASE_URL", "http://localhost:11434/v1"), "openai", "gpt-5.4-mini");
    check_chain(ENV("ORCHD_MODEL", "rules", "ANTHROPIC_API_KEY", KEY), "rules", "");
    check_chain(ENV("ORCHD_MODEL", "anthropic/x", "ANTHROPIC_BASE_URL", "http://127.0.0.1:1"), "anthropic",
                "x");
}

static void reads_accounts(void **state)
{
    orch_model_config config = config_of(ENV("ANTHROPIC_API_KEY", KEY, "OPENAI_BASE_URL",
                                             "HTTP://host:8/v1//", "ANTHROPIC_VERSION", "2023-06-01"));

    (void)state;
    assert_string_equal(config.anthropic.key, KEY);
    assert_string_equal(config.anthropic.base_url, "https://api.anthropic.com");
    assert_string_equal(config.anthropic.version, "2023-06-01");
    assert_null(config.openai.key);
    assert_string_equal(config.openai.base_url, "HTTP://host:8/v1");
    assert_ptr_equal(orch_model_config_account(&config, orch_model_provider_find(ORCH_STR("anthropic"))),
                     &config.anthropic);
    assert_ptr_equal(orch_model_config_account(&config, orch_model_provider_find(ORCH_STR("openai"))),
                     &config.openai);
    assert_null(orch_model_config_account(&config, orch_model_provider_find(ORCH_STR("rules"))));
    orch_model_config_fini(&config);
    config = config_of(ENV());
    assert_string_equal(config.anthropic.version, "2026-10-21");
    assert_string_equal(config.openai.base_url, "https://api.openai.com/v1");
    orch_model_config_fini(&config);
}

static void reads_a_key_from_a_file(void **state)
{
    char path[] = "/tmp/orchd-key-XXXXXX";
    int file = mkstemp(path);
    orch_model_config config;

    (void)state;
    assert_true(file >= 0);
    assert_int_equal(write(file, KEY "\r\n", sizeof(KEY) + 1), sizeof(KEY) + 1);
    config = config_of(ENV("ANTHROPIC_API_KEY_FILE", path));
    assert_string_equal(config.anthropic.key, KEY);
    orch_model_config_fini(&config);
    check_refused(ENV("ANTHROPIC_API_KEY", KEY, "ANTHROPIC_API_KEY_FILE", path),
                  "ANTHROPIC_API_KEY and ANTHROPIC_API_KEY_FILE are both set");
    assert_int_equal(write(file, "second line", 11), 11);
    check_refused(ENV("OPENAI_API_KEY_FILE", path), "OPENAI_API_KEY_FILE holds something that is no key");
    assert_int_equal(ftruncate(file, 0), 0);
    check_refused(ENV("OPENAI_API_KEY_FILE", path), "OPENAI_API_KEY_FILE holds something that is no key");
    close(file);
    unlink(path);
    check_refused(ENV("OPENAI_API_KEY_FILE", path), "No such file or directory");
}

static void refuses_what_cannot_be_meant(void **state)
{
    (void)state;
    check_refused(ENV("ANTHROPIC_API_KEY", KEY "\nx: y"), "ANTHROPIC_API_KEY holds something that is no key");
    check_refused(ENV("OPENAI_API_KEY", KEY " "), "OPENAI_API_KEY holds something that is no key");
    check_refused(ENV("ANTHROPIC_BASE_URL", "ftp://x"),
                  "ANTHROPIC_BASE_URL must begin with http:// or https://");
    check_refused(ENV("OPENAI_BASE_URL", "localhost:8080"), "OPENAI_BASE_URL must begin with");
    check_refused(ENV("OPENAI_BASE_URL", "https://"), "OPENAI_BASE_URL names no host");
    check_refused(ENV("OPENAI_BASE_URL", "https://user:" KEY "@host"),
                  "no user, password, query or fragment");
    check_refused(ENV("OPENAI_BASE_URL", "https://host/v1?key=" KEY), "no user, password, query or fragment");
    check_refused(ENV("OPENAI_BASE_URL", "https://ho st"), "must not hold spaces");
    check_refused(ENV("ANTHROPIC_VERSION", "newest"), "ANTHROPIC_VERSION=newest: a date like 2026-10-21");
    check_refused(ENV("ORCHD_MODEL", "gemini/pro"), "ORCHD_MODEL: \"gemini/pro\" is no known provider");
    check_refused(ENV("ORCHD_MODEL", "anthropic/x"), "ANTHROPIC_API_KEY is not set");
    check_refused(ENV("ORCHD_MODEL", "openai/x"), "neither OPENAI_API_KEY nor OPENAI_BASE_URL is set");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_default_chain_follows_the_keys),
        cmocka_unit_test(reads_accounts),
        cmocka_unit_test(reads_a_key_from_a_file),
        cmocka_unit_test(refuses_what_cannot_be_meant),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
