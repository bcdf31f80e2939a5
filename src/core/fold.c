#include "fold.h"

#ifdef ORCH_SMALL
#include "fold_packed.h"
#else
#include "fold_table.h"
#endif

static size_t decode_tail(const unsigned char *at, size_t length, uint32_t code, uint32_t smallest,
                          uint32_t *out_code)
{
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xC0) != 0x80)
            goto invalid;
        code = code << 6 | (at[i] & 0x3Fu);
    }
    if (code < smallest || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
        goto invalid;
    *out_code = code;
    return length;
invalid:
    *out_code = ORCH__INVALID_CHAR;
    return 1;
}

size_t orch__utf8_decode(const char *at, const char *end, uint32_t *out_code)
{
    const unsigned char *bytes = (const unsigned char *)at;
    size_t left = (size_t)(end - at);
    unsigned char first = bytes[0];

    if (first < 0x80) {
        *out_code = first;
        return 1;
    }
    if (first >= 0xC2 && first < 0xE0 && left >= 2)
        return decode_tail(bytes, 2, first & 0x1Fu, 0x80, out_code);
    if (first >= 0xE0 && first < 0xF0 && left >= 3)
        return decode_tail(bytes, 3, first & 0x0Fu, 0x800, out_code);
    if (first >= 0xF0 && first < 0xF5 && left >= 4)
        return decode_tail(bytes, 4, first & 0x07u, 0x10000, out_code);
    *out_code = ORCH__INVALID_CHAR;
    return 1;
}

orch__char_class orch__char_class_of(uint32_t code)
{
    if (code < ORCH__FOLD_LIMIT)
        return (orch__char_class)(orch__fold_record(code) & 15);
    if (code < 0x40000)
        return ORCH__CHAR_SOLO; /* planes 2 and 3 hold Chinese characters only */
    if (code >= 0xE0000 && code < 0xE1000)
        return ORCH__CHAR_IGNORED; /* tags and variation selectors */
    return ORCH__CHAR_OTHER;
}

static size_t encode(uint32_t code, char *out)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xE0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3F));
        out[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code >> 6 & 0x3F));
    out[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}

size_t orch__fold(uint32_t code, char *out)
{
    int32_t record, value;
    uint32_t count;
    size_t length = 0;

    if (code >= ORCH__FOLD_LIMIT)
        return encode(code, out);
    record = orch__fold_record(code);
    count = (uint32_t)record >> 4 & 15;
    value = record >> 8;
    if (count == 1)
        return encode((uint32_t)((int32_t)code + value), out);
    for (uint32_t i = 0; i < count; i++)
        length += encode(orch__fold_sequences[(uint32_t)value + i], out + length);
    return length;
}
