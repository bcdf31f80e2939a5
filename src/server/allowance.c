#include "allowance.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct limit_row {
    const char *name;
    size_t offset;
    uint32_t usual;
    uint32_t min;
    uint32_t max;
    const char *about;
} limit_row;

#define ROW(name, member) name, offsetof(orch_server_limits, member)
#define HOUR_MS           3600000

static const limit_row rows[] = {
    {ROW("near", near), 0, 0, 1, "1: limits clients on this machine as well"},
    {ROW("connections", connections), 20000, 1, 60000, "open connections in total"},
    {ROW("connections-per-address", connections_per_address), 1000, 0, 60000,
     "of one address (IPv6: one /64)"},
    {ROW("sockets-per-user", sockets_per_user), 100, 0, 60000, "open WebSockets of one user"},
    {ROW("requests-per-s", requests_per_s), 200, 0, 1000000, "requests and calls of one user; 0: any number"},
    {ROW("requests-burst", requests_burst), 400, 1, 1000000, "and so many at once"},
    {ROW("anonymous-per-s", anonymous_per_s), 50, 0, 1000000,
     "requests of one address without a good login; 0: any number"},
    {ROW("anonymous-burst", anonymous_burst), 200, 1, 1000000, "and so many at once"},
    {ROW("head-ms", head_ms), 10000, 100, HOUR_MS, "for the headers of a request"},
    {ROW("body-ms", body_ms), 30000, 100, HOUR_MS, "for its body"},
    {ROW("answer-ms", answer_ms), 60000, 100, HOUR_MS, "for a client to read an answer"},
    {ROW("idle-ms", idle_ms), 60000, 100, HOUR_MS, "an HTTP connection stays open without a request"},
    {ROW("quiet-ms", quiet_ms), 30000, 100, HOUR_MS, "a WebSocket is quiet before it is pinged"},
    {ROW("pong-ms", pong_ms), 30000, 100, HOUR_MS, "it may take to answer that"},
    {ROW("completions", completions), 32, 0, 64, "answers of /v1/chat/completions at once; 0: none"},
    {ROW("completions-per-user", completions_per_user), 16, 0, 64, "of one user"},
    {ROW("waiting-mb", waiting_mb), 256, 1, 60000, "MiB that all clients together leave unread or half sent"},
};

#define ROWS_COUNT (sizeof(rows) / sizeof(rows[0]))

static uint32_t *member_of(orch_server_limits *limits, const limit_row *row)
{
    return (uint32_t *)((char *)limits + row->offset);
}

void orch_server_limits_init(orch_server_limits *limits)
{
    for (size_t i = 0; i < ROWS_COUNT; i++)
        *member_of(limits, &rows[i]) = rows[i].usual;
}

static const limit_row *find(const char *name, size_t len)
{
    for (size_t i = 0; i < ROWS_COUNT; i++) {
        if (strlen(rows[i].name) == len && memcmp(rows[i].name, name, len) == 0)
            return &rows[i];
    }
    return NULL;
}

static int refuse_name(const char *text, char *out_message, size_t message_size)
{
    size_t len =
        (size_t)snprintf(out_message, message_size, "\"%s\" is no limit; NAME=VALUE with one of", text);

    for (size_t i = 0; i < ROWS_COUNT && len < message_size; i++)
        len += (size_t)snprintf(out_message + len, message_size - len, "%s %s", i ? "," : "", rows[i].name);
    return ORCH_E_INVALID;
}

/* Decimal digits only. */
static bool read_value(const char *text, const limit_row *row, uint32_t *out_value)
{
    uint64_t value = 0;
    size_t len = strlen(text);

    if (len == 0 || len > 9)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return false;
        value = value * 10 + (uint64_t)(*text - '0');
    }
    *out_value = (uint32_t)value;
    return value >= row->min && value <= row->max;
}

int orch_server_limits_set(orch_server_limits *limits, const char *text, char *out_message,
                           size_t message_size)
{
    const char *equals = strchr(text, '=');
    const limit_row *row = equals ? find(text, (size_t)(equals - text)) : NULL;
    uint32_t value;

    if (!row)
        return refuse_name(text, out_message, message_size);
    if (!read_value(equals + 1, row, &value)) {
        snprintf(out_message, message_size, "%s is \"%s\"; a whole number from %u to %u is allowed",
                 row->name, equals + 1, row->min, row->max);
        return ORCH_E_INVALID;
    }
    *member_of(limits, row) = value;
    return 0;
}

bool orch_server_limits_describe(size_t row, char *out_line, size_t line_size)
{
    int len;

    if (row >= ROWS_COUNT)
        return false;
    len = snprintf(out_line, line_size, "%s=%u", rows[row].name, rows[row].usual);
    snprintf(out_line + len, line_size - (size_t)len, "%*s%s", len < 30 ? 30 - len : 1, "", rows[row].about);
    return true;
}
