/* From what a server says to an orch_model_error: which error it is, whether to try again, and a sentence for a person that
 * never holds the key. Codes: the error types of Anthropic's Messages API and of OpenAI's Chat Completions, late 2026. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "stream.h"

typedef struct known_code {
    const char *name;
    int code;
    orch_verdict verdict;
} known_code;

static const known_code known_codes[] = {
    /* Money and filters: no pause helps, whatever the status is. */
    {"enforced_spend_limit_reached", ORCH_E_RATE_LIMITED, ORCH_VERDICT_NEXT_MODEL},
    {"contract_spend_limit_reached", ORCH_E_RATE_LIMITED, ORCH_VERDICT_NEXT_MODEL},
    {"insufficient_quota", ORCH_E_RATE_LIMITED, ORCH_VERDICT_NEXT_MODEL},
    {"content_filter", ORCH_E_REFUSED, ORCH_VERDICT_FINAL},
    {"content_policy_violation", ORCH_E_REFUSED, ORCH_VERDICT_FINAL},
    /* The types of an error in the middle of a stream, where no status tells. */
    {"overloaded_error", ORCH_E_OVERLOADED, ORCH_VERDICT_RETRY},
    {"service_unavailable", ORCH_E_OVERLOADED, ORCH_VERDICT_RETRY},
    {"rate_limit_error", ORCH_E_RATE_LIMITED, ORCH_VERDICT_RETRY},
    {"rate_limit_exceeded", ORCH_E_RATE_LIMITED, ORCH_VERDICT_RETRY},
    {"timeout_error", ORCH_E_TIMEOUT, ORCH_VERDICT_RETRY},
    {"api_error", ORCH_E_MODEL, ORCH_VERDICT_RETRY},
    {"server_error", ORCH_E_MODEL, ORCH_VERDICT_RETRY},
    {"conflict_error", ORCH_E_MODEL, ORCH_VERDICT_RETRY},
    {"invalid_request_error", ORCH_E_MODEL, ORCH_VERDICT_NEXT_MODEL},
    {"authentication_error", ORCH_E_MODEL, ORCH_VERDICT_NEXT_MODEL},
    {"billing_error", ORCH_E_MODEL, ORCH_VERDICT_NEXT_MODEL},
    {"permission_error", ORCH_E_MODEL, ORCH_VERDICT_NEXT_MODEL},
    {"not_found_error", ORCH_E_MODEL, ORCH_VERDICT_NEXT_MODEL},
    {"request_too_large", ORCH_E_TOO_LARGE, ORCH_VERDICT_NEXT_MODEL},
};

/* An error as the servers word it; every part may be empty. */
typedef struct reported {
    orch_str message;
    orch_str type;
    orch_str code; /* details.error_code, or code */
} reported;

static reported read_reported(const json_t *root)
{
    const json_t *error = json_object_get(root, "error");
    reported out = {ORCH_STR(""), ORCH_STR(""), ORCH_STR("")};

    if (json_is_string(error)) { /* Ollama */
        out.message = orch__json_text(root, "error");
        return out;
    }
    if (!json_is_object(error))
        error = root; /* vLLM: the error is the document */
    out.message = orch__json_text(error, "message");
    out.type = orch__json_text(error, "type");
    out.code = orch__json_text(json_object_get(error, "details"), "error_code");
    if (out.code.len == 0)
        out.code = orch__json_text(error, "code");
    return out;
}

static const known_code *find_code(orch_str name)
{
    for (size_t i = 0; name.len > 0 && i < sizeof(known_codes) / sizeof(known_codes[0]); i++)
        if (orch__is(name, known_codes[i].name))
            return &known_codes[i];
    return NULL;
}

/* ---- words ---- */

#define SECRET_MIN 8 /* bytes; a shorter "key" is a word like "none" that a local server is given */

static bool is_key_character(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_' || c == '*' || c == '.';
}

/* The length of a key at `at`: the secret itself, or a word that looks like one (servers echo parts of it). */
static size_t key_length(orch_str text, size_t at, orch_str secret)
{
    const char *here = text.ptr + at;
    size_t left = text.len - at;
    size_t len = 0;

    if (secret.len >= SECRET_MIN && left >= secret.len && memcmp(here, secret.ptr, secret.len) == 0)
        len = secret.len;
    else if (left < 3 || memcmp(here, "sk-", 3) != 0 || (at > 0 && is_key_character(here[-1])))
        return 0;
    while (len < left && is_key_character(here[len]))
        len++;
    return len;
}

