/* Reads an answer stream in a test: what the sink was told, and the ways to cut a stream. */
#ifndef ORCHD_TEST_READING_H
#define ORCHD_TEST_READING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model.h"

typedef struct reading {
    char text[4096];
    size_t text_len;
    unsigned deltas;
    unsigned ends; /* calls of end and of error: 1 when the stream has ended as it should */
    bool failed;
    orch_stop stop;
    orch_usage usage;
    orch_model_error error;
} reading;

static inline void reading_delta(void *user, orch_str text)
{
    reading *into = user;

    assert_int_equal(into->ends, 0);
    assert_true(into->text_len + text.len < sizeof(into->text));
    memcpy(into->text + into->text_len, text.ptr, text.len);
    into->text_len += text.len;
    into->text[into->text_len] = '\0';
    into->deltas++;
}

static inline void reading_end(void *user, orch_stop stop, const orch_usage *usage)
{
    reading *into = user;

    into->ends++;
    into->stop = stop;
    into->usage = *usage;
}

static inline void reading_error(void *user, const orch_model_error *error)
{
    reading *into = user;

    into->ends++;
    into->failed = true;
    into->error = *error;
}

static inline orch_model_stream *reading_new(const char *provider, reading *into)
{
    orch_model_sink sink = {reading_delta, reading_end, reading_error, into};
    orch_model_stream *stream;

    *into = (reading){0};
    stream = orch_model_provider_find((orch_str){provider, strlen(provider)})->stream_new(&sink);
    assert_non_null(stream);
    return stream;
}

/* The whole body at once, then a clean end. */
static inline reading read_whole(const char *provider, int status, const char *body)
{
    reading got;
    orch_model_stream *stream = reading_new(provider, &got);

    orch_model_stream_status(stream, status);
    orch_model_stream_feed(stream, body, strlen(body));
    orch_model_stream_finish(stream, 0, NULL);
    assert_int_equal(got.ends, 1);
    orch_model_stream_free(stream);
    return got;
}

/* `lines` with each LF as `newline`. To be freed. */
static inline char *with_newlines(const char *lines, const char *newline)
{
    size_t width = strlen(newline);
    char *out = malloc(strlen(lines) * width + 1);
    char *at = out;

    assert_non_null(out);
    for (; *lines; lines++) {
        if (*lines != '\n') {
            *at++ = *lines;
            continue;
        }
        memcpy(at, newline, width);
        at += width;
    }
    *at = '\0';
    return out;
}

static inline void assert_same_answer(const reading *got, const reading *expected)
{
    assert_int_equal(got->ends, 1);
    assert_int_equal(got->failed, expected->failed);
    assert_string_equal(got->text, expected->text);
    if (expected->failed) {
        assert_int_equal(got->error.code, expected->error.code);
        assert_int_equal(got->error.verdict, expected->error.verdict);
        assert_string_equal(got->error.message, expected->error.message);
    } else {
        assert_int_equal(got->stop, expected->stop);
        assert_memory_equal(&got->usage, &expected->usage, sizeof(got->usage));
    }
}

/* In two pieces, cut at every byte, and byte by byte: always the same answer. A piece is given in memory of its own size, so that
 * a read past its end is found. */
static inline void check_every_split(const char *provider, const char *bytes, const reading *expected)
{
    size_t size = strlen(bytes);
    reading got;

    for (size_t cut = 0; cut <= size; cut++) {
        orch_model_stream *stream = reading_new(provider, &got);
        char *first = memcpy(malloc(cut + 1), bytes, cut);
        char *second = memcpy(malloc(size - cut + 1), bytes + cut, size - cut);

        orch_model_stream_feed(stream, first, cut);
        free(first);
        orch_model_stream_feed(stream, second, size - cut);
        free(second);
        orch_model_stream_finish(stream, 0, NULL);
        assert_same_answer(&got, expected);
        orch_model_stream_free(stream);
    }

    orch_model_stream *stream = reading_new(provider, &got);

    for (size_t i = 0; i < size; i++)
        orch_model_stream_feed(stream, bytes + i, 1);
    orch_model_stream_finish(stream, 0, NULL);
    assert_same_answer(&got, expected);
    orch_model_stream_free(stream);
}

/* Cut off after every byte: before `complete` bytes a connection error that is to be retried, from there on the answer. */
static inline void check_every_truncation(const char *provider, const char *bytes, size_t complete,
                                          int transport, const reading *expected)
{
    for (size_t size = 0; size <= strlen(bytes); size++) {
        reading got;
        orch_model_stream *stream = reading_new(provider, &got);

        orch_model_stream_status(stream, 200);
        orch_model_stream_feed(stream, bytes, size);
        orch_model_stream_finish(stream, transport, transport ? "the connection was cut" : NULL);
        assert_int_equal(got.ends, 1);
        if (size >= complete) {
            assert_false(got.failed);
            assert_string_equal(got.text, expected->text);
        } else {
            assert_true(got.failed);
            assert_int_equal(got.error.code, ORCH_E_CONNECTION);
            assert_int_equal(got.error.verdict, ORCH_VERDICT_RETRY);
            assert_memory_equal(got.text, expected->text, got.text_len);
        }
        orch_model_stream_free(stream);
    }
}

#endif
