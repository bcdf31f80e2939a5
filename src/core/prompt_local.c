/* What an orchestrator says without a language model: outside its work hours, and where no model is configured. */
#include "prompt_text.h"

/* "I am Ada, Software Architect at Acme" */
static void add_introduction(orch_text *out, const orch_charter *charter)
{
    orch__text_add(out, ORCH_STR("I am "));
    orch__text_add_identity(out, charter);
}

void orch_prompt_offline(const orch_charter *charter, orch_text *out)
{
    orch_str message = orch__text_trimmed(charter->offline_message);

    if (message.len) {
        orch__text_add(out, message);
        return;
    }
    orch__text_add(
        out,
        ORCH_STR(
            "I am outside my work hours and cannot answer now. Please write to me again when I am back"));
    if (charter->escalation_enabled && orch__text_list_given(&charter->escalate_to)) {
        orch__text_add(out, ORCH_STR("; if it cannot wait, turn to "));
        orch__text_add_list(out, &charter->escalate_to, ORCH_STR(", "), ORCH_STR(" or "));
    }
    orch__text_add(out, ORCH_STR("."));
}

static bool ends_with_sign(orch_str text)
{
    char last = text.ptr[text.len - 1];

    return last == '.' || last == '!' || last == '?';
}

/* " text." */
static void add_sentence(orch_text *out, orch_str text)
{
    text = orch__text_trimmed(text);
    if (text.len == 0)
        return;
    orch__text_add(out, ORCH_STR(" "));
    orch__text_add(out, text);
    if (!ends_with_sign(text))
        orch__text_add(out, ORCH_STR("."));
}

void orch_prompt_no_model(const orch_charter *charter, orch_text *out)
{
    orch__text_add(out, charter->formality == ORCH_FORMALITY_CASUAL   ? ORCH_STR("Hi! ")
                        : charter->formality == ORCH_FORMALITY_FORMAL ? ORCH_STR("Good day. ")
                                                                      : ORCH_STR("Hello! "));
    add_introduction(out, charter);
    orch__text_add(out, ORCH_STR("."));
    if (charter->response_length != ORCH_LENGTH_CONCISE)
        add_sentence(out, charter->background);
    if (orch__text_list_given(&charter->expertise)) {
        orch__text_add(out, ORCH_STR(" Ask me about "));
        orch__text_add_list(out, &charter->expertise, ORCH_STR(", "), ORCH_STR(" and "));
        orch__text_add(out, ORCH_STR("."));
    }
    orch__text_add(out, ORCH_STR("\n\nNo language model is configured here, so that I can only say what the "
                                 "rules of my charter hold, and none of them fits your message."));
}

orch_str orch_prompt_escalation(const orch_charter *charter, orch_str content)
{
    if (!charter->escalation_enabled)
        return ORCH_STR_NONE;
    for (size_t i = 0; i < charter->escalation_triggers.count; i++)
        if (orch_phrase_in(content, charter->escalation_triggers.items[i]))
            return charter->escalation_triggers.items[i];
    return ORCH_STR_NONE;
}
