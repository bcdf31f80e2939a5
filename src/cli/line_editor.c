/* Invariants
 *  1. `cursor` <= `len` < ORCH_LINE_MAX, and `cursor` is at the start of a character.
 *  2. While `shown`, the terminal's cursor is on the input line; hide and show keep count by that flag alone.
 *  3. The line is never wrapped: what does not fit is scrolled sideways, so that taking it away is one "erase line".
 */
#include "line_editor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "terminal.h"

struct orch__line_editor {
    void (*line)(orch_str text, void *user);
    void (*end)(void *user);
    void *user;
    bool terminal;
    bool shown;
    struct termios before;
    char prompt[128];
    char text[ORCH_LINE_MAX];
    size_t len;
    size_t cursor;
    char *history[ORCH_HISTORY_MAX];
    size_t history_count;
    size_t history_at; /* == history_count: the line being written */
    char escape[16];   /* of a sequence that has not ended */
    size_t escape_len;
};

orch__line_editor *orch__line_editor_new(void (*line)(orch_str text, void *user), void (*end)(void *user),
                                         void *user)
{
    orch__line_editor *editor = calloc(1, sizeof(*editor));
    struct termios raw;

    if (!editor)
        return NULL;
    editor->line = line;
    editor->end = end;
    editor->user = user;
    editor->terminal =
        isatty(STDIN_FILENO) && orch__terminal() && tcgetattr(STDIN_FILENO, &editor->before) == 0;
    if (!editor->terminal)
        return editor;
    raw = editor->before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
    raw.c_iflag &= ~(tcflag_t)(IXON | ICRNL);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
    return editor;
}

void orch__line_editor_free(orch__line_editor *editor)
{
    if (!editor)
        return;
    orch__line_editor_hide(editor);
    if (editor->terminal)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &editor->before);
    for (size_t i = 0; i < editor->history_count; i++)
        free(editor->history[i]);
    free(editor);
}

void orch__line_editor_prompt(orch__line_editor *editor, const char *prompt)
{
    snprintf(editor->prompt, sizeof(editor->prompt), "%s", prompt);
}

/* ---- drawing ---- */

static orch_str slice(const char *from, const char *to)
{
    return (orch_str){from, (size_t)(to - from)};
}

/* Draws the line with the part around the cursor visible. */
static void draw(orch__line_editor *editor)
{
    unsigned columns, rows, room, prompt_width, before;
    size_t from = 0, shown;

    orch__terminal_size(&columns, &rows);
    prompt_width = orch__text_width((orch_str){editor->prompt, strlen(editor->prompt)});
    room = columns > prompt_width + 2 ? columns - prompt_width - 1 : 10;
    while (orch__text_width(slice(editor->text + from, editor->text + editor->cursor)) >= room)
        from += orch__text_fit(slice(editor->text + from, editor->text + editor->len), 1) ?: 1;
    shown = orch__text_fit(slice(editor->text + from, editor->text + editor->len), room);
    before = prompt_width + orch__text_width(slice(editor->text + from, editor->text + editor->cursor));
    printf("\r\033[K%s%s%s%.*s\r", orch__style_text(ORCH__STYLE_BOLD), editor->prompt,
           orch__style_text(ORCH__STYLE_PLAIN), (int)shown, editor->text + from);
    if (before > 0)
        printf("\033[%uC", before);
    fflush(stdout);
}

void orch__line_editor_hide(orch__line_editor *editor)
{
    if (editor->terminal && editor->shown)
        fputs("\r\033[K", stdout);
    editor->shown = false;
}

void orch__line_editor_show(orch__line_editor *editor)
{
    editor->shown = true;
    if (editor->terminal)
        draw(editor);
    else
        fflush(stdout);
}

/* ---- editing ---- */

static size_t previous(const orch__line_editor *editor, size_t at)
{
    do
        at--;
    while (at > 0 && ((unsigned char)editor->text[at] & 0xC0) == 0x80);
    return at;
}

static size_t next(const orch__line_editor *editor, size_t at)
{
    do
        at++;
    while (at < editor->len && ((unsigned char)editor->text[at] & 0xC0) == 0x80);
    return at;
}

static void erase(orch__line_editor *editor, size_t from, size_t to)
{
    memmove(editor->text + from, editor->text + to, editor->len - to);
    editor->len -= to - from;
    editor->cursor = from;
}

static void insert(orch__line_editor *editor, char byte)
{
    if (editor->len + 1 >= ORCH_LINE_MAX)
        return;
    memmove(editor->text + editor->cursor + 1, editor->text + editor->cursor, editor->len - editor->cursor);
    editor->text[editor->cursor++] = byte;
    editor->len++;
}

static void replace(orch__line_editor *editor, const char *text)
{
    editor->len = strlen(text);
    memcpy(editor->text, text, editor->len);
    editor->cursor = editor->len;
}

