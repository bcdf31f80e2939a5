#include "retry_hint.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static bool named(orch_str name, const char *literal)
{
    return name.len == strlen(literal) && strncasecmp(name.ptr, literal, name.len) == 0;
}

/* A decimal number, times `scale`, capped. Not strtod: its decimal point follows the locale. */
static bool read_decimal(orch_str text, uint32_t scale, uint32_t *out_ms)
{
    double value = 0;
    double step = 1;
    bool fraction = false;

    if (text.len == 0 || text.ptr[0] < '0' || text.ptr[0] > '9')
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '.' && !fraction) {
            fraction = true;
            continue;
        }
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        if (fraction)
            step /= 10;
        value = fraction ? value + step * (text.ptr[i] - '0') : value * 10 + (text.ptr[i] - '0');
    }
    value *= scale;
    *out_ms = value > ORCH__RETRY_AFTER_MAX_MS ? ORCH__RETRY_AFTER_MAX_MS : (uint32_t)(value + 0.5);
    return true;
}

static int two_digits(const char *text)
{
    if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
        return -1;
    return (text[0] - '0') * 10 + (text[1] - '0');
}

static int month_number(const char *text)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

    for (int i = 0; i < 12; i++)
        if (memcmp(text, names + (size_t)i * 3, 3) == 0)
            return i;
    return -1;
}

int64_t orch__http_date(orch_str text)
{
    static const char form[] = "Sun, 06 Nov 1994 08:49:37 GMT";
    struct tm tm = {0};

    if (text.len != sizeof(form) - 1 || memcmp(text.ptr + 25, " GMT", 4) != 0 || text.ptr[4] != ' ')
        return 0;

    int century = two_digits(text.ptr + 12);
    int year = two_digits(text.ptr + 14);

    tm.tm_mday = two_digits(text.ptr + 5);
    tm.tm_mon = month_number(text.ptr + 8);
    tm.tm_hour = two_digits(text.ptr + 17);
    tm.tm_min = two_digits(text.ptr + 20);
    tm.tm_sec = two_digits(text.ptr + 23);
    if (century < 0 || year < 0 || tm.tm_mday < 1 || tm.tm_mon < 0 || tm.tm_hour < 0 || tm.tm_min < 0 ||
        tm.tm_sec < 0)
        return 0;
    tm.tm_year = century * 100 + year - 1900;
    return (int64_t)timegm(&tm);
}

void orch__retry_hint_header(orch__retry_hint *hint, orch_str name, orch_str value)
{
    uint32_t ms;

    if (named(name, "x-should-retry")) {
        if (named(value, "true"))
            hint->word = ORCH__RETRY_YES;
        else if (named(value, "false"))
            hint->word = ORCH__RETRY_NO;
    } else if (named(name, "retry-after-ms")) {
        if (read_decimal(value, 1, &ms) && ms > 0) {
            hint->after_ms = ms;
            hint->exact = true;
        }
    } else if (named(name, "retry-after") && !hint->exact) {
        if (read_decimal(value, 1000, &ms))
            hint->after_ms = ms;
        else
            hint->after_date_s = orch__http_date(value);
    } else if (named(name, "date")) {
        hint->date_s = orch__http_date(value);
    }
}

uint32_t orch__retry_hint_ms(const orch__retry_hint *hint)
{
    if (hint->after_ms > 0 || hint->after_date_s == 0)
        return hint->after_ms;

    int64_t now_s = hint->date_s > 0 ? hint->date_s : (int64_t)time(NULL);
    int64_t wait_s = hint->after_date_s - now_s;

    if (wait_s <= 0)
        return 0;
    return wait_s > ORCH__RETRY_AFTER_MAX_MS / 1000 ? ORCH__RETRY_AFTER_MAX_MS : (uint32_t)wait_s * 1000;
}
