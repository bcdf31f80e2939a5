/* From a charter and a conversation to what a language model is told. Pure text work, no JSON: the host
 * reads the charter and hands over its fields.
 */
#ifndef ORCHD_PROMPT_H
#define ORCHD_PROMPT_H

#include "orchd/error.h"
#include "orchd/types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ORCH_CHARTER_LIST_MAX  32    /* entries of each list; a longer list is refused by the reader */
#define ORCH_CHARTER_TEXT_MAX  32768 /* bytes of the system prompt */
#define ORCH_CHARTER_FIELD_MAX 4096  /* bytes of any other field */

typedef struct orch_str_list {
    orch_str items[ORCH_CHARTER_LIST_MAX];
    size_t count;
} orch_str_list;

typedef enum orch_length {
    ORCH_LENGTH_UNSET,
    ORCH_LENGTH_CONCISE,
    ORCH_LENGTH_MODERATE,
    ORCH_LENGTH_DETAILED
} orch_length;
typedef enum orch_level {
    ORCH_LEVEL_UNSET,
    ORCH_LEVEL_BASIC,
    ORCH_LEVEL_INTERMEDIATE,
    ORCH_LEVEL_ADVANCED,
    ORCH_LEVEL_EXPERT
} orch_level;
typedef enum orch_formality {
    ORCH_FORMALITY_UNSET,
    ORCH_FORMALITY_CASUAL,
    ORCH_FORMALITY_PROFESSIONAL,
    ORCH_FORMALITY_FORMAL
} orch_formality;

/* The orchestrator and its charter; every text may be empty. All borrowed from the host. */
typedef struct orch_charter {
    orch_str name; /* display name, else name */
    orch_str role;
    orch_str discipline;
    orch_str_list capabilities;
    orch_str organization;

    orch_str system_prompt;
    orch_str tone;
    orch_str decision_style;
    orch_str background;
    orch_str_list traits;
    orch_str interaction_style;
    orch_str_list expertise;
    orch_length response_length;
    orch_level technical_level;
    orch_formality formality;
    orch_str_list languages;
    orch_str_list preferred_channels;
    uint32_t target_response_s; /* 0: not given */
    orch_str offline_message;
    bool escalation_enabled;
    orch_str_list escalate_to;
    orch_str_list escalation_triggers;
} orch_charter;

/* One message of the conversation, oldest first. */
typedef struct orch_prompt_message {
    orch_str author; /* display name */
    orch_str content;
    bool own;       /* the orchestrator itself said it */
    bool tombstone; /* deleted: left out */
} orch_prompt_message;

typedef struct orch_prompt_place {
    orch_str channel; /* name; empty in a direct conversation */
    bool direct;
    bool thread;
} orch_prompt_place;

/* A buffer that the host lends. Functions append at `len`, which begins at 0. Writing past `capacity` only counts: `len` is
 * what the whole needs. */
typedef struct orch_text {
    char *ptr;
    size_t capacity;
    size_t len;
} orch_text;

/* The system prompt: the stable prefix that providers can cache. It holds neither time nor message. */
void orch_prompt_system(const orch_charter *charter, const orch_prompt_place *place, orch_text *out);

/* The index of the first message that fits: the newest ones whose estimated tokens stay within the budget.
 * The newest message always fits. */
size_t orch_prompt_window(const orch_prompt_message *messages, size_t count, size_t tokens_max);

/* A cautious estimate, never less than a byte-pair tokenizer gives for ordinary text. */
size_t orch_prompt_tokens(orch_str text);

/* Words one message for the model: "[Ann] text" for others, the bare text for its own. */
void orch_prompt_message_text(const orch_prompt_message *message, orch_text *out);

/* What to say outside the work hours: the charter's offlineMessage, else a sentence of ours. */
void orch_prompt_offline(const orch_charter *charter, orch_text *out);

/* What the `rules` model says where no rule fits: in the charter's own words, who this is, and that no language
 * model is configured. How to set one depends on the host, which adds it. */
void orch_prompt_no_model(const orch_charter *charter, orch_text *out);

/* The first escalation trigger that stands in `content` as a whole phrase; ORCH_STR_NONE: none, or disabled. */
orch_str orch_prompt_escalation(const orch_charter *charter, orch_str content);

/* True when the phrase stands in `content` on word boundaries, case-folded, outside code and URLs. Every
 * word of `phrase` must follow the other, however they are spaced. Used by the rules as well. The parts of hyphenated
 * words are words; in scripts without spaces each letter is one. Punctuation at the end of the phrase and '@' before a
 * word do not count. A phrase of more than 255 words or 768 bytes stands nowhere. */
bool orch_phrase_in(orch_str content, orch_str phrase);

#ifdef __cplusplus
}
#endif

#endif
