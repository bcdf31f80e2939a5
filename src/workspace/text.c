#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int orch__problem(orch_problem *problem, int error, const char *field, const char *format, ...)
{
    va_list arguments;

    if (!problem)
        return error;
    problem->error = error;
    snprintf(problem->field, sizeof problem->field, "%s", field);
    va_start(arguments, format);
    vsnprintf(problem->message, sizeof problem->message, format, arguments);
    va_end(arguments);
    return error;
}

orch_str orch__text_of(const char *terminated)
{
    return terminated ? (orch_str){terminated, strlen(terminated)} : ORCH_STR_NONE;
}

bool orch__text_equal(orch_str left, orch_str right)
{
    return left.len == right.len && (left.len == 0 || memcmp(left.ptr, right.ptr, left.len) == 0);
}

/* The next code point and its length; 0 for what is not well-formed (Unicode 15, table 3-7). */
static size_t decode(const unsigned char *text, size_t len, uint32_t *out_point)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t size = text[0] < 0x80 ? 1 : text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;
    uint32_t point = size == 1 ? text[0] : text[0] & (0xffu >> (size + 1));

    if ((text[0] >= 0x80 && text[0] < 0xc2) || text[0] > 0xf4 || size > len)
        return 0;
    for (size_t i = 1; i < size; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        point = point << 6 | (text[i] & 0x3f);
    }
    if (point < least[size] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
        return 0;
    *out_point = point;
    return size;
}

bool orch__text_valid(orch_str text)
{
    const unsigned char *bytes = (const unsigned char *)text.ptr;
    uint32_t point;

    for (size_t i = 0; i < text.len;) {
        size_t size = bytes[i] - 1u < 0x7f ? 1 : decode(bytes + i, text.len - i, &point);

        if (size == 0 || bytes[i] == 0)
            return false;
        i += size;
    }
    return true;
}

static bool is_blank(uint32_t point)
{
    return point <= ' ' || point == 0x7f || point == 0x85 || point == 0xa0 || point == 0x1680 ||
           (point >= 0x2000 && point <= 0x200f) || (point >= 0x2028 && point <= 0x202f) ||
           (point >= 0x205f && point <= 0x2064) || point == 0x3000 || point == 0xfeff;
}

bool orch__text_blank(orch_str text)
{
    const unsigned char *bytes = (const unsigned char *)text.ptr;
    uint32_t point;

    for (size_t i = 0; i < text.len;) {
        size_t size = decode(bytes + i, text.len - i, &point);

        if (size == 0 || !is_blank(point))
            return false;
        i += size;
    }
    return true;
}

static bool has_control(orch_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < ' ' || text.ptr[i] == 0x7f)
            return true;
    return false;
}

int orch__check_name(orch_problem *problem, const char *field, orch_str name, size_t max)
{
    if (name.len == 0 || orch__text_blank(name))
        return orch__problem(problem, ORCH_E_INVALID, field, "%s is empty; 1 to %zu bytes are allowed", field,
                             max);
    if (name.len > max)
        return orch__problem(problem, ORCH_E_TOO_LARGE, field, "%s has %zu bytes; 1 to %zu are allowed",
                             field, name.len, max);
    if (!orch__text_valid(name) || has_control(name))
        return orch__problem(problem, ORCH_E_INVALID, field,
                             "%s must be valid UTF-8 on one line, without control characters", field);
    return 0;
}

int orch__check_email(orch_problem *problem, orch_str email)
{
    const char *at = email.len ? memchr(email.ptr, '@', email.len) : NULL;
    size_t local = at ? (size_t)(at - email.ptr) : 0;
    bool fits = at && local > 0 && local + 1 < email.len && email.len <= ORCH_EMAIL_MAX &&
                !memchr(at + 1, '@', email.len - local - 1) && orch__text_valid(email) &&
                !has_control(email) && !memchr(email.ptr, ' ', email.len);

    if (fits)
        return 0;
    return orch__problem(problem, ORCH_E_INVALID, "email",
                         "\"%.*s\" is no e-mail address; name@example.com with at most %d bytes is allowed",
                         (int)(email.len > 80 ? 80 : email.len), email.ptr ? email.ptr : "", ORCH_EMAIL_MAX);
}

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte + 32) : byte;
}

void orch__text_lower(orch_str text, char *out, size_t size)
{
    size_t len = text.len < size ? text.len : size - 1;

    for (size_t i = 0; i < len; i++)
        out[i] = lower(text.ptr[i]);
    out[len] = '\0';
}

static bool stays(unsigned char byte)
{
    return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z');
}

/* Bytes of the character that begins with `byte`. */
static size_t character_len(unsigned char byte)
{
    if (byte < 0xc0)
        return 1;
    return byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
}

void orch__slug(orch_str name, char out_slug[ORCH__SLUG_MAX])
{
    size_t len = 0;
    size_t room = ORCH__SLUG_MAX - 8; /* the rest is for a number */

    for (size_t i = 0; i < name.len; i++) {
        char byte = lower(name.ptr[i]);

        if (len + character_len((unsigned char)byte) > room)
            break;
        if (stays((unsigned char)byte))
            out_slug[len++] = byte;
        else if (len > 0 && out_slug[len - 1] != '-')
            out_slug[len++] = '-';
    }
    if (len > 0 && out_slug[len - 1] == '-')
        len--;
    if (len == 0)
        out_slug[len++] = 'x';
    out_slug[len] = '\0';
}

void orch__slug_numbered(const char *slug, unsigned number, char out_slug[ORCH__SLUG_MAX])
{
    snprintf(out_slug, ORCH__SLUG_MAX, "%s-%u", slug, number);
}
