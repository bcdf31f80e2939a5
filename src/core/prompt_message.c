/* The messages of a conversation for a language model: which of them, and how each is worded. */
#include "prompt_text.h"

#define TOKENS_PER_MESSAGE 8 /* what providers add around a message, and our brackets */

/* ---- tokens ------------------------------------------------------------------------------------- */

typedef enum token_class {
    TOKEN_LETTER,
    TOKEN_DIGIT,
    TOKEN_SPACE,
    TOKEN_NEWLINE,
    TOKEN_SIGN,
    TOKEN_BEYOND, /* not ASCII */
} token_class;

static token_class token_class_of(unsigned char byte)
{
    if (byte >= 128)
        return TOKEN_BEYOND;
    if ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z'))
        return TOKEN_LETTER;
    if (byte >= '0' && byte <= '9')
        return TOKEN_DIGIT;
    if (byte == ' ' || byte == '\t' || byte == '\r')
        return TOKEN_SPACE;
    return byte == '\n' ? TOKEN_NEWLINE : TOKEN_SIGN;
}

static bool is_upper(char byte)
{
    return byte >= 'A' && byte <= 'Z';
}

/* Letters: four to a token, more of them in long words; a new one where a capital follows ("parseInteger"). */
static size_t letter_tokens(const char *at, size_t len)
{
    size_t tokens = 0, begin = 0;

    for (size_t i = 1; i <= len; i++) {
        if (i < len && (!is_upper(at[i]) || is_upper(at[i - 1])))
            continue;
        tokens += (i - begin + 3) / 4 + (i - begin > 8);
        begin = i;
    }
    return tokens;
}

/* Letters beyond ASCII: two tokens for three bytes, which is what vocabularies need for scripts that they know badly; emoji
 * and other characters of four bytes may cost one for each byte. */
static size_t beyond_tokens(const char *at, size_t len)
{
    size_t tokens = (len * 2 + 2) / 3;

    for (size_t i = 0; i < len; i++)
        tokens += (unsigned char)at[i] >= 0xF0 ? 2 : 0;
    return tokens;
}

/* A token rarely spans a change of class, but for one space before a word. */
size_t orch_prompt_tokens(orch_str text)
{
    size_t tokens = 0;

    for (size_t i = 0; i < text.len;) {
        token_class kind = token_class_of((unsigned char)text.ptr[i]);
        size_t begin = i, len;

        while (i < text.len && token_class_of((unsigned char)text.ptr[i]) == kind)
            i++;
        len = i - begin;
        if (kind == TOKEN_LETTER)
            tokens += letter_tokens(text.ptr + begin, len);
        else if (kind == TOKEN_BEYOND)
            tokens += beyond_tokens(text.ptr + begin, len);
        else if (kind == TOKEN_SPACE)
            tokens += len > 1 ? 1 + len / 16 : 0;
        else
            tokens += len; /* digits, signs, newlines: each may be one */
    }
    return tokens;
}

size_t orch_prompt_window(const orch_prompt_message *messages, size_t count, size_t tokens_max)
{
    size_t first = count, tokens = 0;

    while (first > 0) {
        const orch_prompt_message *message = &messages[first - 1];

        if (!message->tombstone)
            tokens += TOKENS_PER_MESSAGE + orch_prompt_tokens(message->author) +
                      orch_prompt_tokens(message->content);
        if (tokens > tokens_max && first < count)
            break;
        first--;
    }
    return first;
}

/* ---- wording ------------------------------------------------------------------------------------ */

/* A name cannot close its bracket or begin a line: nobody speaks in another one's name. */
static void add_author(orch_text *out, orch_str author)
{
    author = orch__text_trimmed(author);
    if (author.len == 0)
        author = ORCH_STR("somebody");
    orch__text_add(out, ORCH_STR("["));
    for (size_t i = 0; i < author.len; i++) {
        char byte = author.ptr[i];

        if (byte == '[' || byte == ']' || (unsigned char)byte < 32)
            orch__text_add(out, byte == '[' ? ORCH_STR("(") : byte == ']' ? ORCH_STR(")") : ORCH_STR(" "));
        else
            orch__text_add(out, (orch_str){&author.ptr[i], 1});
    }
    orch__text_add(out, ORCH_STR("] "));
}

/* A later line that begins like an author gets a space before it. */
static void add_content(orch_text *out, orch_str content)
{
    size_t begin = 0;

    for (size_t i = 0; i + 1 < content.len; i++) {
        if (content.ptr[i] != '\n' || content.ptr[i + 1] != '[')
            continue;
        orch__text_add(out, (orch_str){content.ptr + begin, i + 1 - begin});
        orch__text_add(out, ORCH_STR(" "));
        begin = i + 1;
    }
    orch__text_add(out, (orch_str){content.ptr + begin, content.len - begin});
}

void orch_prompt_message_text(const orch_prompt_message *message, orch_text *out)
{
    if (message->tombstone)
        return;
    if (message->own) {
        orch__text_add(out, message->content);
        return;
    }
    add_author(out, message->author);
    add_content(out, message->content);
}
