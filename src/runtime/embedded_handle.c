/* Ids as the core's numbers: SipHash-2-4 (Aumasson and Bernstein, 2012) with a key of this process. 64 bits of a keyed hash do
 * not collide by accident among the ids that one process sees, and nobody outside can make them collide.
 */
#include <string.h>

#include "embedded.h"

static uint64_t rotate(uint64_t value, int bits)
{
    return value << bits | value >> (64 - bits);
}

static void mix(uint64_t v[4], int rounds)
{
    while (rounds-- > 0) {
        v[0] += v[1];
        v[2] += v[3];
        v[1] = rotate(v[1], 13) ^ v[0];
        v[3] = rotate(v[3], 16) ^ v[2];
        v[0] = rotate(v[0], 32);
        v[2] += v[1];
        v[0] += v[3];
        v[1] = rotate(v[1], 17) ^ v[2];
        v[3] = rotate(v[3], 21) ^ v[0];
        v[2] = rotate(v[2], 32);
    }
}

static const uint64_t *process_key(void)
{
    static uint64_t key[2];
    static bool known;

    if (!known) {
        if (uv_random(NULL, NULL, key, sizeof key, 0, NULL) != 0)
            key[0] = uv_hrtime();
        known = true;
    }
    return key;
}

static uint64_t hash(const char *bytes, size_t size)
{
    const uint64_t *key = process_key();
    uint64_t v[4] = {key[0] ^ 0x736f6d6570736575u, key[1] ^ 0x646f72616e646f6du, key[0] ^ 0x6c7967656e657261u,
                     key[1] ^ 0x7465646279746573u};
    uint64_t word = 0;
    size_t i;

    for (i = 0; i + 8 <= size; i += 8) {
        memcpy(&word, bytes + i, 8);
        v[3] ^= word;
        mix(v, 2);
        v[0] ^= word;
    }
    word = (uint64_t)size << 56;
    for (size_t shift = 0; i < size; i++, shift += 8)
        word |= (uint64_t)(unsigned char)bytes[i] << shift;
    v[3] ^= word;
    mix(v, 2);
    v[0] ^= word;
    v[2] ^= 0xff;
    mix(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t orch__handle(const char *id)
{
    uint64_t handle = hash(id, strlen(id));

    return handle ? handle : 1;
}

uint64_t orch__handle_pair(uint64_t a, uint64_t b)
{
    uint64_t pair[2] = {a, b};
    uint64_t handle = hash((const char *)pair, sizeof pair);

    return handle ? handle : 1;
}
