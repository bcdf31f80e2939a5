#include "core_stage.h"
#include "splitmix.h"

#define BYTES_MAX 16384

/* Every field of every kind set to something that is allowed. */
typedef struct sample {
    orch_event event;
    orch_daemon_spec spec;
    orch_hours hours;
    orch_core_config configure;
    orch_str keywords[2];
} sample;

static void fill(sample *it, orch_event_kind kind)
{
    memset(it, 0, sizeof *it);
    it->event = (orch_event){.kind = kind,
                             .daemon = {7},
                             .turn = {0x500000003u},
                             .error = ORCH_E_TIMEOUT,
                             .verdict = ORCH_VERDICT_FINAL,
                             .managed = true,
                             .retry_after_ms = 1500,
                             .at_ms = 1700000000123,
                             .channel = {11},
                             .thread = {12},
                             .message = {{8}, {9}, {10}, {11}, {12}, true, false, true}};
    it->keywords[0] = ORCH_STR("deploy");
    it->keywords[1] = ORCH_STR("roll back");
    it->hours = (orch_hours){.limited = true, .days = {[1] = {540, 1020}}, .changes_count = 1};
    it->hours.changes[0] = (orch_zone_change){-5, 3600};
    it->spec = (orch_daemon_spec){.daemon = {7},
                                  .user = {107},
                                  .name = ORCH_STR("Ann Lee"),
                                  .display_name = ORCH_STR("Ännchen"),
                                  .slug = ORCH_STR("ann-lee"),
                                  .email = ORCH_STR("ann@example.org"),
                                  .role = ORCH_STR("Engineer"),
                                  .keywords = it->keywords,
                                  .keywords_count = 2,
                                  .mention_only = true,
                                  .auto_respond = true,
                                  .heartbeat_ms = 30000,
                                  .conversations_running_max = 10,
                                  .models_count = 3,
                                  .hours = &it->hours};
    orch_core_config_init(&it->configure);
    it->configure.auto_start = false;
    it->configure.restarts_max = 9;
    if (kind == ORCH_EV_REGISTER)
        it->event.spec = &it->spec;
    if (kind == ORCH_EV_CONFIGURE)
        it->event.configure = &it->configure;
}

/* What was decoded, encoded again, gives the same bytes; so nothing of the record was lost. */
static void every_kind_comes_back(void **state)
{
    (void)state;
    for (int kind = ORCH_EV_TICK; kind < ORCH_EV_COUNT; kind++) {
        uint8_t first[BYTES_MAX], second[BYTES_MAX];
        orch_event_storage storage;
        orch_event event;
        int64_t now_ms;
        sample it;
        size_t len;

        fill(&it, (orch_event_kind)kind);
        len = orch_event_encode(&it.event, 1700000000000, first, sizeof first);
        assert_in_range(len, 1, sizeof first);
        assert_int_equal(orch_event_decode(first, len, &storage, &event, &now_ms), len);
        assert_int_equal(now_ms, 1700000000000);
        assert_int_equal(event.kind, kind);
        assert_int_equal(orch_event_encode(&event, now_ms, second, sizeof second), len);
        assert_memory_equal(first, second, len);
    }
}

static void a_registration_keeps_its_fields(void **state)
{
    uint8_t bytes[BYTES_MAX];
    orch_event_storage storage;
    orch_event event;
    int64_t now_ms;
    sample it;
    size_t len;

    (void)state;
    fill(&it, ORCH_EV_REGISTER);
    len = orch_event_encode(&it.event, 5, bytes, sizeof bytes);
    assert_int_equal(orch_event_decode(bytes, len, &storage, &event, &now_ms), len);
    assert_int_equal(event.spec->user.v, 107);
    assert_int_equal(event.spec->display_name.len, strlen("Ännchen"));
    assert_memory_equal(event.spec->display_name.ptr, "Ännchen", strlen("Ännchen"));
    assert_int_equal(event.spec->keywords_count, 2);
    assert_memory_equal(event.spec->keywords[1].ptr, "roll back", 9);
    assert_true(event.spec->mention_only);
    assert_int_equal(event.spec->models_count, 3);
    assert_int_equal(event.spec->hours->days[1].end_min, 1020);
    assert_int_equal(event.spec->hours->changes[0].from_ms, -5);
}

static void a_part_of_a_record_asks_for_more(void **state)
{
    uint8_t bytes[BYTES_MAX];
    orch_event_storage storage;
    orch_event event;
    int64_t now_ms;
    sample it;
    size_t len;

    (void)state;
    fill(&it, ORCH_EV_REGISTER);
    len = orch_event_encode(&it.event, 5, bytes, sizeof bytes);
    for (size_t part = 0; part < len; part++)
        assert_int_equal(orch_event_decode(bytes, part, &storage, &event, &now_ms), 0);
}

static void a_small_buffer_only_counts(void **state)
{
    uint8_t bytes[8] = {0};
    sample it;

    (void)state;
    fill(&it, ORCH_EV_MESSAGE);
    assert_int_equal(orch_event_encode(&it.event, 5, bytes, 4), orch_event_encode(&it.event, 5, NULL, 0));
    assert_int_equal(bytes[4], 0);
}

static void what_the_core_refuses_unseen_has_no_record(void **state)
{
    uint8_t bytes[BYTES_MAX];
    sample it;

    (void)state;
    fill(&it, ORCH_EV_TURN_ERROR);
    it.event.verdict = (orch_verdict)17;
    assert_int_equal(orch_event_encode(&it.event, 5, bytes, sizeof bytes), 0);
    fill(&it, (orch_event_kind)99);
    assert_int_equal(orch_event_encode(&it.event, 5, bytes, sizeof bytes), 0);
    fill(&it, ORCH_EV_REGISTER);
    it.spec.keywords_count = ORCH_NAMES_MAX + 1;
    assert_int_equal(orch_event_encode(&it.event, 5, bytes, sizeof bytes), 0);
}

/* Damaged records are refused or read as another allowed event; they never reach beyond the bytes. */
static void damage_is_survived(void **state)
{
    uint64_t random = 5;
    int refused = 0;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        uint8_t bytes[BYTES_MAX];
        orch_event_storage storage;
        orch_event event;
        int64_t now_ms, read;
        sample it;
        size_t len;
        uint8_t *exact;

        fill(&it, (orch_event_kind)(ORCH_EV_TICK + round % (ORCH_EV_COUNT - 1)));
        len = orch_event_encode(&it.event, 5, bytes, sizeof bytes);
        exact = malloc(len); /* so that a sanitizer sees a read beyond */
        assert_non_null(exact);
        memcpy(exact, bytes, len);
        for (int flips = 0; flips < 3; flips++)
            exact[orch__random(&random) % len] = (uint8_t)orch__random(&random);
        read = orch_event_decode(exact, len, &storage, &event, &now_ms);
        assert_true(read == 0 || read == ORCH_E_PROTOCOL || (read > 0 && (size_t)read <= len));
        refused += read == ORCH_E_PROTOCOL;
        if (read > 0)
            assert_int_equal(orch_event_encode(&event, now_ms, bytes, sizeof bytes), read);
        free(exact);
    }
    assert_true(refused > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_comes_back),
        cmocka_unit_test(a_registration_keeps_its_fields),
        cmocka_unit_test(a_part_of_a_record_asks_for_more),
        cmocka_unit_test(a_small_buffer_only_counts),
        cmocka_unit_test(what_the_core_refuses_unseen_has_no_record),
        cmocka_unit_test(damage_is_survived),
    };

    return STAGE_RUN(tests);
}
