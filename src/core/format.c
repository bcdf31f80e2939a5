#include "format.h"

void orch__format_char(orch__format *out, char c)
{
    if (out->len < out->size)
        out->buffer[out->len] = c;
    out->len++;
}

void orch__format_text(orch__format *out, const char *text)
{
    while (*text)
        orch__format_char(out, *text++);
}

void orch__format_str(orch__format *out, orch_str text)
{
    for (size_t i = 0; i < text.len; i++)
        orch__format_char(out, text.ptr[i]);
}

void orch__format_unsigned(orch__format *out, uint64_t value)
{
    char digits[20];
    size_t count = 0;

    do {
        digits[count++] = (char)('0' + (int)(value % 10));
        value /= 10;
    } while (value);
    while (count)
        orch__format_char(out, digits[--count]);
}

void orch__format_signed(orch__format *out, int64_t value)
{
    if (value < 0)
        orch__format_char(out, '-');
    orch__format_unsigned(out, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void orch__format_field(orch__format *out, const char *key, int64_t value)
{
    orch__format_char(out, ' ');
    orch__format_text(out, key);
    orch__format_char(out, '=');
    orch__format_signed(out, value);
}

size_t orch__format_end(orch__format *out)
{
    if (out->size)
        out->buffer[out->len < out->size ? out->len : out->size - 1] = '\0';
    return out->len;
}