/* The length without a multi-byte character that was cut at the end. */
static size_t whole_characters(const char *text, size_t len)
{
    size_t start = len;

    while (start > 0 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
        start--;
    if (start == 0 || (unsigned char)text[start - 1] < 0xc0)
        return len;

    unsigned char lead = (unsigned char)text[start - 1];
    size_t want = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;

    return len - (start - 1) < want ? start - 1 : len;
}

/* Masks keys, turns control characters into spaces and cuts at a character's boundary. Always terminates `out`. */
static void clean_words(orch_str words, orch_str secret, char *out, size_t size)
{
    static const char mask[] = "[key]";
    size_t len = 0;

    for (size_t i = 0; i < words.len && len + sizeof(mask) < size; i++) {
        size_t key = key_length(words, i, secret);
        unsigned char c = (unsigned char)words.ptr[i];

        if (key > 0) {
            memcpy(out + len, mask, sizeof(mask) - 1);
            len += sizeof(mask) - 1;
            i += key - 1;
        } else {
            out[len++] = c < 0x20 || c == 0x7f ? ' ' : (char)c;
        }
    }
    while (len > 0 && out[len - 1] == ' ')
        len--;
    out[whole_characters(out, len)] = '\0';
}

/* What the server said, cleaned, as ": words", or nothing. */
static void server_words(const orch_model_stream *stream, orch_str message, char *out, size_t size)
{
    memcpy(out, ": ", 3);
    clean_words(message, stream->secret, out + 2, size - 2);
    if (out[2] == '\0')
        out[0] = '\0';
}

/* ---- failing ---- */

static void call_error(orch_model_stream *stream, int code, orch_verdict verdict, const char *message)
{
    orch_model_error error = {.code = code, .verdict = verdict, .http_status = stream->http_status};

    if (verdict == ORCH_VERDICT_RETRY)
        error.retry_after_ms = orch__retry_hint_ms(&stream->hint);
    clean_words((orch_str){message, strlen(message)}, stream->secret, error.message, sizeof(error.message));
    stream->over = true;
    stream->sink.error(stream->sink.user, &error);
}

void orch__fail(orch_model_stream *stream, int code, orch_verdict verdict, const char *format, ...)
{
    char message[1024];
    va_list arguments;

    if (stream->over)
        return;
    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    call_error(stream, code, verdict, message);
}

void orch__fail_memory(orch_model_stream *stream)
{
    orch__fail(stream, ORCH_E_NO_MEMORY, ORCH_VERDICT_RETRY, "out of memory while reading the answer");
}

void orch__fail_piece(orch_model_stream *stream, int error, const char *piece)
{
    if (error == ORCH_E_NO_MEMORY)
        orch__fail_memory(stream);
    else
        orch__fail(stream, ORCH_E_PROTOCOL, ORCH_VERDICT_RETRY, "%s sent %s that is no JSON object",
                   stream->reader->title, piece);
}

void orch__fail_reported(orch_model_stream *stream, const json_t *root)
{
    reported what = read_reported(root);
    const known_code *known = find_code(what.code);
    char words[ORCH__WORDS_MAX];

    if (!known)
        known = find_code(what.type);
    server_words(stream, what.message, words, sizeof(words));
    orch__fail(stream, known ? known->code : ORCH_E_MODEL, known ? known->verdict : ORCH_VERDICT_RETRY,
               "%s reported an error%s", stream->reader->title, words);
}

typedef struct status_class {
    int status;
    int code;
    orch_verdict verdict;
    const char *what;
} status_class;

static const status_class status_classes[] = {
    {400, ORCH_E_MODEL, ORCH_VERDICT_NEXT_MODEL, "refused the request"},
    {401, ORCH_E_MODEL, ORCH_VERDICT_NEXT_MODEL, "refused the API key"},
    {402, ORCH_E_MODEL, ORCH_VERDICT_NEXT_MODEL, "asks for a payment"},
    {403, ORCH_E_MODEL, ORCH_VERDICT_NEXT_MODEL, "does not allow this key to do that"},
    {404, ORCH_E_MODEL, ORCH_VERDICT_NEXT_MODEL, "does not know this model or address"},
    {408, ORCH_E_TIMEOUT, ORCH_VERDICT_RETRY, "waited too long"},
    {409, ORCH_E_MODEL, ORCH_VERDICT_RETRY, "has a conflict"},
    {413, ORCH_E_TOO_LARGE, ORCH_VERDICT_NEXT_MODEL, "finds the request too large"},
    {429, ORCH_E_RATE_LIMITED, ORCH_VERDICT_RETRY, "limits the rate of requests"},
    {503, ORCH_E_OVERLOADED, ORCH_VERDICT_RETRY, "is overloaded"},
    {504, ORCH_E_TIMEOUT, ORCH_VERDICT_RETRY, "did not answer in time"},
    {529, ORCH_E_OVERLOADED, ORCH_VERDICT_RETRY, "is overloaded"},
};

static status_class classify(int status)
{
    for (size_t i = 0; i < sizeof(status_classes) / sizeof(status_classes[0]); i++)
        if (status_classes[i].status == status)
            return status_classes[i];
    if (status >= 500)
        return (status_class){status, ORCH_E_MODEL, ORCH_VERDICT_RETRY, "has an internal error"};
    if (status >= 400)
        return (status_class){status, ORCH_E_MODEL, ORCH_VERDICT_NEXT_MODEL, "refused the request"};
    return (status_class){status, ORCH_E_PROTOCOL, ORCH_VERDICT_NEXT_MODEL,
                          "sent a redirection, which is not followed"};
}

/* Where a person looks first; empty where nothing of ours is to blame. */
static void advice(const orch_model_stream *stream, char *out, size_t size)
{
    const char *variable = NULL;

    if (stream->http_status == 401)
        variable = stream->reader->key_variable;
    else if (stream->http_status == 404 || stream->http_status < 400)
        variable = stream->reader->base_variable;
    if (variable)
        snprintf(out, size, " (check %s)", variable);
    else
        out[0] = '\0';
}

void orch__fail_status(orch_model_stream *stream, const json_t *root)
{
    status_class class = classify(stream->http_status);
    reported what = read_reported(root);
    const known_code *known = find_code(what.code);
    char words[ORCH__WORDS_MAX];
    char hint[64];

    if (known && known->verdict != ORCH_VERDICT_RETRY) {
        class.code = known->code;
        class.verdict = known->verdict;
    } else if (stream->hint.word == ORCH__RETRY_YES) {
        class.verdict = ORCH_VERDICT_RETRY;
    } else if (stream->hint.word == ORCH__RETRY_NO && class.verdict == ORCH_VERDICT_RETRY) {
        class.verdict = ORCH_VERDICT_NEXT_MODEL;
    }
    server_words(stream, what.message, words, sizeof(words));
    advice(stream, hint, sizeof(hint));
    orch__fail(stream, class.code, class.verdict, "%s %s (HTTP %d)%s%s", stream->reader->title, class.what,
               stream->http_status, hint, words);
}
