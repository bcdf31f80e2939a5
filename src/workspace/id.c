#include "id.h"

#include <sodium.h>
#include <string.h>

#define TIME_DIGITS   8
#define NUMBER_DIGITS 4
#define RANDOM_DIGITS 12
#define SHAPE_LEN     (1 + TIME_DIGITS + NUMBER_DIGITS + RANDOM_DIGITS)
#define TIME_MAX      INT64_C(2821109907455) /* 36^8 - 1 */
#define NUMBER_MAX    1679615u               /* 36^4 - 1 */
#define AHEAD_MAX_MS  (INT64_C(366) * 86400000)

static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";

static void write_number(char *out, size_t len, uint64_t number)
{
    while (len-- > 0) {
        out[len] = digits[number % 36];
        number /= 36;
    }
}

/* Bytes of 252 and more are left out: the rest is 7 times 36 values, each as likely. */
static char random_digit(orch__ids *ids)
{
    for (;;) {
        if (ids->pool_left == 0) {
            randombytes_buf(ids->pool, sizeof ids->pool);
            ids->pool_left = sizeof ids->pool;
        }
        uint8_t byte = ids->pool[--ids->pool_left];

        if (byte < 252)
            return digits[byte % 36];
    }
}

void orch__ids_make(orch__ids *ids, int64_t now_ms, orch_id *out_id)
{
    if (now_ms > ids->last_ms) {
        ids->last_ms = now_ms < TIME_MAX ? now_ms : TIME_MAX;
        ids->number = 0;
    } else if (ids->number < NUMBER_MAX) {
        ids->number++;
    } else {
        ids->last_ms++;
        ids->number = 0;
    }
    char *text = out_id->text;

    text[0] = 'c';
    write_number(text + 1, TIME_DIGITS, (uint64_t)ids->last_ms);
    write_number(text + 1 + TIME_DIGITS, NUMBER_DIGITS, ids->number);
    for (size_t i = 0; i < RANDOM_DIGITS; i++)
        text[1 + TIME_DIGITS + NUMBER_DIGITS + i] = random_digit(ids);
    text[SHAPE_LEN] = '\0';
}

void orch__id_of_time(int64_t ms, orch_id *out_id)
{
    *out_id = (orch_id){.text = "c"};
    write_number(out_id->text + 1, TIME_DIGITS, (uint64_t)(ms < 0 ? 0 : ms < TIME_MAX ? ms : TIME_MAX));
}

static bool read_number(const char *text, size_t len, int64_t *out_number)
{
    int64_t number = 0;

    for (size_t i = 0; i < len; i++) {
        const char *digit = text[i] ? strchr(digits, text[i]) : NULL;

        if (!digit)
            return false;
        number = number * 36 + (digit - digits);
    }
    *out_number = number;
    return true;
}

void orch__ids_pass(orch__ids *ids, orch_str id, int64_t now_ms)
{
    int64_t ms, number;

    if (id.len != SHAPE_LEN || id.ptr[0] != 'c' || !read_number(id.ptr + 1, TIME_DIGITS, &ms) ||
        !read_number(id.ptr + 1 + TIME_DIGITS, NUMBER_DIGITS, &number))
        return;
    if (ms > now_ms + AHEAD_MAX_MS || ms < ids->last_ms)
        return;
    ids->last_ms = ms;
    ids->number = (uint32_t)number;
}

bool orch__id_set(orch_id *out_id, orch_str text)
{
    if (text.len == 0 || text.len >= ORCH_ID_MAX)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] <= ' ' || text.ptr[i] > '~')
            return false;
    memcpy(out_id->text, text.ptr, text.len);
    out_id->text[text.len] = '\0';
    return true;
}
