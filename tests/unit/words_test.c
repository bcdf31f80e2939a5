/* The word scanner, row by row: what stands in a text, written as it is read.
 *
 *     hi       TEXT            [hi]    BREAK, nothing in it
 *     <a@b.c>  MAIL            @hi     addressed
 *     {小}     SOLO            '!'     SIGN
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "words.h"

typedef struct row {
    const char *text;
    const char *words;
} row;

static void describe(orch_str text, unsigned flags, char *out, size_t size)
{
    char buffer[1024];
    orch__words words;
    orch__word word;
    size_t len = 0;

    out[0] = '\0';
    orch__words_init(&words, text, flags);
    while (orch__words_next(&words, buffer, sizeof buffer, &word)) {
        static const char *const marks[] = {"%s%.*s", "%s{%.*s}", "%s<%.*s>", "%s'%.*s'", "%s[]"};

        if (len)
            len += (size_t)snprintf(out + len, size - len, "%s",
                                    buffer[0] == ' ' && word.prefix_len ? " " : "·");
        assert_true(word.len <= sizeof buffer);
        assert_true(word.prefix_len <= word.len);
        len += (size_t)snprintf(out + len, size - len, marks[word.kind], word.addressed ? "@" : "",
                                (int)(word.len - word.prefix_len), buffer + word.prefix_len);
        assert_true(len < size);
    }
    assert_ptr_equal(words.at, words.end);
}

static void check(const row *rows, size_t count, unsigned flags)
{
    char found[8192];
    size_t wrong = 0;

    for (size_t i = 0; i < count; i++) {
        describe((orch_str){rows[i].text, strlen(rows[i].text)}, flags, found, sizeof found);
        if (strcmp(found, rows[i].words) != 0) {
            fprintf(stderr, "text     |%s|\nexpected |%s|\nfound    |%s|\n", rows[i].text, rows[i].words,
                    found);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

#define CHECK(rows, flags) check(rows, sizeof(rows) / sizeof(rows)[0], flags)

static void test_words(void **state)
{
    static const row rows[] = {
        {"", ""},
        {"   \t\n ", ""},
        {"Hi Ann", "hi ann"},
        {"Hi, Ann!", "hi·',' ann·'!'"},
        {"ann.txt Ann-Marie ann_lee a__b", "ann.txt ann-marie ann_lee a__b"},
        {"ann. ann- ann_ -ann .ann _ann_", "ann·'.' ann·'-' ann·'_' '-'·ann '.'·ann '_'·ann·'_'"},
        {"a..b a--b a.-b", "a·'.'·'.'·b a·'-'·'-'·b a·'.'·'-'·b"},
        {"Ann's Ann’s", "ann·'''·s ann·'''·s"},
        {"Jean\xE2\x80\x90Luc a\xE2\x80\x91z", "jean-luc a-z"},
        {"R2-D2 3.14 v1", "r2-d2 3.14 v1"},
        {"a+b C++ c#", "a·'+'·b c·'+'·'+' c·'#'"},
        {"Ann/Bob ann:x", "ann·'/'·bob ann·':'·x"},
    };

    (void)state;
    CHECK(rows, 0);
}

static void test_unicode(void **state)
{
    static const row rows[] = {
        {"ÄNNE Straße STRASSE ﬁn", "änne strasse strasse fin"},
        {"ΣΊΣΥΦΟΣ σίσυφος", "σίσυφοσ σίσυφοσ"},
        {"İZMİR ISPARTA ısparta", "i̇zmi̇r isparta ısparta"},
        {"ПРИВЕТ Ёж", "привет ёж"},
        {"Ａｎｎ＠ ＠ann", "ａｎｎ·'@' @ann"},
        {"e\xCC\x81t\xC3\xA9", "e\xCC\x81t\xC3\xA9"}, /* a combining mark is part of the word */
        {"Ann\xCC\x81 \xCC\x81"
         "Ann",
         "ann\xCC\x81 ann"}, /* a stray one is nothing */
        {"An\xC2\xADn A\xE2\x80\x8Dnn Ann\xEF\xB8\x8F",
         "ann ann ann"}, /* soft hyphen, joiner, variation selector */
        {"Ann\xE2\x80\x8B"
         "Bob",
         "ann bob"},                                              /* zero width space */
        {"Ann\xC2\xA0Lee Ann\xE3\x80\x80Lee", "ann lee ann lee"}, /* no-break and ideographic space */
        {"👍Ann👍🏽Bob❤️Eve", "'👍'·ann·'👍'·bob·'❤'·eve"},
        {"👩‍💻Ann", "'👩'·'💻'·ann"},
        {"小明abc你好", "{小}·{明}·abc·{你}·{好}"},
        {"カタカナー です。", "{カ}·{タ}·{カ}·{ナ}·{ー} {で}·{す}·'。'"},
        {"안녕 민수님", "{안}·{녕} {민}·{수}·{님}"},
        {"สวัสดี", "{ส}·{วั}·{ส}·{ดี}"},
        {"नमस्ते दुनिया", "नमस्ते दुनिया"},
        {"مرحبا שלום", "مرحبا שלום"},
        {"\xF0\xA0\x80\x80\xF0\xA0\x80\x81", "{\xF0\xA0\x80\x80}·{\xF0\xA0\x80\x81}"},
    };

    (void)state;
    CHECK(rows, 0);
}

