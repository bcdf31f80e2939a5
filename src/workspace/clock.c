#include "clock.h"

#include <string.h>
#include <time.h>

#define DAY_MS      INT64_C(86400000)
#define TIME_MS_MAX INT64_C(253402300799999)

static void two_digits(char *out, int64_t number)
{
    out[0] = (char)('0' + number / 10);
    out[1] = (char)('0' + number % 10);
}

/* Howard Hinnant, "chrono-compatible low-level date algorithms": days since 1970 and the civil calendar. */
static void civil_from_days(int64_t days, int64_t *out_year, int64_t *out_month, int64_t *out_day)
{
    days += 719468;
    int64_t era = days / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * day_of_year + 2) / 153;

    *out_day = day_of_year - (153 * month + 2) / 5 + 1;
    *out_month = month < 10 ? month + 3 : month - 9;
    *out_year = year + era * 400 + (*out_month <= 2);
}

static int64_t days_from_civil(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = year / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

void orch__time_write(int64_t ms, orch__time_text *out_text)
{
    int64_t year, month, day;
    char *text = out_text->text;

    if (ms < 0)
        ms = 0;
    if (ms > TIME_MS_MAX)
        ms = TIME_MS_MAX;
    civil_from_days(ms / DAY_MS, &year, &month, &day);
    int64_t rest = ms % DAY_MS;

    memcpy(text, "0000-00-00 00:00:00.000", ORCH__TIME_LEN + 1);
    two_digits(text, year / 100);
    two_digits(text + 2, year % 100);
    two_digits(text + 5, month);
    two_digits(text + 8, day);
    two_digits(text + 11, rest / 3600000);
    two_digits(text + 14, rest / 60000 % 60);
    two_digits(text + 17, rest / 1000 % 60);
    text[20] = (char)('0' + rest % 1000 / 100);
    two_digits(text + 21, rest % 100);
}

static bool number_at(orch_str text, size_t at, size_t len, int64_t *out_number)
{
    int64_t number = 0;

    for (size_t i = at; i < at + len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        number = number * 10 + (text.ptr[i] - '0');
    }
    *out_number = number;
    return true;
}

static int64_t read_fraction(orch_str text)
{
    int64_t ms = 0;
    int64_t unit = 100;

    for (size_t i = 20; i < text.len && unit > 0; i++, unit /= 10) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            break;
        ms += (text.ptr[i] - '0') * unit;
    }
    return ms;
}

int64_t orch__time_read(orch_str text)
{
    int64_t year, month, day, hour, minute, second;

    if (text.len < 19 || !number_at(text, 0, 4, &year) || !number_at(text, 5, 2, &month) ||
        !number_at(text, 8, 2, &day) || !number_at(text, 11, 2, &hour) || !number_at(text, 14, 2, &minute) ||
        !number_at(text, 17, 2, &second) || year < 1970 || month < 1 || month > 12)
        return 0;
    int64_t seconds = ((days_from_civil(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;

    return seconds * 1000 + (text.len > 20 && text.ptr[19] == '.' ? read_fraction(text) : 0);
}

int64_t orch__clock_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
