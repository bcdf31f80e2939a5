/* Exports for JavaScript that are about text: the environment, phrases, and the prompt. See wasm.c for how text crosses. */
#include "wasm.h"

#include "assertion.h"
#include "bytes.h"
#include "orchd/environment.h"
#include "orchd/prompt.h"

/* ---- answers in the text buffer ----------------------------------------------------------------- */

static uint32_t answer(orch_str text)
{
    ORCH_ASSERT(orch__wasm_reserve(&orch__wasm_text, (uint32_t)text.len));
    memmove(orch__wasm_text.ptr, text.ptr, text.len);
    return (uint32_t)text.len;
}

static orch_str terminated(const char *text)
{
    orch_str str = {text, 0};

    while (text[str.len])
        str.len++;
    return str;
}

/* ---- environment -------------------------------------------------------------------------------- */

#define MESSAGE_SIZE 512

static orch_environment environment;

EXPORT(environment_reset) void orch_wasm_environment_reset(void)
{
    orch_environment_init(&environment);
}

/* The unprefixed name of a variable as text; its length, 0 after the last one. */
EXPORT(environment_name) uint32_t orch_wasm_environment_name(uint32_t index)
{
    return index < ORCH_VARIABLES_COUNT ? answer(terminated(orch_variables[index].name)) : 0;
}

/* Sets a variable: its name as the host read it, then its value, in the text buffer. 0, or the length of a sentence
 * for a person, in the buffer: the value is not allowed. */
EXPORT(environment_set)
uint32_t orch_wasm_environment_set(uint32_t index, uint32_t name_len, uint32_t value_len)
{
    char message[MESSAGE_SIZE];

    ORCH_ASSERT(index < ORCH_VARIABLES_COUNT);
    if (orch_environment_set(&environment, index, orch__wasm_text_at(0, name_len),
                             orch__wasm_text_at(name_len, value_len), message, sizeof message) == 0)
        return 0;
    return answer(terminated(message));
}

/* The value of a variable; booleans are 0 and 1. */
EXPORT(environment_get) uint32_t orch_wasm_environment_get(uint32_t index)
{
    const orch_variable *variable = &orch_variables[index];
    const char *field = (const char *)&environment + variable->offset;
    bool truth;
    uint32_t number;

    ORCH_ASSERT(index < ORCH_VARIABLES_COUNT);
    memcpy(&truth, field, sizeof truth);
    if (variable->kind == ORCH_VARIABLE_BOOLEAN)
        return truth;
    memcpy(&number, field, sizeof number);
    return number;
}

/* ---- phrases and tokens ------------------------------------------------------------------------- */

/* The content, then the phrase. */
EXPORT(phrase_in) bool orch_wasm_phrase_in(uint32_t content_len, uint32_t phrase_len)
{
    return orch_phrase_in(orch__wasm_text_at(0, content_len), orch__wasm_text_at(content_len, phrase_len));
}

EXPORT(tokens) uint32_t orch_wasm_tokens(uint32_t len)
{
    return (uint32_t)orch_prompt_tokens(orch__wasm_text_at(0, len));
}

/* ---- what the host hands over for a prompt ------------------------------------------------------ */

/* Texts of the charter or of messages, kept until the next reset. A text is known by its offset until it is asked for, because
 * the store may move. */
typedef struct store {
    orch__wasm_buffer buffer;
    uint32_t used;
} store;

static bool keep(store *texts, orch_str text, uint32_t *out_offset)
{
    if (!orch__wasm_reserve(&texts->buffer, texts->used + (uint32_t)text.len))
        return false;
    memcpy(texts->buffer.ptr + texts->used, text.ptr, text.len);
    *out_offset = texts->used;
    texts->used += (uint32_t)text.len;
    return true;
}

static orch_charter charter;
static store charter_texts;

