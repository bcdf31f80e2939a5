#include "chat_text.h"

#include <stdio.h>
#include <string.h>

#include "terminal.h"

#define INDENT  2 /* of the lines after the first */
#define TAB     4
#define IS_WIDE 2 /* columns: of a script without spaces, broken anywhere */

void orch__chat_text_begin(orch__chat_text *text, unsigned column)
{
    *text = (orch__chat_text){.column = column, .indented = true};
}

static void end_line(orch__chat_text *text)
{
    putchar('\n');
    text->column = text->spaces = 0;
    text->indented = false;
}

static void put_word(orch__chat_text *text)
{
    unsigned width = orch__text_width((orch_str){text->word, text->len});
    unsigned columns, rows;

    orch__terminal_size(&columns, &rows);
    if (text->column > INDENT && text->column + text->spaces + width >= columns)
        end_line(text);
    if (!text->indented)
        text->spaces += INDENT;
    printf("%*s%.*s", (int)text->spaces, "", (int)text->len, text->word);
    text->column += text->spaces + width;
    if (text->column > columns) /* a word of more than a line: the terminal breaks it */
        text->column = (text->column - 1) % columns + 1;
    text->indented = true;
    text->spaces = 0;
    text->len = 0;
}

void orch__chat_text_end(orch__chat_text *text)
{
    if (text->len > 0)
        put_word(text);
}

/* Bytes of the character at `at`, in UTF-8. */
static size_t character(const char *at)
{
    unsigned char first = (unsigned char)*at;

    return strnlen(at, first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4);
}

static bool steers(const char *at)
{
    unsigned char byte = (unsigned char)*at;

    return byte < 32 || byte == 127 || (byte == 0xC2 && (unsigned char)at[1] < 0xA0);
}

static void add(orch__chat_text *text, const char *at, size_t len)
{
    bool wide = orch__text_width((orch_str){at, len}) == IS_WIDE;

    if (wide || text->len + len > sizeof(text->word))
        orch__chat_text_end(text);
    memcpy(text->word + text->len, at, len);
    text->len += len;
    if (wide)
        put_word(text);
}

static void put_wrapped(orch__chat_text *text, const char *piece)
{
    size_t len;

    for (const char *at = piece; *at; at += len) {
        len = character(at);
        if (*at == ' ' || *at == '\t' || *at == '\n')
            orch__chat_text_end(text);
        if (*at == '\n')
            end_line(text);
        else if (*at == ' ' || *at == '\t')
            text->spaces += *at == ' ' ? 1 : TAB;
        else if (!steers(at))
            add(text, at, len);
    }
}

/* For a file or another program. */
static void put_plain(const char *piece)
{
    size_t len;

    for (const char *at = piece; *at; at += len) {
        len = character(at);
        if (*at == '\n')
            fputs(at[1] == '\n' ? "\n" : "\n  ", stdout); /* an empty line has no indent */
        else if (*at == '\t' || !steers(at))
            fwrite(at, 1, len, stdout);
    }
}

void orch__chat_text_put(orch__chat_text *text, const char *piece)
{
    if (orch__terminal())
        put_wrapped(text, piece);
    else
        put_plain(piece);
}
