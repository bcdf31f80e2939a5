#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "charter.h"

#define IS(text, literal)                                                                                    \
    assert_true((text).len == strlen(literal) && memcmp((text).ptr, literal, (text).len) == 0)

static orch_str str(const char *text)
{
    return (orch_str){text, strlen(text)};
}

static orch_charter_document *read_right(const char *json)
{
    orch_charter_document *document = NULL;
    orch_problem problem = {0};

    if (orch_charter_read(str(json), &document, &problem) != 0)
        fail_msg("%s", problem.message);
    return document;
}

static const char whole[] =
    "{\"systemPrompt\":\"You are \\u00c5sa.\\nBe "
    "kind.\",\"personality\":{\"tone\":\"warm\",\"decisionStyle\":\"slow\","
    "\"background\":\"sailor\",\"traits\":[\"calm\",\"dry\"],\"interactionStyle\":\"asks\"},\"expertise\":["
    "\"knots\"],"
    "\"communication\":{\"responseLength\":\"concise\",\"technicalLevel\":\"expert\",\"formality\":"
    "\"casual\","
    "\"languages\":[\"en\",\"sv\"],\"preferredChannels\":[\"general\"]},\"operational\":{\"workHours\":{"
    "\"timezone\":"
    "\"Europe/"
    "Stockholm\",\"schedule\":{\"1\":{\"start\":\"09:00\",\"end\":\"17:30\"},\"5\":{\"start\":\"22:00\","
    "\"end\":\"06:00\"},\"6\":{\"start\":\"00:00\",\"end\":\"24:00\"},\"0\":null}},"
    "\"targetResponseTimeSeconds\":5,"
    "\"maxConcurrentConversations\":3,\"offlineMessage\":\"Out at sea.\",\"escalation\":{\"enabled\":true,"
    "\"escalateTo\":[\"captain\"],\"triggers\":[\"storm\"]}},\"rules\":[{\"match\":\"/ahoy/"
    "i\",\"reply\":\"Ahoy!\"}],"
    "\"somethingNew\":{\"kept\":true}}";

static void every_field_is_read(void **state)
{
    orch_charter_document *document = read_right(whole);
    const orch_charter *fields = &document->fields;

    (void)state;
    IS(fields->system_prompt, "You are \xc3\x85sa.\nBe kind.");
    IS(fields->tone, "warm");
    IS(fields->decision_style, "slow");
    IS(fields->background, "sailor");
    assert_int_equal(fields->traits.count, 2);
    IS(fields->traits.items[1], "dry");
    IS(fields->interaction_style, "asks");
    IS(fields->expertise.items[0], "knots");
    assert_int_equal(fields->response_length, ORCH_LENGTH_CONCISE);
    assert_int_equal(fields->technical_level, ORCH_LEVEL_EXPERT);
    assert_int_equal(fields->formality, ORCH_FORMALITY_CASUAL);
    IS(fields->languages.items[1], "sv");
    IS(fields->preferred_channels.items[0], "general");
    assert_int_equal(fields->target_response_s, 5);
    assert_int_equal(document->conversations_running_max, 3);
    IS(fields->offline_message, "Out at sea.");
    assert_true(fields->escalation_enabled);
    IS(fields->escalate_to.items[0], "captain");
    IS(fields->escalation_triggers.items[0], "storm");
    IS(document->rules, "[{\"match\":\"/ahoy/i\",\"reply\":\"Ahoy!\"}]");
    assert_non_null(strstr(document->json, "somethingNew"));
    orch_charter_free(document);
}

static void work_hours_are_minutes_of_days(void **state)
{
    orch_charter_document *document = read_right(whole);
    const orch_hours *hours = &document->hours;

    (void)state;
    assert_true(document->hours_given && hours->limited);
    assert_string_equal(document->timezone, "Europe/Stockholm");
    assert_int_equal(hours->days[1].start_min, 540);
    assert_int_equal(hours->days[1].end_min, 1050);
    assert_int_equal(hours->days[5].start_min, 1320);
    assert_int_equal(hours->days[5].end_min, 360);
    assert_int_equal(hours->days[6].end_min, 1440);
    for (size_t day = 0; day < 5; day += day == 0 ? 2 : 1)
        assert_int_equal(hours->days[day].start_min, hours->days[day].end_min);
    orch_charter_free(document);
}

