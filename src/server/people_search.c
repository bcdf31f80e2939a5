#include "people_search.h"

#include <string.h>

#include "orchd/begins.h"

static orch_str text_of(const char *text)
{
    return (orch_str){text ? text : "", text ? strlen(text) : 0};
}

static bool is_of_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (unsigned char)c >= 0x80;
}

/* ---- while it is typed ---- */

/* Of a word that is not the first one. */
static bool later_word_begins(const char *name, orch_str query)
{
    orch_str rest = text_of(name);

    for (size_t i = 1; i < rest.len; i++)
        if (is_of_word(rest.ptr[i]) && !is_of_word(rest.ptr[i - 1]) &&
            orch_begins((orch_str){rest.ptr + i, rest.len - i}, query, NULL))
            return true;
    return false;
}

static bool word_begins(const char *name, orch_str query)
{
    return orch_begins(text_of(name), query, NULL) || later_word_begins(name, query);
}

unsigned orch__people_match(const orch_user *user, orch_str query)
{
    const char *slug = user->orchestrator ? user->orchestrator->slug : NULL;

    if (orch_begins(text_of(orch_user_shown_name(user)), query, NULL))
        return 0;
    if (word_begins(user->name, query) || word_begins(user->display_name, query))
        return 1;
    return word_begins(slug, query) || word_begins(user->email, query) ? 2 : ORCH__NO_MATCH;
}

/* ---- behind an '@' ---- */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* Most names are somebody else's, which the first letter tells. */
static bool may_begin(orch_str text, const char *name)
{
    return name && (lower(name[0]) == lower(text.ptr[0]) || (unsigned char)name[0] >= 0x80 ||
                    (unsigned char)text.ptr[0] >= 0x80);
}

static size_t whole_name(orch_str text, orch_str name)
{
    size_t len = 0;

    if (name.len == 0 || !orch_begins(text, name, &len) || (len < text.len && is_of_word(text.ptr[len])))
        return 0;
    return len;
}

/* The name, or as much of it as stands before `end`. */
static size_t longest_of(orch_str text, const char *name, char end, bool whole)
{
    if (!may_begin(text, name))
        return 0;
    orch_str all = text_of(name);
    const char *cut = memchr(all.ptr, end, all.len);
    size_t len = whole ? whole_name(text, all) : 0;

    if (len == 0 && cut)
        len = whole_name(text, (orch_str){all.ptr, (size_t)(cut - all.ptr)});
    return len;
}

size_t orch__people_named(const orch_user *user, orch_str text)
{
    const size_t lens[] = {
        longest_of(text, user->name, ' ', true),
        longest_of(text, user->display_name, ' ', true),
        longest_of(text, user->email, '@', false),
        user->orchestrator ? longest_of(text, user->orchestrator->slug, '\0', true) : 0,
    };
    size_t longest = 0;

    for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++)
        longest = lens[i] > longest ? lens[i] : longest;
    return longest;
}
