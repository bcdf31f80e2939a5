/* Language models: pure encoders of requests and parsers of answer streams. No I/O: the runtime carries bytes.
 *
 *   request ──encode──▶ orch_model_http ──(runtime, libcurl)──▶ bytes ──feed──▶ sink: deltas, usage, end or error
 *
 * A provider is one file and one row in registry.c.
 */
#ifndef ORCHD_MODEL_H
#define ORCHD_MODEL_H

#include "orchd/core.h"
#include "orchd/error.h"
#include "orchd/types.h"

typedef enum orch_model_role { ORCH_MODEL_USER, ORCH_MODEL_ASSISTANT } orch_model_role;

typedef struct orch_model_message {
    orch_model_role role;
    orch_str text;
} orch_model_message;

/* All borrowed. Consecutive messages of one role are joined by the encoder where the API wants alternation. */
typedef struct orch_model_request {
    orch_str model;                     /* the provider's own name, without "provider/" */
    orch_str system;                    /* the stable prefix: cached where the API can */
    const orch_model_message *messages; /* oldest first; the last one is the user's */
    size_t messages_count;
    uint32_t tokens_max; /* of the answer */
    double temperature;  /* below 0: not sent */
    orch_str idempotency_key;
} orch_model_request;

#define ORCH_MODEL_HEADERS_MAX 12
#define ORCH_MODEL_BODY_MAX    (16u * 1024 * 1024)

/* A request ready for the wire. Owned: orch_model_http_fini(). */
typedef struct orch_model_http {
    char *url;
    char *headers[ORCH_MODEL_HEADERS_MAX]; /* "Name: value"; holds the key: never logged */
    size_t headers_count;
    char *body;
    size_t body_len;
    const char *place; /* the variable that says where it goes, for messages; static */
} orch_model_http;

void orch_model_http_fini(orch_model_http *http);

/* Counted alike for all providers: `input_tokens` are those that were neither read from nor written to a cache. */
typedef struct orch_usage {
    uint64_t input_tokens;
    uint64_t output_tokens;
    uint64_t cache_read_tokens;
    uint64_t cache_write_tokens;
} orch_usage;

typedef enum orch_stop {
    ORCH_STOP_END,
    ORCH_STOP_LENGTH, /* the answer was cut at tokens_max: still an answer */
    ORCH_STOP_TOOL,
    ORCH_STOP_PAUSE,
    ORCH_STOP_REFUSAL,
} orch_stop;

/* Why a call failed. `message` is for a person and holds no key. */
typedef struct orch_model_error {
    int code; /* an orch_error */
    orch_verdict verdict;
    uint32_t retry_after_ms; /* 0: no hint */
    int http_status;         /* 0: none */
    char message[512];
} orch_model_error;

/* Exactly one of `end` and `error` is called, once, last. Never re-entered. */
typedef struct orch_model_sink {
    void (*delta)(void *user, orch_str text);
    void (*end)(void *user, orch_stop stop, const orch_usage *usage);
    void (*error)(void *user, const orch_model_error *error);
    void *user;
} orch_model_sink;

#define ORCH_MODEL_KEY_MAX 4096 /* bytes of an API key */

/* Where a provider is and how it is entered. From the environment; strings owned. */
typedef struct orch_model_account {
    char *key;      /* may be NULL */
    char *base_url; /* without trailing slash */
    char *version;  /* anthropic-version */
} orch_model_account;

typedef struct orch_model_stream orch_model_stream;

typedef struct orch_model_provider {
    const char *name; /* "anthropic" */
    bool local;       /* needs no network: `encode` and the stream are NULL (rules) */
    const char *default_model;
    const char *about;
    int (*encode)(const orch_model_account *account, const orch_model_request *request,
                  orch_model_http *out_http);
    orch_model_stream *(*stream_new)(const orch_model_sink *sink);
    const char *models_path; /* behind the base URL: answers {"data": [{"id"}]} to a GET */
} orch_model_provider;

/* All providers, NULL-terminated. */
extern const orch_model_provider *const orch_model_providers[];
const orch_model_provider *orch_model_provider_find(orch_str name);

/* ---- reading an answer: the same calls for each provider ---- */

/* Status line and headers as they come, before the first body byte; header names in any case. */
void orch_model_stream_status(orch_model_stream *stream, int http_status);
void orch_model_stream_header(orch_model_stream *stream, orch_str name, orch_str value);
/* Any split of the body. After `end` or `error` further bytes are ignored. */
void orch_model_stream_feed(orch_model_stream *stream, const char *bytes, size_t size);
/* The connection ended. `transport` 0: cleanly; else an orch_error and its words. Calls `end` or `error` if
 * neither was called yet: a stream that was cut is ORCH_E_CONNECTION, to be retried. */
void orch_model_stream_finish(orch_model_stream *stream, int transport, const char *message);
void orch_model_stream_free(orch_model_stream *stream);

/* A key that no message may hold. Borrowed until the stream is freed. */
void orch_model_stream_secret(orch_model_stream *stream, orch_str secret);
/* No further call of the sink. Also from inside the sink. */
void orch_model_stream_stop(orch_model_stream *stream);
/* True after `end`, `error` or a stop. */
bool orch_model_stream_over(const orch_model_stream *stream);

/* ---- the chain ---- */

#define ORCH_CHAIN_MAX 8

typedef struct orch_model_choice {
    const orch_model_provider *provider;
    char model[128];
} orch_model_choice;

typedef struct orch_model_chain {
    orch_model_choice items[ORCH_CHAIN_MAX];
    size_t count;
} orch_model_chain;

/* "provider/model,provider/model"; "rules" stands alone or last. ORCH_E_INVALID with a sentence that names the
 * part and lists the providers. */
ORCH_MUST_USE int orch_model_chain_parse(orch_str text, orch_model_chain *out_chain, char *out_message,
                                         size_t message_size);

/* Accounts of all providers and the default chain (ORCHD_MODEL, else by what keys there are, else rules).
 * Reads ANTHROPIC_API_KEY, ANTHROPIC_API_KEY_FILE, ANTHROPIC_BASE_URL, ANTHROPIC_VERSION, OPENAI_API_KEY,
 * OPENAI_API_KEY_FILE, OPENAI_BASE_URL, ORCHD_MODEL through `lookup`. */
typedef struct orch_model_config {
    orch_model_account anthropic;
    orch_model_account openai;
    orch_model_chain chain;
} orch_model_config;

ORCH_MUST_USE int orch_model_config_read(orch_model_config *out_config,
                                         const char *(*lookup)(const char *name, void *user), void *user,
                                         char *out_message, size_t message_size);
void orch_model_config_fini(orch_model_config *config);
const orch_model_account *orch_model_config_account(const orch_model_config *config,
                                                    const orch_model_provider *provider);

/* Whether a call can be made: local, or with a key, or not at the public address that wants one. */
bool orch_model_configured(const orch_model_config *config, const orch_model_provider *provider);

/* ---- rules ---- */

typedef struct orch_rules orch_rules;

#define ORCH_RULES_MAX 256

/* Compiles the charter's `rules` (a JSON array of {match, reply, actions?}). ORCH_E_INVALID names the rule and why. */
ORCH_MUST_USE int orch_rules_new(orch_str json, orch_rules **out_rules, char *out_message,
                                 size_t message_size);
void orch_rules_free(orch_rules *rules);

/* The first rule that matches: its reply and its actions (JSON array, may be empty). Borrowed from the rules.
 * False: none. A /regex/ that takes too many steps counts as no match. */
bool orch_rules_match(const orch_rules *rules, orch_str content, orch_str *out_reply, orch_str *out_actions);

#endif