static void nothing_is_needed(void **state)
{
    static const char *const empty[] = {"", "{}", "{\"personality\":null,\"expertise\":null,\"rules\":null}",
                                        "{\"operational\":{\"workHours\":{\"always24x7\":true}}}"};

    (void)state;
    for (size_t i = 0; i < sizeof empty / sizeof empty[0]; i++) {
        orch_charter_document *document = read_right(empty[i]);

        assert_false(document->hours.limited || document->hours_given);
        assert_string_equal(document->timezone, "UTC");
        assert_int_equal(document->fields.system_prompt.len, 0);
        assert_int_equal(document->fields.target_response_s, 0);
        assert_int_equal(document->conversations_running_max, 0);
        assert_int_equal(document->rules.len, 0);
        orch_charter_free(document);
    }
    orch_charter_free(NULL);
}

static void always_wins_over_a_schedule(void **state)
{
    orch_charter_document *document = read_right(
        "{\"operational\":{\"workHours\":{\"always24x7\":true,\"schedule\":{\"1\":{\"start\":\"09:00\","
        "\"end\":\"17:00\"}}}}}");

    (void)state;
    assert_false(document->hours.limited);
    orch_charter_free(document);
    document = read_right("{\"operational\":{\"workHours\":{\"always24x7\":false,\"schedule\":{}}}}");
    assert_true(document->hours.limited); /* a schedule without days is closed */
    orch_charter_free(document);
}

