/* The lexer's buffer grows while a token is read and keeps its size for the next ones. So a value is read as the second entry of
 * an array whose first entry is a text as long as the longest token: while that one is read any byte may be lost, and the
 * supply of further ones ends at once. Behind it nothing grows any more.
 */
#include "json_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "orchd/assert.h"

#define LEXER_FIRST 16 /* bytes of the lexer's buffer, its final NUL included; it grows by doubling */

typedef struct part {
    const char *ptr; /* NULL: `len` times the same letter */
    size_t len;
} part;

#define PARTS 5

typedef struct supply {
    part parts[PARTS];
    size_t at;
} supply;

/* The length of the longest piece that the lexer takes in one, without its last byte. */
static size_t longest_token(orch_str text)
{
    size_t longest = 0, begin = 0;
    bool quoted = false;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if (quoted && c == '\\') {
            i++;
        } else if (c == '"' || (!quoted && strchr(",:[]{} \t\r\n", c))) {
            longest = i - begin > longest ? i - begin : longest;
            begin = i;
            quoted = quoted != (c == '"');
        }
    }
    return text.len - begin > longest ? text.len - begin : longest;
}

/* What jansson asks for more. */
static size_t give(void *buffer, size_t size, void *user)
{
    supply *from = user;

    if (errno == ENOMEM) /* no number was read since: it stands */
        return (size_t)-1;
    for (; from->at < PARTS; from->at++) {
        part *next = &from->parts[from->at];
        size_t count = next->len < size ? next->len : size;

        if (count == 0)
            continue;
        if (next->ptr) {
            memcpy(buffer, next->ptr, count);
            next->ptr += count;
        } else {
            memset(buffer, 'x', count);
        }
        next->len -= count;
        return count;
    }
    return 0;
}

static void say(json_error_t *where, const char *words)
{
    snprintf(where->text, sizeof(where->text) - 1, "%s", words); /* the last byte is jansson's code */
}

/* Of the place in the array that of the value. */
static void correct(json_error_t *where, size_t before, size_t len)
{
    where->line--;
    where->position -= (int)before;
    if (where->position <= (int)len)
        return;
    /* Only our own bracket was not expected, or did not come any more. */
    say(where,
        strncmp(where->text, "end of file", 11) == 0 ? "it goes on after its end" : "it ends too early");
}

/* Takes `array`. NULL: it is not the array that we began and ended. */
static json_t *second_entry(json_t *array, size_t flags, json_error_t *where)
{
    json_t *value = json_array_size(array) == 2 ? json_incref(json_array_get(array, 1)) : NULL;

    if (array)
        where->line = where->column = 1;
    if (array && !value) {
        say(where, "it is more than one value, or none");
    } else if (value && !(flags & JSON_DECODE_ANY) && !json_is_object(value) && !json_is_array(value)) {
        say(where, "'[' or '{' expected");
        json_decref(value);
        value = NULL;
    }
    json_decref(array);
    return value;
}

/* Whether the closing quote would be the byte for which the buffer grows. */
static bool grows_last(size_t letters)
{
    size_t whole = letters + 2;

    return (whole & (whole - 1)) == 0;
}

static json_t *load_with_room(orch_str text, size_t flags, size_t letters, json_error_t *where)
{
    supply from = {.parts = {{"[\"", 2}, {NULL, letters}, {"\",\n", 3}, {text.ptr, text.len}, {"]", 1}}};
    json_t *array = json_load_callback(give, &from, flags & ~(size_t)JSON_DECODE_ANY, where);

    if (!array)
        correct(where, letters + 5, text.len);
    return second_entry(array, flags, where);
}

int orch_json_read(orch_str text, size_t flags, json_t **out_value, json_error_t *out_where)
{
    json_error_t unread;
    json_error_t *where = out_where ? out_where : &unread;
    size_t longest = longest_token(text);
    json_t *value;
    int error;

    ORCH_ASSERT(!(flags & JSON_DISABLE_EOF_CHECK));
    errno = 0;
    if (longest + 2 < LEXER_FIRST)
        value = json_loadb(text.len > 0 ? text.ptr : "", text.len, flags, where);
    else
        value = load_with_room(text, flags, grows_last(longest) ? longest + 1 : longest, where);
    if (value && errno != ENOMEM) {
        *out_value = value;
        return 0;
    }
    error = errno == ENOMEM ? ORCH_E_NO_MEMORY : ORCH_E_INVALID;
    json_decref(value);
    return error;
}

int orch_json_write(const json_t *value, size_t flags, char **out_text)
{
    char *text;

    errno = 0;
    text = value ? json_dumps(value, flags) : NULL;
    if (!text || errno == ENOMEM) {
        free(text);
        return ORCH_E_NO_MEMORY;
    }
    *out_text = text;
    return 0;
}