/* By number. */
static const uint16_t text_fields[] = {
    offsetof(orch_charter, name),              /* 0 */
    offsetof(orch_charter, role),              /* 1 */
    offsetof(orch_charter, discipline),        /* 2 */
    offsetof(orch_charter, organization),      /* 3 */
    offsetof(orch_charter, system_prompt),     /* 4 */
    offsetof(orch_charter, tone),              /* 5 */
    offsetof(orch_charter, decision_style),    /* 6 */
    offsetof(orch_charter, background),        /* 7 */
    offsetof(orch_charter, interaction_style), /* 8 */
    offsetof(orch_charter, offline_message),   /* 9 */
};
static const uint16_t list_fields[] = {
    offsetof(orch_charter, capabilities),        /* 0 */
    offsetof(orch_charter, traits),              /* 1 */
    offsetof(orch_charter, expertise),           /* 2 */
    offsetof(orch_charter, languages),           /* 3 */
    offsetof(orch_charter, preferred_channels),  /* 4 */
    offsetof(orch_charter, escalate_to),         /* 5 */
    offsetof(orch_charter, escalation_triggers), /* 6 */
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* The texts of the charter hold offsets plus 1 in place of pointers until it is used. */
static orch_str placed(uint32_t offset, size_t len)
{
    return (orch_str){(const char *)(uintptr_t)(offset + 1), len};
}

static orch_str resolved(orch_str text)
{
    return text.ptr ? (orch_str){charter_texts.buffer.ptr + (uintptr_t)text.ptr - 1, text.len}
                    : ORCH_STR_NONE;
}

static void resolve(orch_charter *out_charter)
{
    *out_charter = charter;
    for (size_t i = 0; i < COUNT(text_fields); i++) {
        orch_str *text = (orch_str *)(void *)((char *)out_charter + text_fields[i]);

        *text = resolved(*text);
    }
    for (size_t i = 0; i < COUNT(list_fields); i++) {
        orch_str_list *list = (orch_str_list *)(void *)((char *)out_charter + list_fields[i]);

        for (size_t k = 0; k < list->count; k++)
            list->items[k] = resolved(list->items[k]);
    }
}

EXPORT(charter_reset) void orch_wasm_charter_reset(void)
{
    memset(&charter, 0, sizeof charter);
    charter_texts.used = 0;
}

/* ORCH_E_NOT_FOUND: no such field. ORCH_E_TOO_LARGE. */
EXPORT(charter_text) int orch_wasm_charter_text(uint32_t field, uint32_t len)
{
    uint32_t offset;

    if (field >= COUNT(text_fields))
        return ORCH_E_NOT_FOUND;
    if (len > (field == 4 ? ORCH_CHARTER_TEXT_MAX : ORCH_CHARTER_FIELD_MAX))
        return ORCH_E_TOO_LARGE;
    if (!keep(&charter_texts, orch__wasm_text_at(0, len), &offset))
        return ORCH_E_NO_MEMORY;
    *(orch_str *)(void *)((char *)&charter + text_fields[field]) = placed(offset, len);
    return 0;
}

/* Adds an entry. ORCH_E_NOT_FOUND, ORCH_E_TOO_LARGE, ORCH_E_FULL. */
EXPORT(charter_list_add) int orch_wasm_charter_list_add(uint32_t field, uint32_t len)
{
    orch_str_list *list;
    uint32_t offset;

    if (field >= COUNT(list_fields))
        return ORCH_E_NOT_FOUND;
    if (len > ORCH_CHARTER_FIELD_MAX)
        return ORCH_E_TOO_LARGE;
    list = (orch_str_list *)(void *)((char *)&charter + list_fields[field]);
    if (list->count == ORCH_CHARTER_LIST_MAX)
        return ORCH_E_FULL;
    if (!keep(&charter_texts, orch__wasm_text_at(0, len), &offset))
        return ORCH_E_NO_MEMORY;
    list->items[list->count++] = placed(offset, len);
    return 0;
}

/* Length, level and formality as their enumerations' numbers, 0: not given. ORCH_E_INVALID: no such value. */
EXPORT(charter_style)
int orch_wasm_charter_style(uint32_t length, uint32_t level, uint32_t formality, uint32_t target_response_s,
                            bool escalation_enabled)
{
    if (length > ORCH_LENGTH_DETAILED || level > ORCH_LEVEL_EXPERT || formality > ORCH_FORMALITY_FORMAL)
        return ORCH_E_INVALID;
    charter.response_length = (orch_length)length;
    charter.technical_level = (orch_level)level;
    charter.formality = (orch_formality)formality;
    charter.target_response_s = target_response_s;
    charter.escalation_enabled = escalation_enabled;
    return 0;
}

/* ---- the prompt --------------------------------------------------------------------------------- */

typedef void (*wording)(const orch_charter *charter, const orch_prompt_place *place, orch_text *out);

/* Words a text of the charter into the text buffer. */
static uint32_t word(wording words, const orch_prompt_place *place)
{
    orch_charter resolved_charter;
    orch_text out = {orch__wasm_text.ptr, orch__wasm_text.capacity, 0};

    resolve(&resolved_charter);
    words(&resolved_charter, place, &out);
    if (out.len > out.capacity) {
        ORCH_ASSERT(orch__wasm_reserve(&orch__wasm_text, (uint32_t)out.len));
        out = (orch_text){orch__wasm_text.ptr, orch__wasm_text.capacity, 0};
        words(&resolved_charter, place, &out);
    }
    return (uint32_t)out.len;
}

static void word_offline(const orch_charter *from, const orch_prompt_place *place, orch_text *out)
{
    (void)place;
    orch_prompt_offline(from, out);
}

static void word_no_model(const orch_charter *from, const orch_prompt_place *place, orch_text *out)
{
    (void)place;
    orch_prompt_no_model(from, out);
}

/* The channel's name is in the text buffer. */
EXPORT(prompt_system) uint32_t orch_wasm_prompt_system(uint32_t channel_len, bool direct, bool thread)
{
    char channel[ORCH_CHARTER_FIELD_MAX];
    orch_prompt_place place = {
        {channel, channel_len < sizeof channel ? channel_len : sizeof channel}, direct, thread};

    memcpy(channel, orch__wasm_text_at(0, channel_len).ptr, place.channel.len);
    return word(orch_prompt_system, &place);
}

EXPORT(prompt_offline) uint32_t orch_wasm_prompt_offline(void)
{
    return word(word_offline, NULL);
}

EXPORT(prompt_no_model) uint32_t orch_wasm_prompt_no_model(void)
{
    return word(word_no_model, NULL);
}

/* The trigger that stands in the content; 0: none. */
EXPORT(prompt_escalation) uint32_t orch_wasm_prompt_escalation(uint32_t content_len)
{
    orch_charter resolved_charter;

    resolve(&resolved_charter);
    return answer(orch_prompt_escalation(&resolved_charter, orch__wasm_text_at(0, content_len)));
}

/* ---- messages ----------------------------------------------------------------------------------- */

typedef struct kept_message {
    uint32_t offset;
    uint32_t author_len;
    uint32_t content_len;
    bool own;
    bool tombstone;
} kept_message;

static store message_texts;
static orch__wasm_buffer messages_buffer; /* of kept_message */
static uint32_t messages_count;

static orch_prompt_message message_at(uint32_t index)
{
    const kept_message *kept = (const kept_message *)(void *)messages_buffer.ptr + index;
    const char *text = message_texts.buffer.ptr + kept->offset;

    return (orch_prompt_message){.author = {text, kept->author_len},
                                 .content = {text + kept->author_len, kept->content_len},
                                 .own = kept->own,
                                 .tombstone = kept->tombstone};
}

EXPORT(messages_reset) void orch_wasm_messages_reset(void)
{
    messages_count = 0;
    message_texts.used = 0;
}

/* Adds a message, oldest first: its author, then its content. ORCH_E_NO_MEMORY. */
EXPORT(messages_add)
int orch_wasm_messages_add(uint32_t author_len, uint32_t content_len, bool own, bool tombstone)
{
    kept_message kept = {0, author_len, content_len, own, tombstone};

    if (!orch__wasm_reserve(&messages_buffer, (messages_count + 1) * (uint32_t)sizeof kept) ||
        !keep(&message_texts, orch__wasm_text_at(0, author_len + content_len), &kept.offset))
        return ORCH_E_NO_MEMORY;
    ((kept_message *)(void *)messages_buffer.ptr)[messages_count++] = kept;
    return 0;
}

/* The index of the first message that fits into the budget. ORCH_E_NO_MEMORY. */
EXPORT(messages_window) int32_t orch_wasm_messages_window(uint32_t tokens_max)
{
    size_t size = messages_count * sizeof(orch_prompt_message);
    orch_prompt_message *messages = orch__wasm_resize(NULL, NULL, 0, size ? size : 1);
    size_t first;

    if (!messages)
        return ORCH_E_NO_MEMORY;
    for (uint32_t i = 0; i < messages_count; i++)
        messages[i] = message_at(i);
    first = orch_prompt_window(messages, messages_count, tokens_max);
    orch__wasm_resize(NULL, messages, size ? size : 1, 0);
    return (int32_t)first;
}

/* One of the messages, worded for the model. */
EXPORT(messages_text) uint32_t orch_wasm_messages_text(uint32_t index)
{
    orch_prompt_message message;
    orch_text out = {NULL, 0, 0};

    ORCH_ASSERT(index < messages_count);
    message = message_at(index);
    orch_prompt_message_text(&message, &out);
    ORCH_ASSERT(orch__wasm_reserve(&orch__wasm_text, (uint32_t)out.len));
    out = (orch_text){orch__wasm_text.ptr, orch__wasm_text.capacity, 0};
    orch_prompt_message_text(&message, &out);
    return (uint32_t)out.len;
}