static void errors_name_the_path(void **state)
{
    static const struct {
        const char *json;
        const char *field;
        const char *says;
    } cases[] = {
        {"nonsense", "charter", "is no JSON"},
        {"[]", "charter", "must be a JSON object"},
        {"{\"a\":1,\"a\":2}", "charter", "duplicate"},
        {"{\"systemPrompt\":7}", "systemPrompt", "systemPrompt is 7; a text is allowed"},
        {"{\"personality\":[]}", "personality", "is []; an object"},
        {"{\"personality\":{\"traits\":\"calm\"}}", "personality.traits", "\"calm\"; a list of texts"},
        {"{\"personality\":{\"traits\":[\"a\",2]}}", "personality.traits[1]", "is 2; a text"},
        {"{\"communication\":{\"responseLength\":\"huge\"}}", "communication.responseLength",
         "is \"huge\"; concise, moderate or detailed is allowed"},
        {"{\"communication\":{\"technicalLevel\":1}}", "communication.technicalLevel", "expert"},
        {"{\"communication\":{\"formality\":\"\"}}", "communication.formality", "formal"},
        {"{\"operational\":{\"targetResponseTimeSeconds\":0}}", "operational.targetResponseTimeSeconds",
         "is 0; a whole number from 1 to 86400"},
        {"{\"operational\":{\"maxConcurrentConversations\":1.5}}", "operational.maxConcurrentConversations",
         "1.5"},
        {"{\"operational\":{\"escalation\":{\"enabled\":\"yes\"}}}", "operational.escalation.enabled",
         "true or false"},
        {"{\"operational\":{\"workHours\":{\"timezone\":\"../etc/passwd\"}}}",
         "operational.workHours.timezone", "time zone"},
        {"{\"operational\":{\"workHours\":{\"timezone\":\"/UTC\"}}}", "operational.workHours.timezone",
         "time zone"},
        {"{\"operational\":{\"workHours\":{\"schedule\":{\"7\":null}}}}", "operational.workHours.schedule.7",
         "0 (Sunday) to 6"},
        {"{\"operational\":{\"workHours\":{\"schedule\":{\"1\":true}}}}", "operational.workHours.schedule.1",
         "{start, end} or null"},
        {"{\"operational\":{\"workHours\":{\"schedule\":{\"1\":{\"start\":\"9:00\",\"end\":\"17:00\"}}}}}",
         "operational.workHours.schedule.1.start", "\"9:00\""},
        {"{\"operational\":{\"workHours\":{\"schedule\":{\"1\":{\"start\":\"24:00\",\"end\":\"17:00\"}}}}}",
         "operational.workHours.schedule.1.start", "23:59"},
        {"{\"operational\":{\"workHours\":{\"schedule\":{\"1\":{\"start\":\"09:00\"}}}}}",
         "operational.workHours.schedule.1.end", "missing"},
        {"{\"operational\":{\"workHours\":{\"schedule\":{\"1\":{\"start\":\"09:60\",\"end\":\"24:01\"}}}}}",
         "operational.workHours.schedule.1.start", "09:60"},
        {"{\"rules\":{}}", "rules", "a list"},
        {"{\"rules\":[{\"match\":\"x\",\"reply\":\"y\"},7]}", "rules[1]", "is 7"},
        {"{\"rules\":[{\"reply\":\"y\"}]}", "rules[0].match", "words or a /regex/"},
        {"{\"rules\":[{\"match\":\"x\"}]}", "rules[0].reply", "a text"},
        {"{\"rules\":[{\"match\":\"x\",\"reply\":\"y\",\"actions\":{}}]}", "rules[0].actions",
         "a list of actions"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        orch_charter_document *document = NULL;
        orch_problem problem = {0};

        assert_int_equal(orch_charter_read(str(cases[i].json), &document, &problem), ORCH_E_INVALID);
        assert_null(document);
        assert_string_equal(problem.field, cases[i].field);
        if (!strstr(problem.message, cases[i].says))
            fail_msg("\"%s\" does not say \"%s\"", problem.message, cases[i].says);
    }
}

static int read_size(const char *head, size_t count, const char *each, const char *tail,
                     orch_problem *problem)
{
    size_t len = strlen(each), head_len = strlen(head);
    char *json = malloc(head_len + count * len + strlen(tail) + 1);
    orch_charter_document *document = NULL;

    assert_non_null(json);
    memcpy(json, head, head_len);
    for (size_t i = 0; i < count; i++)
        memcpy(json + head_len + i * len, each, len);
    memcpy(json + head_len + count * len, tail, strlen(tail) + 1);
    int error = orch_charter_read(str(json), &document, problem);

    orch_charter_free(document);
    free(json);
    return error;
}

static void sizes_are_limited(void **state)
{
    orch_problem problem = {0};

    (void)state;
    assert_int_equal(read_size("{\"systemPrompt\":\"", ORCH_CHARTER_TEXT_MAX, "x", "\"}", &problem), 0);
    assert_int_equal(read_size("{\"systemPrompt\":\"", ORCH_CHARTER_TEXT_MAX + 1, "x", "\"}", &problem),
                     ORCH_E_TOO_LARGE);
    assert_string_equal(problem.field, "systemPrompt");
    assert_int_equal(
        read_size("{\"personality\":{\"tone\":\"", ORCH_CHARTER_FIELD_MAX + 1, "x", "\"}}", &problem),
        ORCH_E_TOO_LARGE);
    assert_string_equal(problem.field, "personality.tone");
    assert_int_equal(read_size("{\"expertise\":[\"x\"", ORCH_CHARTER_LIST_MAX - 1, ",\"x\"", "]}", &problem),
                     0);
    assert_int_equal(read_size("{\"expertise\":[\"x\"", ORCH_CHARTER_LIST_MAX, ",\"x\"", "]}", &problem),
                     ORCH_E_TOO_LARGE);
    assert_string_equal(problem.field, "expertise");
    assert_int_equal(read_size("{\"unknown\":\"", ORCH_CHARTER_JSON_MAX, "x", "\"}", &problem),
                     ORCH_E_TOO_LARGE);
    assert_int_equal(read_size("{\"deep\":", 40, "[", "", &problem), ORCH_E_INVALID);
    assert_int_equal(read_size("{\"rules\":[{\"match\":\"x\",\"reply\":\"y\"}", 256,
                               ",{\"match\":\"x\",\"reply\":\"y\"}", "]}", &problem),
                     ORCH_E_TOO_LARGE);
}

static void all_problems_are_told(void **state)
{
    static const char json[] =
        "{\"systemPrompt\":7,\"personality\":{\"tone\":1,\"traits\":[\"calm\",2,3]},\"expertise\":\"all\","
        "\"communication\":[],\"operational\":{\"workHours\":{\"timezone\":5,\"schedule\":{\"1\":{\"start\":"
        "\"9\"}}}},"
        "\"rules\":[{\"match\":\"\",\"reply\":5},7]}";
    static const char *const fields[] = {"systemPrompt",
                                         "personality.tone",
                                         "personality.traits[1]",
                                         "personality.traits[2]",
                                         "expertise",
                                         "communication",
                                         "operational.workHours.timezone",
                                         "operational.workHours.schedule.1.start",
                                         "operational.workHours.schedule.1.end",
                                         "rules[0].match",
                                         "rules[0].reply",
                                         "rules[1]"};
    orch_problem problems[16];
    size_t count = orch_charter_problems((orch_str){json, sizeof json - 1}, problems, 16);

    (void)state;
    assert_int_equal(count, sizeof fields / sizeof fields[0]);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(problems[i].field, fields[i]);
    assert_int_equal(orch_charter_problems((orch_str){json, sizeof json - 1}, problems, 3), 3);
    assert_int_equal(orch_charter_problems(ORCH_STR("{}"), problems, 16), 0);
    assert_int_equal(orch_charter_problems(ORCH_STR("[]"), problems, 16), 1);
    assert_string_equal(problems[0].field, "charter");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_is_read),   cmocka_unit_test(work_hours_are_minutes_of_days),
        cmocka_unit_test(nothing_is_needed),     cmocka_unit_test(always_wins_over_a_schedule),
        cmocka_unit_test(all_problems_are_told), cmocka_unit_test(errors_name_the_path),
        cmocka_unit_test(sizes_are_limited),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