static void test_invalid_utf8(void **state)
{
    static const row rows[] = {
        {"Ann\xFF"
         "Bob",
         "ann·[]·bob"},
        {"\xC0\x80 \xED\xA0\x80", "[]·[] []·[]·[]"},
        {"a\xC3", "a·[]"},
        {"a\xE4\xBD", "a·[]·[]"},
        {"\xF5\x80\x80\x80", "[]·[]·[]·[]"},
        {"\xF4\x90\x80\x80", "[]·[]·[]·[]"},
        {"@\xFF", "'@'·[]"},
    };

    (void)state;
    CHECK(rows, 0);
}

static void test_addressed(void **state)
{
    static const row rows[] = {
        {"@Ann (@ann) \"@ann\" @@ann", "@ann '('·@ann·')' '\"'·@ann·'\"' '@'·@ann"},
        {"@ ann", "'@' ann"},
        {"@", "'@'"},
        {"foo@ann a@b@c", "<foo@ann> <a@b@c>"},
        {"_@Ann_ **@Ann**", "'_'·@ann·'_' '*'·'*'·@ann·'*'·'*'"},
        {"foo_@ann", "foo·'_'·'@'·ann"},
        {"done.@Ann,@Bob", "done·'.'·@ann·','·@bob"},
        {"你好@小明你好", "{你}·{好}·@{小}·{明}·{你}·{好}"},
        {"hi@小明", "hi·@{小}·{明}"},
        {"@ann.lee @ann-marie.", "@ann.lee @ann-marie·'.'"},
        {"@ann@acme.com", "@<ann@acme.com>"},
    };

    (void)state;
    CHECK(rows, 0);
}

static void test_mail(void **state)
{
    static const row rows[] = {
        {"Ann.Lee@Acme.COM", "<ann.lee@acme.com>"},
        {"<ann@acme.com>, ann@acme.com.", "'<'·<ann@acme.com>·'>'·',' <ann@acme.com>·'.'"},
        {"ann+bot@acme.com a+b+c@d.e", "<ann+bot@acme.com> <a+b+c@d.e>"},
        {"ann+bot a+@b", "ann·'+'·bot <a+@b>"},
        {"ann@ x", "ann·'@' x"},
        {"请联系ann@acme.com谢谢", "{请}·{联}·{系}·<ann@acme.com>·{谢}·{谢}"},
    };

    (void)state;
    CHECK(rows, 0);
}

static void test_inline_code(void **state)
{
    static const row rows[] = {
        {"a `b` c", "a [] c"},
        {"`` a ` b `` c", "[] c"},
        {"a ` b", "a [] b"},
        {"a `b\nc` d", "a [] d"},
        {"a `b\n\nc` d", "a []·b c·[] d"},
        {"a `b\n```\nc\n```\nd` e", "a []·b·[] d·[] e"},
        {"see ```x\n\ny``` z", "see [] z"},
        {"\\`a\\`", "'\\'·a·'\\'"},
        {"`a``b` c", "[] c"},
        {"`````````a`````````", "[]·a·[]"}, /* longer runs than any code has are punctuation */
        {"don`t @Ann, it`s", "don·[]·s"},   /* two backticks are code, whatever was meant */
    };

    (void)state;
    CHECK(rows, 0);
}

static void test_fences(void **state)
{
    static const row rows[] = {
        {"```\na\n```\nb", "[] b"},
        {"```c\na\n```\nb", "[] b"},
        {"~~~\na\n~~~\nb", "[] b"},
        {"~~~ `x`\na\n~~~~\nb", "[] b"},
        {"````\na\n```\nb\n````\nc", "[] c"},
        {"```\na\n~~~\nb", "[]"},
        {"```\na\n``` x\nb", "[]"},
        {"   ```\na\n  ```  \nb", "[] b"},
        {"> ```\n> a\n> ```\nb", "[] b"},
        {"x\r\n```\r\na\r\n```\r\nb", "x·[] b"},
        {"```a```\nb", "[] b"},
        {"~~ a ~~", "'~'·'~' a '~'·'~'"},
        {"```", "[]"},
    };

    (void)state;
    CHECK(rows, 0);
}

