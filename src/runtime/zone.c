/* A TZif file (RFC 8536) holds a list of transitions and a footer, which is a POSIX TZ string for the time after the last
 * transition: "CET-1CEST,M3.5.0,M10.5.0/3". "Fat" files list the transitions until 2037, "slim" ones leave all that
 * the footer says to it. Both come out as the change that holds now and the next ones, as many as the core takes.
 */
#include "zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIRECTORY     "/usr/share/zoneinfo"
#define NAME_LEN_MAX  63
#define FILE_SIZE_MAX 65536 /* the largest of tzdata is below 4 KiB */
#define HEADER_SIZE   44
#define YEARS_AHEAD                                                                                          \
    12 /* of the footer's rule: more than ORCH_ZONE_CHANGES_MAX changes where there are two a year */
#define DAY_S  86400
#define WEEK_S (7 * DAY_S)

typedef struct tzif_counts {
    uint32_t isut;
    uint32_t isstd;
    uint32_t leap;
    uint32_t time;
    uint32_t type;
    uint32_t chars;
} tzif_counts;

static uint32_t read_u32(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static int64_t read_i64(const unsigned char *at)
{
    return (int64_t)((uint64_t)read_u32(at) << 32 | read_u32(at + 4));
}

/* ---- the list ---- */

static void add_change(orch__zone *zone, int64_t now_ms, int64_t from_ms, int32_t offset_s)
{
    if (from_ms <= now_ms) {
        zone->changes[0] = (orch_zone_change){.from_ms = from_ms > 0 ? from_ms : 0, .offset_s = offset_s};
        zone->changes_count = 1;
        return;
    }
    if (zone->changes_count == ORCH_ZONE_CHANGES_MAX ||
        zone->changes[zone->changes_count - 1].offset_s == offset_s)
        return;
    zone->changes[zone->changes_count++] = (orch_zone_change){.from_ms = from_ms, .offset_s = offset_s};
    if (zone->changes_count == ORCH_ZONE_CHANGES_MAX)
        zone->until_ms = from_ms;
}

static void begin_list(orch__zone *zone, int32_t offset_s)
{
    *zone = (orch__zone){.changes_count = 1, .until_ms = INT64_MAX};
    zone->changes[0].offset_s = offset_s;
}

/* ---- the calendar ---- */

static bool is_leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days from 1970-01-01 to the first day of a month (1 … 12). */
static int64_t days_to(int64_t year, int month)
{
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    int64_t past = year - 1;
    int64_t leaps = past / 4 - past / 100 + past / 400 - 477; /* 477 of them before 1970 */

    return (year - 1970) * 365 + leaps + before[month - 1] + (month > 2 && is_leap(year) ? 1 : 0);
}

static int days_in(int64_t year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

static int64_t year_of(int64_t now_ms)
{
    int64_t days = now_ms / 1000 / DAY_S;
    int64_t year = 1970 + days / 366;

    while (days_to(year + 1, 1) <= days)
        year++;
    return year;
}

/* ---- the footer: std offset [dst [offset] [,start[/time],end[/time]]] ---- */

typedef struct rule_day {
    char form; /* 'M': month.week.day, 'J': day 1 … 365 without 29 February, '0': day 0 … 365 */
    int month;
    int week;
    int day;
    int32_t time_s;
} rule_day;

typedef struct footer {
    int32_t standard_s; /* UTC + this = local */
    bool has_summer;
    int32_t summer_s;
    rule_day start;
    rule_day end;
} footer;

static const char *skip_name(const char *at)
{
    const char *first = at;

    if (*at == '<') {
        const char *close = strchr(at, '>');

        return close ? close + 1 : NULL;
    }
    while ((*at >= 'A' && *at <= 'Z') || (*at >= 'a' && *at <= 'z'))
        at++;
    return at - first >= 3 ? at : NULL;
}

static const char *read_number(const char *at, int max, int *out)
{
    int value = 0;

    if (*at < '0' || *at > '9')
        return NULL;
    for (; *at >= '0' && *at <= '9'; at++) {
        value = value * 10 + (*at - '0');
        if (value > max)
            return NULL;
    }
    *out = value;
    return at;
}

/* [+|-]hh[:mm[:ss]] */
static const char *read_time(const char *at, int32_t *out_s)
{
    int sign = 1;
    int part[3] = {0, 0, 0};

    if (*at == '+' || *at == '-')
        sign = *at++ == '-' ? -1 : 1;
    for (int i = 0; i < 3; i++) {
        at = read_number(at, i == 0 ? 167 : 59, &part[i]);
        if (!at)
            return NULL;
        if (*at != ':' || i == 2)
            break;
        at++;
    }
    *out_s = sign * (part[0] * 3600 + part[1] * 60 + part[2]);
    return at;
}

static const char *read_month_day(const char *at, rule_day *out)
{
    at = read_number(at, 12, &out->month);
    if (!at || out->month == 0 || *at++ != '.')
        return NULL;
    at = read_number(at, 5, &out->week);
    if (!at || out->week == 0 || *at++ != '.')
        return NULL;
    return read_number(at, 6, &out->day);
}

static const char *read_rule_day(const char *at, rule_day *out)
{
    *out = (rule_day){.time_s = 2 * 3600, .form = '0'};
    if (*at++ != ',')
        return NULL;
    if (*at == 'M' || *at == 'J')
        out->form = *at++;
    at = out->form == 'M' ? read_month_day(at, out) : read_number(at, 365, &out->day);
    if (at && *at == '/')
        at = read_time(at + 1, &out->time_s);
    return at;
}

static bool read_footer(const char *text, footer *out)
{
    const char *at = skip_name(text);
    int32_t west_s = 0;

    *out = (footer){0};
    if (at)
        at = read_time(at, &west_s);
    if (!at)
        return false;
    out->standard_s = -west_s;
    if (!*at)
        return true;
    out->has_summer = true;
    out->summer_s = out->standard_s + 3600;
    at = skip_name(at);
    if (at && *at && *at != ',') {
        at = read_time(at, &west_s);
        out->summer_s = -west_s;
    }
    if (at)
        at = read_rule_day(at, &out->start);
    if (at)
        at = read_rule_day(at, &out->end);
    return at && !*at;
}

/* Seconds from 1970 to the rule's moment in that year, local time. */
static int64_t rule_moment(const rule_day *rule, int64_t year)
{
    int64_t day;

    if (rule->form == 'M') {
        int64_t first = days_to(year, rule->month);
        int weekday = (int)((first % 7 + 7 + 4) % 7); /* 1970-01-01 was a Thursday */
        int date = (rule->day - weekday + 7) % 7 + (rule->week - 1) * 7;

        if (date >= days_in(year, rule->month))
            date -= 7;
        day = first + date;
    } else if (rule->form == 'J') {
        day = days_to(year, 1) + rule->day - 1 + (rule->day >= 60 && is_leap(year) ? 1 : 0);
    } else {
        day = days_to(year, 1) + rule->day;
    }
    return day * DAY_S + rule->time_s;
}

/* The rule's changes after `after_ms`, the last one that the file lists. */
static void add_rule_changes(const footer *rule, int64_t now_ms, int64_t after_ms, orch__zone *zone)
{
    int64_t first = year_of(now_ms) - 1;

    for (int64_t year = first; year <= first + YEARS_AHEAD; year++) {
        orch_zone_change summer = {.from_ms = (rule_moment(&rule->start, year) - rule->standard_s) * 1000,
                                   .offset_s = rule->summer_s};
        orch_zone_change winter = {.from_ms = (rule_moment(&rule->end, year) - rule->summer_s) * 1000,
                                   .offset_s = rule->standard_s};
        bool north = summer.from_ms < winter.from_ms;
        const orch_zone_change *pair[2] = {north ? &summer : &winter, north ? &winter : &summer};

        for (int i = 0; i < 2; i++)
            if (pair[i]->from_ms > after_ms)
                add_change(zone, now_ms, pair[i]->from_ms, pair[i]->offset_s);
    }
}

/* ---- the file ---- */

static bool read_counts(const unsigned char *at, size_t size, tzif_counts *out)
{
    if (size < HEADER_SIZE || memcmp(at, "TZif", 4) != 0 || at[4] < '2')
        return false;
    *out = (tzif_counts){.isut = read_u32(at + 20),
                         .isstd = read_u32(at + 24),
                         .leap = read_u32(at + 28),
                         .time = read_u32(at + 32),
                         .type = read_u32(at + 36),
                         .chars = read_u32(at + 40)};
    return out->isut <= 256 && out->isstd <= 256 && out->leap <= 1024 && out->time <= 4096 &&
           out->type >= 1 && out->type <= 256 && out->chars <= 4096;
}

static size_t block_size(const tzif_counts *counts, size_t time_size)
{
    return counts->time * (time_size + 1) + counts->type * 6u + counts->chars +
           counts->leap * (time_size + 4) + counts->isstd + counts->isut;
}

/* `bytes` is terminated, so that the footer reads as a string. */
static bool read_tzif(const unsigned char *bytes, size_t size, int64_t now_ms, orch__zone *zone)
{
    tzif_counts counts;
    const unsigned char *times;
    const unsigned char *types;
    const unsigned char *infos;
    int64_t last_ms = INT64_MIN;
    size_t at;
    footer rule;
    char *end;

    if (!read_counts(bytes, size, &counts))
        return false;
    at = HEADER_SIZE + block_size(&counts, 4);
    if (at >= size || !read_counts(bytes + at, size - at, &counts))
        return false;
    at += HEADER_SIZE;
    times = bytes + at;
    types = times + counts.time * 8u;
    infos = types + counts.time;
    at += block_size(&counts, 8);
    if (at >= size || bytes[at] != '\n')
        return false;
    begin_list(zone, (int32_t)read_u32(infos));
    for (uint32_t i = 0; i < counts.time; i++) {
        if (types[i] >= counts.type)
            return false;
        last_ms = read_i64(times + i * 8u);
        last_ms = last_ms < INT64_MIN / 1000 ? INT64_MIN : last_ms * 1000; /* "the Big Bang" in old files */
        add_change(zone, now_ms, last_ms, (int32_t)read_u32(infos + types[i] * 6u));
    }
    end = strchr((const char *)bytes + at + 1, '\n');
    if (!end)
        return false;
    *end = '\0';
    if (bytes[at + 1] == '\0')
        return true;
    if (!read_footer((const char *)bytes + at + 1, &rule))
        return false;
    if (rule.has_summer)
        add_rule_changes(&rule, now_ms, last_ms, zone);
    else if (counts.time == 0)
        begin_list(zone, rule.standard_s);
    return true;
}

/* A name is a path below the directory: letters, digits, '_', '+', '-', '/'; no dots, so that it cannot leave. */
static bool name_is_fit(const char *name)
{
    size_t len = strlen(name);

    return len > 0 && len <= NAME_LEN_MAX && name[0] != '/' && name[len - 1] != '/' &&
           strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/") == len;
}

int orch__zone_read(const char *name, int64_t now_ms, orch__zone *out_zone)
{
    char path[sizeof DIRECTORY + NAME_LEN_MAX + 2];
    orch__zone zone;
    unsigned char *bytes;
    FILE *file;
    size_t size;
    bool fine;

    if (strcmp(name, "UTC") == 0) {
        begin_list(out_zone, 0);
        return 0;
    }
    if (!name_is_fit(name))
        return ORCH_E_INVALID;
    snprintf(path, sizeof path, "%s/%s", DIRECTORY, name);
    file = fopen(path, "rbe");
    if (!file)
        return ORCH_E_INVALID;
    bytes = malloc(FILE_SIZE_MAX + 1);
    if (!bytes) {
        fclose(file);
        return ORCH_E_NO_MEMORY;
    }
    size = fread(bytes, 1, FILE_SIZE_MAX, file);
    fclose(file);
    bytes[size] = '\0';
    fine = read_tzif(bytes, size, now_ms, &zone);
    free(bytes);
    if (!fine)
        return size == 0 ? ORCH_E_INVALID : ORCH_E_CORRUPT; /* a folder reads as nothing */
    *out_zone = zone;
    return 0;
}

void orch__zone_apply(const orch__zone *zone, int64_t skew_ms, orch_hours *hours)
{
    int32_t skew_s = (int32_t)(skew_ms / 1000 % WEEK_S);

    hours->changes_count = zone->changes_count;
    for (uint32_t i = 0; i < zone->changes_count; i++)
        hours->changes[i] = (orch_zone_change){.from_ms = zone->changes[i].from_ms - skew_ms,
                                               .offset_s = zone->changes[i].offset_s + skew_s};
}
