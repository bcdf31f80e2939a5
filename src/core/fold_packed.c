#include "fold_packed.h"

#include "assertion.h"
#include "bytes.h"

#define RECORDS_MAX   256
#define SEQUENCES_MAX 256

uint16_t orch__fold_sequences[SEQUENCES_MAX];

static int32_t records[RECORDS_MAX];
static uint32_t records_count;
static unsigned char record_of[ORCH__FOLD_LIMIT];

static uint32_t read_number(const unsigned char **at)
{
    uint32_t value = 0;
    unsigned shift = 0;

    do
        value |= (uint32_t)(**at & 127) << shift, shift += 7;
    while (*(*at)++ & 128);
    return value;
}

static unsigned char place_of(int32_t record)
{
    uint32_t place = 0;

    while (place < records_count && records[place] != record)
        place++;
    ORCH_ASSERT(place < RECORDS_MAX);
    if (place == records_count)
        records[records_count++] = record;
    return (unsigned char)place;
}

/* The class stays. */
static void set_folding(uint32_t code, uint32_t count, int32_t value)
{
    int32_t kind = records[record_of[code]] & 15;

    record_of[code] = place_of(value * 256 + (int32_t)count * 16 + kind);
}

static void unpack_classes(const unsigned char **at)
{
    for (uint32_t code = 0; code < ORCH__FOLD_LIMIT;) {
        uint32_t run = read_number(at), count = (run >> 3) + 1;

        memset(record_of + code, place_of(16 + (int32_t)(run & 7)), count);
        code += count;
    }
}

static void unpack_differences(const unsigned char **at)
{
    uint32_t distance, first = 0;

    while ((distance = read_number(at)) != 0) {
        uint32_t row = read_number(at), difference = read_number(at), code = first += distance;

        for (uint32_t i = 0; i < row / 2; i++, code += 1 + row % 2)
            set_folding(code, 1, (int32_t)(difference >> 1) ^ -(int32_t)(difference & 1));
    }
}

static void unpack_sequences(const unsigned char **at)
{
    uint32_t distance, code = 0, end = 0;

    while ((distance = read_number(at)) != 0) {
        uint32_t count = read_number(at);

        set_folding(code += distance, count, (int32_t)end);
        ORCH_ASSERT(end + count <= SEQUENCES_MAX);
        while (count--)
            orch__fold_sequences[end++] = (uint16_t)read_number(at);
    }
}

int32_t orch__fold_record(uint32_t code)
{
    const unsigned char *at = orch__fold_packed;

    if (records_count == 0) {
        unpack_classes(&at);
        unpack_differences(&at);
        unpack_sequences(&at);
    }
    return records[record_of[code]];
}