static void test_urls(void **state)
{
    static const row rows[] = {
        {"https://acme.com/@ann ann", "[] ann"},
        {"HTTP://X.Y ann", "[] ann"},
        {"(https://x.y/a_(b)) ann", "'('·[]·')' ann"},
        {"<https://x.y/ann>ann", "'<'·[]·'>'·ann"},
        {"www.ann.com ann", "[] ann"},
        {"www ann", "www ann"},
        {"acme.com/ann ann", "[] ann"},
        {"localhost:8080/ann ann", "[] ann"},
        {"acme.com:443/ann", "[]"},
        {"at 10:30 ann", "at 10·':'·30 ann"},
        {"mailto:ann@acme.com ann", "[] ann"},
        {"ssh://git@host/ann.git ann", "[] ann"},
        {"[@Ann](https://x.y/bob) eve", "'['·@ann·[] eve"},
        {"[Ann](/bob) eve](x", "'['·ann·[] eve·']'·'('·x"},
        {"看https://x.y/ann，@小明", "{看}·[]·'，'·@{小}·{明}"},
        {"acme.com", "acme.com"},
        {"and/or", "and·'/'·or"},
    };

    (void)state;
    CHECK(rows, 0);
}

static void test_parts(void **state)
{
    static const row rows[] = {
        {"refund-policy.now a_b", "refund·'-'·policy·'.'·now a_b"},
        {"ann@acme.com x-acme.com/refund-x y", "<ann@acme.com> [] y"},
        {"www.a-b.c-d e-f", "[] e·'-'·f"},
        {"a-b+c-d@e.f g", "<a-b+c-d@e.f> g"},
        {"a-b+c-d e", "a·'-'·b·'+'·c·'-'·d e"},
        {"a-b:80/x a-b:x", "[] a·'-'·b·':'·x"},
    };

    (void)state;
    CHECK(rows, ORCH__WORDS_PARTS);
}

static void test_plain(void **state)
{
    static const row rows[] = {
        {"`Ann` https://x", "'`'·ann·'`' https·':'·'/'·'/'·x"},
        {"```\nAnn", "'`'·'`'·'`' ann"},
        {"www.ann.com", "www.ann.com"},
    };

    (void)state;
    CHECK(rows, ORCH__WORDS_PLAIN);
}

static void test_short_buffer(void **state)
{
    char buffer[4] = "####";
    orch__words words;
    orch__word word;

    (void)state;
    orch__words_init(&words, ORCH_STR("Ännchen x"), 0);
    assert_true(orch__words_next(&words, buffer, 3, &word));
    assert_int_equal(word.len, 8);
    assert_memory_equal(buffer, "än#", 4);
    assert_true(orch__words_next(&words, buffer, 3, &word));
    assert_int_equal(word.len, 2);
    assert_memory_equal(buffer, " x", 2);
    assert_false(orch__words_next(&words, buffer, 3, &word));
    orch__words_init(&words, ORCH_STR_NONE, 0);
    assert_false(orch__words_next(&words, buffer, 3, &word));
}

/* Texts that make a careless scanner look at everything again and again: a quadratic one would need hours. */
static void test_linear_time(void **state)
{
    static const char *const pieces[] = {"`` ` ",       "a+",     "](",        "a-",      "```a\n",
                                         "~~~ ~~~\n> ", "`\n",    "a_",        "_@a",     "````````a```````b",
                                         "www.a/(",     "> > > ", "e\xCC\x81", "\xF0\x90"};
    enum { SIZE = 1 << 18 };
    char *text = malloc(SIZE);
    char buffer[16];

    (void)state;
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        size_t len = strlen(pieces[i]), count = 0;

        for (size_t at = 0; at < SIZE; at++)
            text[at] = pieces[i][at % len];
        for (unsigned flags = 0; flags < 4; flags++) {
            orch__words words;
            orch__word word;

            orch__words_init(&words, (orch_str){text, SIZE}, flags);
            while (orch__words_next(&words, buffer, sizeof buffer, &word))
                count++;
        }
        assert_true(count > 0);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),        cmocka_unit_test(test_unicode),
        cmocka_unit_test(test_invalid_utf8), cmocka_unit_test(test_addressed),
        cmocka_unit_test(test_mail),         cmocka_unit_test(test_inline_code),
        cmocka_unit_test(test_fences),       cmocka_unit_test(test_urls),
        cmocka_unit_test(test_parts),        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_short_buffer), cmocka_unit_test(test_linear_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
