/* What was said lately, for the context of answers: a ring of lines for each conversation (channel, thread), and the
 * conversations in the order of their last use.
 *
 * Invariants
 *  1. A window holds 1 … ORCH__WINDOW_LINES lines, oldest first, and at most ORCH__WINDOW_BYTES of text unless it is a single line.
 *  2. There are at most ORCH__WINDOWS_MAX windows; `newest` was used last.
 */
#include <stdlib.h>
#include <string.h>

#include "embedded.h"

typedef struct line {
    uint64_t message; /* handle; 0: said by a daemon and not heard as a message of the channel yet */
    orch_user_id author;
    uint32_t hops; /* of what a daemon said, at least 1; 0: heard */
    size_t author_len;
    size_t content_len;
    char text[]; /* author, content */
} line;

typedef struct window {
    uint64_t key;
    struct window *newer;
    struct window *older;
    size_t count;
    size_t bytes;
    line *lines[ORCH__WINDOW_LINES];
} window;

struct orch__windows {
    orch__map by_key;
    window *newest;
    window *oldest;
};

orch__windows *orch__windows_new(void)
{
    return calloc(1, sizeof(orch__windows));
}

static void unlink_window(orch__windows *windows, window *w)
{
    *(w->newer ? &w->newer->older : &windows->newest) = w->older;
    *(w->older ? &w->older->newer : &windows->oldest) = w->newer;
    w->newer = w->older = NULL;
}

static void link_newest(orch__windows *windows, window *w)
{
    w->older = windows->newest;
    if (w->older)
        w->older->newer = w;
    else
        windows->oldest = w;
    windows->newest = w;
}

static void free_window(orch__windows *windows, window *w)
{
    unlink_window(windows, w);
    orch__map_remove(&windows->by_key, w->key);
    for (size_t i = 0; i < w->count; i++)
        free(w->lines[i]);
    free(w);
}

void orch__windows_free(orch__windows *windows)
{
    if (!windows)
        return;
    while (windows->newest)
        free_window(windows, windows->newest);
    orch__map_fini(&windows->by_key);
    free(windows);
}

static uint64_t key_of(uint64_t channel, uint64_t thread)
{
    return orch__handle_pair(channel, thread);
}

static window *open_window(orch__windows *windows, uint64_t channel, uint64_t thread)
{
    uint64_t key = key_of(channel, thread);
    window *w = orch__map_get(&windows->by_key, key);

    if (w) {
        unlink_window(windows, w);
    } else {
        w = calloc(1, sizeof *w);
        if (!w || orch__map_put(&windows->by_key, key, w) != 0) {
            free(w);
            return NULL;
        }
        w->key = key;
        if (windows->by_key.count > ORCH__WINDOWS_MAX)
            free_window(windows, windows->oldest);
    }
    link_newest(windows, w);
    return w;
}

static orch_str str(const char *text)
{
    return (orch_str){text, strlen(text)};
}

static size_t bytes_of(const line *l)
{
    return l->author_len + l->content_len;
}

static void drop_first(window *w)
{
    w->bytes -= bytes_of(w->lines[0]);
    free(w->lines[0]);
    w->count--;
    memmove(&w->lines[0], &w->lines[1], w->count * sizeof(void *));
}

/* Adds a line: `said` gives all but the texts. */
static int add(orch__windows *windows, uint64_t channel, uint64_t thread, const line *said, orch_str author,
               orch_str content)
{
    line *l = malloc(sizeof *l + author.len + content.len);
    window *w = l ? open_window(windows, channel, thread) : NULL;

    if (!w) {
        free(l);
        return ORCH_E_NO_MEMORY;
    }
    *l = *said;
    l->author_len = author.len;
    l->content_len = content.len;
    memcpy(l->text, author.ptr, author.len);
    memcpy(l->text + author.len, content.ptr, content.len);
    while (w->count == ORCH__WINDOW_LINES || (w->count > 0 && w->bytes + bytes_of(l) > ORCH__WINDOW_BYTES))
        drop_first(w);
    w->lines[w->count++] = l;
    w->bytes += bytes_of(l);
    return 0;
}

static window *find(const orch__windows *windows, const orch__heard *heard)
{
    return orch__map_get(&windows->by_key, key_of(heard->channel.v, heard->thread.v));
}

static size_t position(const window *w, uint64_t message)
{
    size_t i = 0;

    while (i < w->count && w->lines[i]->message != message)
        i++;
    return i;
}

/* A daemon's words are remembered when it says them; later the program may hand the same to others as a message. */
static line *find_echo(const window *w, const orch__heard *heard)
{
    for (size_t i = w->count; i > 0; i--) {
        line *l = w->lines[i - 1];

        if (l->message == 0 && l->author.v == heard->author.v &&
            l->content_len == strlen(heard->message.content) &&
            memcmp(l->text + l->author_len, heard->message.content, l->content_len) == 0)
            return l;
    }
    return NULL;
}

int orch__windows_hear(orch__windows *windows, const orch__heard *heard)
{
    const window *w = find(windows, heard);
    line said = {.message = heard->id.v, .author = heard->author};
    line *echo;

    if (w && position(w, heard->id.v) < w->count)
        return 0;
    echo = w ? find_echo(w, heard) : NULL;
    if (echo) {
        echo->message = heard->id.v;
        return 0;
    }
    return add(windows, heard->channel.v, heard->thread.v, &said, str(heard->author_name),
               str(heard->message.content));
}

int orch__windows_say(orch__windows *windows, uint64_t channel, uint64_t thread, const orch__profile *profile,
                      const char *content, uint32_t hops)
{
    line said = {.author = profile->user, .hops = hops};
    const char *name =
        profile->info.user.display_name ? profile->info.user.display_name : profile->info.user.name;

    return add(windows, channel, thread, &said, str(name), str(content));
}

static orch_prompt_message as_prompt(const line *l, orch_user_id own)
{
    return (orch_prompt_message){
        .author = {l->text, l->author_len},
        .content = {l->text + l->author_len, l->content_len},
        .own = l->author.v == own.v,
    };
}

size_t orch__windows_read(const orch__windows *windows, const orch__heard *question, orch_user_id own,
                          orch_prompt_message *out_lines)
{
    const window *w = find(windows, question);
    size_t at = w ? position(w, question->id.v) : 0;
    size_t count = 0;

    for (size_t i = 0; w && i < w->count; i++) {
        const line *l = w->lines[i];
        bool before = i < at && at < w->count;

        if (l->message != question->id.v && (before || l->author.v == own.v))
            out_lines[count++] = as_prompt(l, own);
    }
    out_lines[count++] = (orch_prompt_message){
        .author = str(question->author_name),
        .content = str(question->message.content),
    };
    return count;
}

uint32_t orch__windows_hops(const orch__windows *windows, const orch__heard *heard)
{
    const window *w = find(windows, heard);

    for (size_t i = w ? w->count : 0; i > 0; i--) {
        const line *l = w->lines[i - 1];

        if (l->hops > 0 && l->author.v == heard->author.v)
            return l->hops;
    }
    return 0;
}
