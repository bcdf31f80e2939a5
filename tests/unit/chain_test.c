#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model.h"

static orch_str text_of(const char *text)
{
    return (orch_str){text, strlen(text)};
}

/* The chain as text again. */
static void check(const char *text, const char *expected)
{
    orch_model_chain chain;
    char message[512];
    char got[512] = "";

    assert_int_equal(orch_model_chain_parse(text_of(text), &chain, message, sizeof(message)), 0);
    for (size_t i = 0; i < chain.count; i++) {
        strcat(strcat(got, i > 0 ? "," : ""), chain.items[i].provider->name);
        strcat(strcat(got, "/"), chain.items[i].model);
    }
    assert_string_equal(got, expected);
}

static void reads_chains(void **state)
{
    (void)state;
    check("anthropic/claude-opus-5-5", "anthropic/claude-opus-5-5");
    check("anthropic/claude-opus-5-5, openai/gpt-5.4 ,rules",
          "anthropic/claude-opus-5-5,openai/gpt-5.4,rules/");
    check("openai/meta-llama/Llama-4:8b", "openai/meta-llama/Llama-4:8b");
    check("anthropic", "anthropic/claude-sonnet-5-5");
    check("rules", "rules/");
}

static void says_what_is_wrong(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } cases[] = {
        {"", "\"\" is an empty part; allowed, separated by commas: anthropic/MODEL, openai/MODEL, rules"},
        {"rules,", "\"\" is an empty part"},
        {"gemini/x", "\"gemini/x\" is no known provider"},
        {"Anthropic/x", "\"Anthropic/x\" is no known provider"},
        {"openai/", "\"openai/\" has no model's name"},
        {"openai/a b", "\"openai/a b\" has no model's name"},
        {"rules/x", "\"rules/x\" takes no model's name"},
        {"rules,openai/x", "\"openai/x\" can never be reached"},
        {"openai/1,openai/2,openai/3,openai/4,openai/5,openai/6,openai/7,openai/8,openai/9",
         "\"openai/9\" is one too many"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        orch_model_chain chain = {.count = 77};
        char message[512];

        assert_int_equal(orch_model_chain_parse(text_of(cases[i].text), &chain, message, sizeof(message)),
                         ORCH_E_INVALID);
        assert_int_equal(chain.count, 77); /* untouched */
        if (strncmp(message, cases[i].message, strlen(cases[i].message)) != 0)
            fail_msg("%s\n   instead of\n%s", message, cases[i].message);
    }
}

static void refuses_a_name_that_is_too_long(void **state)
{
    orch_model_chain chain;
    char text[256] = "openai/";
    char message[512];

    (void)state;
    memset(text + 7, 'm', 127);
    assert_int_equal(orch_model_chain_parse(text_of(text), &chain, message, sizeof(message)), 0);
    text[7 + 127] = 'm';
    assert_int_equal(orch_model_chain_parse(text_of(text), &chain, message, sizeof(message)), ORCH_E_INVALID);
    assert_int_equal(orch_model_chain_parse(ORCH_STR_NONE, &chain, message, sizeof(message)), ORCH_E_INVALID);
}

static void every_provider_is_found_by_its_name(void **state)
{
    (void)state;
    for (size_t i = 0; orch_model_providers[i]; i++) {
        const orch_model_provider *provider = orch_model_providers[i];

        assert_ptr_equal(orch_model_provider_find(text_of(provider->name)), provider);
        assert_int_equal(provider->local, provider->encode == NULL);
        assert_int_equal(provider->local, provider->stream_new == NULL);
    }
    assert_null(orch_model_provider_find(ORCH_STR("anthropi")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_chains),
        cmocka_unit_test(says_what_is_wrong),
        cmocka_unit_test(refuses_a_name_that_is_too_long),
        cmocka_unit_test(every_provider_is_found_by_its_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