static void browse(orch__line_editor *editor, int step)
{
    if ((step < 0 && editor->history_at == 0) || (step > 0 && editor->history_at >= editor->history_count))
        return;
    editor->history_at = (size_t)((long)editor->history_at + step);
    replace(editor, editor->history_at < editor->history_count ? editor->history[editor->history_at] : "");
}

static void remember(orch__line_editor *editor)
{
    char *copy = strndup(editor->text, editor->len);

    if (!copy)
        return;
    if (editor->history_count == ORCH_HISTORY_MAX) {
        free(editor->history[0]);
        memmove(editor->history, editor->history + 1, (ORCH_HISTORY_MAX - 1) * sizeof(editor->history[0]));
        editor->history_count--;
    }
    editor->history[editor->history_count++] = copy;
}

static void finish_line(orch__line_editor *editor)
{
    char text[ORCH_LINE_MAX];
    size_t len = editor->len;

    memcpy(text, editor->text, len);
    if (len > 0)
        remember(editor);
    editor->history_at = editor->history_count;
    editor->len = editor->cursor = 0;
    orch__line_editor_hide(editor);
    editor->line((orch_str){text, len}, editor->user);
    orch__line_editor_show(editor);
}

static void delete_word(orch__line_editor *editor)
{
    size_t from = editor->cursor;

    while (from > 0 && editor->text[from - 1] == ' ')
        from--;
    while (from > 0 && editor->text[from - 1] != ' ')
        from--;
    erase(editor, from, editor->cursor);
}

/* A whole escape sequence; true when it was one that ended. */
static bool escape_sequence(orch__line_editor *editor)
{
    char last = editor->escape[editor->escape_len - 1];

    if (editor->escape_len < 2 || (editor->escape_len == 2 && (last == '[' || last == 'O')))
        return false;
    if (editor->escape_len < sizeof(editor->escape) && (last < '@' || last > '~'))
        return false;
    if (last == 'A' || last == 'B')
        browse(editor, last == 'A' ? -1 : 1);
    else if (last == 'D' && editor->cursor > 0)
        editor->cursor = previous(editor, editor->cursor);
    else if (last == 'C' && editor->cursor < editor->len)
        editor->cursor = next(editor, editor->cursor);
    else if (last == 'H' || (last == '~' && editor->escape[2] == '1'))
        editor->cursor = 0;
    else if (last == 'F' || (last == '~' && editor->escape[2] == '4'))
        editor->cursor = editor->len;
    else if (last == '~' && editor->escape[2] == '3' && editor->cursor < editor->len)
        erase(editor, editor->cursor, next(editor, editor->cursor));
    return true;
}

/* A key that is no text. False: the input ends. */
static bool control(orch__line_editor *editor, char key)
{
    switch (key) {
    case '\r':
    case '\n':
        finish_line(editor);
        return true;
    case 3: /* Ctrl-C */
        return false;
    case 4: /* Ctrl-D: on an empty line the end of input */
        return editor->len > 0;
    case 1: /* Ctrl-A */
        editor->cursor = 0;
        return true;
    case 5: /* Ctrl-E */
        editor->cursor = editor->len;
        return true;
    case 11: /* Ctrl-K */
        editor->len = editor->cursor;
        return true;
    case 21: /* Ctrl-U */
        erase(editor, 0, editor->cursor);
        return true;
    case 23: /* Ctrl-W */
        delete_word(editor);
        return true;
    case 8:
    case 127:
        if (editor->cursor > 0)
            erase(editor, previous(editor, editor->cursor), editor->cursor);
        return true;
    default:
        return true;
    }
}

/* False: the input ends. */
static bool feed_terminal(orch__line_editor *editor, char byte)
{
    if (editor->escape_len > 0) {
        editor->escape[editor->escape_len++] = byte;
        if (escape_sequence(editor) || editor->escape_len == sizeof(editor->escape))
            editor->escape_len = 0;
        return true;
    }
    if (byte == 27) {
        editor->escape[0] = byte;
        editor->escape_len = 1;
        return true;
    }
    if ((unsigned char)byte < 32 || byte == 127)
        return control(editor, byte);
    insert(editor, byte);
    return true;
}

static void feed_plain(orch__line_editor *editor, char byte)
{
    if (byte != '\n') {
        insert(editor, byte);
        return;
    }
    editor->line((orch_str){editor->text, editor->len}, editor->user);
    editor->len = editor->cursor = 0;
}

void orch__line_editor_feed(orch__line_editor *editor, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (!editor->terminal) {
            feed_plain(editor, bytes[i]);
        } else if (!feed_terminal(editor, bytes[i])) {
            editor->end(editor->user);
            return;
        }
    }
    if (editor->terminal && editor->shown)
        draw(editor);
}
