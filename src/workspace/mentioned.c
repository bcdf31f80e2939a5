#include "mentioned.h"

#include <stdio.h>
#include <string.h>

#include "text.h"

#define NAMES 3

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Letters and digits, and whatever is not ASCII. */
static bool is_of_word(char c)
{
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || c == '_' ||
           (unsigned char)c >= 0x80;
}

static orch_str local_part(orch_str email)
{
    const char *at = memchr(email.ptr, '@', email.len);

    return (orch_str){email.ptr, at ? (size_t)(at - email.ptr) : email.len};
}

static void names_of(const orch_user *user, orch_str out_names[NAMES])
{
    out_names[0] = orch__text_of(user->name);
    out_names[1] = orch__text_of(user->display_name);
    out_names[2] = local_part(orch__text_of(user->email));
}

static orch_str first_word(orch_str name)
{
    const char *space = name.len > 0 ? memchr(name.ptr, ' ', name.len) : NULL;

    return (orch_str){name.ptr, space ? (size_t)(space - name.ptr) : name.len};
}

static bool stands_at(orch_str text, orch_str name)
{
    if (name.len == 0 || text.len < name.len)
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (lower(text.ptr[i]) != lower(name.ptr[i]))
            return false;
    return text.len == name.len || !is_of_word(text.ptr[name.len]);
}

bool orch__mentions_person(orch_str content, const orch_user *user)
{
    orch_str names[NAMES];

    names_of(user, names);
    for (size_t i = 0; i < content.len; i++) {
        orch_str rest = {content.ptr + i + 1, content.len - i - 1};

        if (content.ptr[i] != '@' || (i > 0 && is_of_word(content.ptr[i - 1])))
            continue;
        for (size_t n = 0; n < NAMES; n++)
            if (stands_at(rest, names[n]) || stands_at(rest, first_word(names[n])))
                return true;
    }
    return false;
}

/* A name with letters that a database folds in its own way is looked for in every message with an '@'. */
static void write_pattern(orch_str name, char *out, size_t size)
{
    size_t len = (size_t)snprintf(out, size, "%%@");

    for (size_t i = 0; i < name.len; i++) {
        if ((unsigned char)name.ptr[i] >= 0x80 || len + 4 > size) {
            snprintf(out, size, "%%@%%");
            return;
        }
        if (name.ptr[i] == '%' || name.ptr[i] == '_' || name.ptr[i] == '\\')
            out[len++] = '\\';
        out[len++] = lower(name.ptr[i]);
    }
    snprintf(out + len, size - len, "%%");
}

/* A whole name begins with its first word. */
void orch__mention_patterns(const orch_user *user,
                            char out_patterns[ORCH__MENTION_PATTERNS][ORCH__PATTERN_MAX])
{
    orch_str names[NAMES];

    names_of(user, names);
    for (size_t i = 0; i < NAMES; i++) {
        orch_str name = names[i].len > 0 ? names[i] : names[NAMES - 1];

        write_pattern(first_word(name), out_patterns[i], ORCH__PATTERN_MAX);
    }
}
