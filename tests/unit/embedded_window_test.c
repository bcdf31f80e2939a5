/* What was said lately: bounded in lines, bytes and conversations. And the map from handles to pointers beneath it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "embedded.h"
#include "recorder.h"

static orch__heard *hear(orch__windows *windows, const char *id, const char *channel, const char *content)
{
    orch_incoming_message message = message_of(id, content);
    orch__heard *heard;

    message.channel_id = channel;
    assert_int_equal(orch__heard_new(&message, 0, &heard), 0);
    assert_int_equal(orch__windows_hear(windows, heard), 0);
    return heard;
}

static void forgets_the_oldest_lines(void **state)
{
    orch__windows *windows = orch__windows_new();
    orch_prompt_message lines[ORCH__WINDOW_LINES + 1];
    orch__heard *last = NULL;
    char id[16];

    (void)state;
    for (int i = 0; i < 200; i++) {
        snprintf(id, sizeof id, "%d", i);
        orch__heard_unref(last);
        last = hear(windows, id, "c", id);
    }
    assert_int_equal(orch__windows_read(windows, last, (orch_user_id){1}, lines), ORCH__WINDOW_LINES);
    assert_int_equal(strncmp(lines[0].content.ptr, "150", 3), 0);
    assert_int_equal(strncmp(lines[ORCH__WINDOW_LINES - 1].content.ptr, "199", 3), 0);
    orch__heard_unref(last);
    orch__windows_free(windows);
}

static void holds_no_more_text_than_it_may(void **state)
{
    static char large[ORCH_MESSAGE_CONTENT_MAX + 1];
    orch__windows *windows = orch__windows_new();
    orch_prompt_message lines[ORCH__WINDOW_LINES + 1];
    orch__heard *last = NULL;
    size_t count;
    size_t bytes = 0;
    char id[16];

    (void)state;
    memset(large, 'x', sizeof large - 1);
    for (int i = 0; i < 40; i++) {
        snprintf(id, sizeof id, "%d", i);
        orch__heard_unref(last);
        last = hear(windows, id, "c", large);
    }
    count = orch__windows_read(windows, last, (orch_user_id){1}, lines);
    for (size_t i = 0; i < count; i++)
        bytes += lines[i].author.len + lines[i].content.len;
    assert_true(bytes <= ORCH__WINDOW_BYTES);
    assert_true(count > 1);
    orch__heard_unref(last);
    orch__windows_free(windows);
}

static void forgets_the_least_used_conversations(void **state)
{
    orch__windows *windows = orch__windows_new();
    orch_prompt_message lines[ORCH__WINDOW_LINES + 1];
    orch__heard *first = hear(windows, "first", "kept", "old");
    orch__heard *kept;
    orch__heard *again;
    char channel[16];

    (void)state;
    orch__heard_unref(hear(windows, "a", "gone", "old"));
    for (int i = 0; i < ORCH__WINDOWS_MAX; i++) {
        snprintf(channel, sizeof channel, "c%d", i);
        orch__heard_unref(hear(windows, channel, channel, "hello"));
        if (i % 1000 == 0) {
            orch__heard_unref(hear(windows, channel, "kept", "hello"));
        }
    }
    kept = hear(windows, "z", "kept", "now");
    again = hear(windows, "b", "gone", "now");
    assert_int_equal(orch__windows_read(windows, kept, (orch_user_id){1}, lines), 7);
    assert_int_equal(orch__windows_read(windows, again, (orch_user_id){1}, lines), 1);
    orch__heard_unref(first);
    orch__heard_unref(kept);
    orch__heard_unref(again);
    orch__windows_free(windows);
}

static void own_words_are_not_said_twice(void **state)
{
    orch__windows *windows = orch__windows_new();
    orch_prompt_message lines[ORCH__WINDOW_LINES + 1];
    orch__profile *profile;
    orch_incoming_message message = message_of("echo", "Blue.");
    orch__heard *question = hear(windows, "1", "c", "colour?");
    orch__heard *echo;
    orch__heard *next;

    (void)state;
    assert_int_equal(orch__profile_new(&ann, &profile), 0);
    assert_int_equal(orch__windows_say(windows, question->channel.v, 0, profile, "Blue.", 3), 0);
    message.channel_id = "c";
    message.author_id = ann.user.id;
    assert_int_equal(orch__heard_new(&message, 0, &echo), 0);
    assert_int_equal(orch__windows_hear(windows, echo), 0);
    assert_int_equal(orch__windows_hops(windows, echo), 3);
    next = hear(windows, "2", "c", "sure?");
    assert_int_equal(orch__windows_hops(windows, next), 0);
    assert_int_equal(orch__windows_read(windows, next, profile->user, lines), 3);
    assert_true(lines[1].own);
    orch__heard_unref(question);
    orch__heard_unref(echo);
    orch__heard_unref(next);
    orch__profile_unref(profile);
    orch__windows_free(windows);
}

/* ---- the map ---- */

#define KEYS 4096

/* A map with many collisions against an array that cannot be wrong. */
static void the_map_keeps_what_it_was_given(void **state)
{
    static void *expected[KEYS];
    orch__map map = {0};
    uint32_t random = 1;
    size_t count = 0;

    (void)state;
    for (int i = 0; i < 200000; i++) {
        uint64_t key;

        random = random * 1664525 + 1013904223;
        key = 1 + (random >> 16) % (KEYS - 1);
        count -= expected[key] != NULL;
        if (random & 0x8000) {
            expected[key] = &expected[(random >> 4) % KEYS];
            assert_int_equal(orch__map_put(&map, key * 64, expected[key]), 0);
        } else {
            expected[key] = NULL;
            orch__map_remove(&map, key * 64);
        }
        count += expected[key] != NULL;
        assert_int_equal(map.count, count);
    }
    for (uint64_t key = 1; key < KEYS; key++)
        assert_ptr_equal(orch__map_get(&map, key * 64), expected[key]);
    orch__map_fini(&map);
}

static void handles_differ(void **state)
{
    (void)state;
    assert_true(orch__handle("a") == orch__handle("a"));
    assert_true(orch__handle("a") != orch__handle("b"));
    assert_true(orch__handle("") != 0);
    assert_true(orch__handle_pair(1, 2) != orch__handle_pair(2, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forgets_the_oldest_lines),
        cmocka_unit_test(holds_no_more_text_than_it_may),
        cmocka_unit_test(forgets_the_least_used_conversations),
        cmocka_unit_test(own_words_are_not_said_twice),
        cmocka_unit_test(the_map_keeps_what_it_was_given),
        cmocka_unit_test(handles_differ),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
