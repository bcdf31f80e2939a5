/* The messages of a chat completion as OpenAI's API has them (Chat Completions, late 2026), read into those of a prompt.
 *
 * `content` is a text, or an array of {type: "text", text}, whose texts are lines. What `system` and `developer` say is added to
 * the charter's prompt; `name` says who of several users speaks.
 */
#ifndef ORCHD_SERVER_CHAT_INPUT_H
#define ORCHD_SERVER_CHAT_INPUT_H

#include <jansson.h>

#include "orchd/prompt.h"
#include "workspace.h"

#define ORCH__CHAT_MESSAGES_MAX 256
#define ORCH__CHAT_NAME_MAX     200 /* bytes of a `name` */

typedef struct orch__chat {
    orch_prompt_message *messages; /* one block, the texts behind them */
    size_t count;
    orch_str addition; /* of the system's messages, a paragraph each */
} orch__chat;

/* `author` is who speaks where no name is given; it must live as long as the chat. ORCH_E_INVALID: `problem` names the part
 * ("messages[2].content"). ORCH_E_NO_MEMORY. */
ORCH_MUST_USE int orch__chat_read(const json_t *messages, const char *author, orch__chat *out_chat,
                                  orch_problem *problem);
void orch__chat_free(orch__chat *chat);

#endif
