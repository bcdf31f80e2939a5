/* Exports for JavaScript that are about text: phrases, and the prompt. See wasm.c for how text crosses. */
#include "wasm.h"

#include "assertion.h"
#include "bytes.h"
#include "orchd/prompt.h"

/* ---- answers in the text buffer ----------------------------------------------------------------- */

uint32_t orch__wasm_answer(orch_str text)
{
    ORCH_ASSERT(orch__wasm_reserve(&orch__wasm.text, (uint32_t)text.len));
    memmove(orch__wasm.text.ptr, text.ptr, text.len);
    return (uint32_t)text.len;
}

orch_str orch__wasm_terminated(const char *text)
{
    orch_str str = {text, 0};

    while (text[str.len])
        str.len++;
    return str;
}

/* ---- phrases ------------------------------------------------------------------------------------ */

/* The content, then the phrase. */
EXPORT(phrase_in) bool orch_wasm_phrase_in(uint32_t content_len, uint32_t phrase_len)
{
    return orch_phrase_in(orch__wasm_text_at(0, content_len), orch__wasm_text_at(content_len, phrase_len));
}

/* ---- what the host hands over for a prompt ------------------------------------------------------ */

/* Texts of the charter, kept until the next reset. A text is known by its offset until it is asked for, because
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
    orch_text out = {orch__wasm.text.ptr, orch__wasm.text.capacity, 0};

    resolve(&resolved_charter);
    words(&resolved_charter, place, &out);
    if (out.len > out.capacity) {
        ORCH_ASSERT(orch__wasm_reserve(&orch__wasm.text, (uint32_t)out.len));
        out = (orch_text){orch__wasm.text.ptr, orch__wasm.text.capacity, 0};
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
