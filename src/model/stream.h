/* Reading an answer: the part that all providers share. A provider adds an orch__reader.
 *
 *   undecided ── first byte ──▶ events (server-sent) ──▶ reader->event for each
 *                         └──▶ document (an error, or a server that does not stream) ──▶ at the end reader->document
 *
 * Invariants
 *  1. The sink's `end` or `error` is called once, last: only orch__stream_end and orch__fail… do it, and both set `over`.
 *  2. Nothing of the sink is called once `over` is set.
 */
#ifndef ORCHD_STREAM_H
#define ORCHD_STREAM_H

#include <jansson.h>

#include "buffer.h"
#include "model.h"
#include "retry_hint.h"
#include "sse.h"

#define ORCH__DOCUMENT_MAX (8u * 1024 * 1024) /* an answer that is not streamed */
#define ORCH__REFUSED_MAX  (64u * 1024)       /* read of an error's body; the rest is dropped */
#define ORCH__WORDS_MAX    300                /* bytes of a server's own words that are passed on */

typedef struct orch__reader {
    const char *title;         /* how a person calls the other side; begins a sentence */
    const char *key_variable;  /* ANTHROPIC_API_KEY */
    const char *base_variable; /* ANTHROPIC_BASE_URL */
    bool done_at_stop; /* a clean end after the stop reason completes the answer, also without an end mark */
    void (*event)(orch_model_stream *stream, orch_str name, orch_str data);
    void (*document)(orch_model_stream *stream, const json_t *root);
} orch__reader;

typedef enum orch__body { ORCH__BODY_UNDECIDED, ORCH__BODY_EVENTS, ORCH__BODY_DOCUMENT } orch__body;

struct orch_model_stream {
    const orch__reader *reader;
    orch_model_sink sink;
    orch_str secret;
    int http_status; /* 0: not told, counts as 200 */
    orch__retry_hint hint;
    orch__body body;
    orch__sse sse;
    orch__buffer document;
    orch_usage usage;
    orch_stop stop;
    bool begun;   /* the answer's first event was seen */
    bool text;    /* a delta was passed on */
    bool stopped; /* the model said why it stopped */
    bool refused; /* … because it would not answer; `refusal` says why */
    bool over;
    orch__buffer refusal;
};

orch_model_stream *orch__stream_new(const orch__reader *reader, const orch_model_sink *sink);

/* Passes on the text of a JSON string; NUL characters are dropped, anything but a string is ignored. */
void orch__stream_delta(orch_model_stream *stream, const json_t *string);
/* The model will not answer; further words of its reason are added. */
void orch__stream_refuse(orch_model_stream *stream, orch_str why);
/* The answer is complete: the sink's end, or the error of a refusal. */
void orch__stream_end(orch_model_stream *stream);

/* ORCH_E_INVALID: the bytes are no JSON object, or one with a key twice; ORCH_E_NO_MEMORY. */
ORCH_MUST_USE int orch__json_object(orch_str bytes, json_t **out_root);
/* A counter of a JSON object, or `otherwise` where it is absent. */
uint64_t orch__json_count(const json_t *object, const char *key, uint64_t otherwise);
/* A string member; empty where it is none. Borrowed from the object. */
orch_str orch__json_text(const json_t *object, const char *key);
bool orch__is(orch_str text, const char *literal);

/* ---- failure.c: each calls the sink's error, unless the stream is over ---- */

void orch__fail(orch_model_stream *stream, int code, orch_verdict verdict, const char *format, ...)
    ORCH_PRINTF(4, 5);
/* By an HTTP status that is no success. `root` is its body, NULL where that is no JSON. */
void orch__fail_status(orch_model_stream *stream, const json_t *root);
/* What orch__json_object says of a piece of the answer; `piece` is "a chunk". */
void orch__fail_piece(orch_model_stream *stream, int error, const char *piece);
/* There was no memory for a part of the answer: none of it counts. */
void orch__fail_memory(orch_model_stream *stream);
/* By an error object in the middle of a stream or in place of an answer. */
void orch__fail_reported(orch_model_stream *stream, const json_t *root);

#endif
