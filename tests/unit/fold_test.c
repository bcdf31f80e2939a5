/* UTF-8, classes and folding: borders, examples of every kind, and that folding twice is folding once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fold.h"

static size_t encode(uint32_t code, char *out)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0 | code >> 6);
        out[1] = (char)(0x80 | (code & 63));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xE0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 63));
        out[2] = (char)(0x80 | (code & 63));
        return 3;
    }
    out[0] = (char)(0xF0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 63));
    out[2] = (char)(0x80 | (code >> 6 & 63));
    out[3] = (char)(0x80 | (code & 63));
    return 4;
}

static void test_every_code_point_decodes(void **state)
{
    (void)state;
    for (uint32_t code = 0; code <= 0x10FFFF; code++) {
        char bytes[4];
        size_t length = encode(code, bytes), found_length;
        uint32_t found;

        found_length = orch__utf8_decode(bytes, bytes + length, &found);
        if (code >= 0xD800 && code <= 0xDFFF) {
            assert_int_equal(found, ORCH__INVALID_CHAR);
            assert_int_equal(found_length, 1);
            continue;
        }
        assert_int_equal(found, code);
        assert_int_equal(found_length, length);
        if (length > 1) {
            assert_int_equal(orch__utf8_decode(bytes, bytes + length - 1, &found), 1);
            assert_int_equal(found, ORCH__INVALID_CHAR);
        }
    }
}

static void test_invalid(void **state)
{
    static const char *const rows[] = {"\x80",
                                       "\xBF",
                                       "\xC0\x80",
                                       "\xC1\xBF",
                                       "\xE0\x9F\xBF",
                                       "\xF0\x8F\xBF\xBF",
                                       "\xF4\x90\x80\x80",
                                       "\xF8\x88\x80\x80\x80",
                                       "\xFE",
                                       "\xFF",
                                       "\xC3\x28",
                                       "\xE2\x28\xA1",
                                       "\xE2\x82\x28",
                                       "\xF0\x28\x8C\xBC"};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t code;

        assert_int_equal(orch__utf8_decode(rows[i], rows[i] + strlen(rows[i]), &code), 1);
        assert_int_equal(code, ORCH__INVALID_CHAR);
    }
}

static void test_classes(void **state)
{
    static const struct {
        uint32_t code;
        orch__char_class kind;
    } rows[] = {
        {'a', ORCH__CHAR_WORD},
        {'Z', ORCH__CHAR_WORD},
        {'0', ORCH__CHAR_WORD},
        {'_', ORCH__CHAR_OTHER},
        {' ', ORCH__CHAR_SPACE},
        {'\n', ORCH__CHAR_SPACE},
        {0, ORCH__CHAR_OTHER},
        {'@', ORCH__CHAR_OTHER},
        {0xA0, ORCH__CHAR_SPACE},
        {0xAD, ORCH__CHAR_IGNORED},
        {0xDF, ORCH__CHAR_WORD},
        {0x301, ORCH__CHAR_MARK},
        {0x416, ORCH__CHAR_WORD},
        {0x5D0, ORCH__CHAR_WORD},
        {0x627, ORCH__CHAR_WORD},
        {0x661, ORCH__CHAR_WORD},
        {0x915, ORCH__CHAR_WORD},
        {0xE01, ORCH__CHAR_SOLO},
        {0xE31, ORCH__CHAR_MARK},
        {0x1780, ORCH__CHAR_SOLO},
        {0x200B, ORCH__CHAR_SPACE},
        {0x200D, ORCH__CHAR_IGNORED},
        {0x2014, ORCH__CHAR_OTHER},
        {0x3000, ORCH__CHAR_SPACE},
        {0x3005, ORCH__CHAR_SOLO},
        {0x3042, ORCH__CHAR_SOLO},
        {0x30A2, ORCH__CHAR_SOLO},
        {0x30FC, ORCH__CHAR_SOLO},
        {0x4E00, ORCH__CHAR_SOLO},
        {0x9FFF, ORCH__CHAR_SOLO},
        {0xAC00, ORCH__CHAR_SOLO},
        {0xD7A3, ORCH__CHAR_SOLO},
        {0xFE0F, ORCH__CHAR_IGNORED},
        {0xFF21, ORCH__CHAR_WORD},
        {0xFFFD, ORCH__CHAR_OTHER},
        {0x1F600, ORCH__CHAR_OTHER},
        {0x1F3FD, ORCH__CHAR_MARK},
        {0x1D400, ORCH__CHAR_WORD},
        {0x20000, ORCH__CHAR_SOLO},
        {0x31350, ORCH__CHAR_SOLO},
        {0xE0100, ORCH__CHAR_IGNORED},
        {0x10FFFF, ORCH__CHAR_OTHER},
        {ORCH__INVALID_CHAR, ORCH__CHAR_OTHER},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(orch__char_class_of(rows[i].code), rows[i].kind);
}

static void test_foldings(void **state)
{
    static const struct {
        uint32_t code;
        const char *folded;
    } rows[] = {
        {'A', "a"},
        {'z', "z"},
        {0xC4, "ä"},
        {0xDF, "ss"},
        {0x1E9E, "ss"},
        {0x130, "i\xCC\x87"},
        {0x131, "ı"},
        {0x149, "ʼn"},
        {0x1F0, "j\xCC\x8C"},
        {0x345, "ι"},
        {0x390, "\xCE\xB9\xCC\x88\xCC\x81"},
        {0x3A3, "σ"},
        {0x3C2, "σ"},
        {0x416, "ж"},
        {0x587, "եւ"},
        {0x13A0, "Ꭰ"},
        {0xAB70, "Ꭰ"},
        {0x1C90, "ა"},
        {0x1E96, "h\xCC\xB1"},
        {0x1FB3, "αι"},
        {0x1FB7, "\xCE\xB1\xCD\x82\xCE\xB9"},
        {0x212A, "k"},
        {0x2126, "ω"},
        {0xFB03, "ffi"},
        {0xFB13, "մն"},
        {0xFF21, "ａ"},
        {0x10400, "𐐨"},
        {0x1E900, "𞤢"},
        {0x4E00, "一"},
        {0x2019, "'"},
        {0xFF20, "@"},
        {0x2011, "-"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char bytes[ORCH__FOLD_BYTES_MAX + 1];

        bytes[orch__fold(rows[i].code, bytes)] = '\0';
        assert_string_equal(bytes, rows[i].folded);
    }
}

static void test_folding_twice_is_folding_once(void **state)
{
    (void)state;
    for (uint32_t code = 0; code <= 0x10FFFF; code++) {
        char once[ORCH__FOLD_BYTES_MAX], twice[ORCH__FOLD_BYTES_MAX * ORCH__FOLD_BYTES_MAX];
        size_t once_len, twice_len = 0;

        if (code >= 0xD800 && code <= 0xDFFF)
            continue;
        once_len = orch__fold(code, once);
        assert_in_range(once_len, 1, ORCH__FOLD_BYTES_MAX);
        for (size_t at = 0; at < once_len;) {
            uint32_t part;

            at += orch__utf8_decode(once + at, once + once_len, &part);
            assert_int_not_equal(part, ORCH__INVALID_CHAR);
            twice_len += orch__fold(part, twice + twice_len);
        }
        assert_int_equal(twice_len, once_len);
        assert_memory_equal(twice, once, once_len);
    }
}

/* The table and the packed one (fold_packed.h), for which this file is compiled again, say the same of each code point. */
static void test_of_all(void **state)
{
    uint64_t hash = 14695981039346656037u;

    (void)state;
    for (uint32_t code = 0; code < 0x110000; code++) {
        char bytes[ORCH__FOLD_BYTES_MAX];
        size_t length = orch__fold(code, bytes);

        hash = (hash ^ orch__char_class_of(code)) * 1099511628211u;
        for (size_t i = 0; i < length; i++)
            hash = (hash ^ (unsigned char)bytes[i]) * 1099511628211u;
    }
    assert_int_equal(hash, 0xd46027c65ffe953cu);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_code_point_decodes),
        cmocka_unit_test(test_invalid),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_foldings),
        cmocka_unit_test(test_folding_twice_is_folding_once),
        cmocka_unit_test(test_of_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
