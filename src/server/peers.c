#include "peers.h"

#include <arpa/inet.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

void orch__peers_init(orch__peers *peers)
{
    memset(peers, 0, sizeof(*peers));
    randombytes_buf(peers->secret, sizeof(peers->secret));
}

/* ---- addresses ---- */

static bool is_mapped(const orch__address *address)
{
    return memcmp(address->bytes, mapped_prefix, sizeof(mapped_prefix)) == 0;
}

orch__address orch__address_group(const orch__address *address)
{
    orch__address group = *address;

    if (!is_mapped(address))
        memset(group.bytes + 8, 0, 8);
    return group;
}

static bool parse_host(const char *text, orch__address *out_address)
{
    memcpy(out_address->bytes, mapped_prefix, sizeof(mapped_prefix));
    return inet_pton(AF_INET, text, out_address->bytes + 12) == 1 ||
           inet_pton(AF_INET6, text, out_address->bytes) == 1;
}

bool orch__address_parse(orch_str text, orch__address *out_address)
{
    char host[64];
    const char *colon = memchr(text.ptr, ':', text.len);
    const char *bracket = text.len && text.ptr[0] == '[' ? memchr(text.ptr, ']', text.len) : NULL;

    if (bracket)
        text = (orch_str){text.ptr + 1, (size_t)(bracket - text.ptr - 1)};
    else if (colon && !memchr(colon + 1, ':', text.len - (size_t)(colon + 1 - text.ptr)))
        text.len = (size_t)(colon - text.ptr); /* a port behind an IPv4 address */
    if (text.len >= sizeof(host))
        return false;
    memcpy(host, text.ptr, text.len);
    host[text.len] = '\0';
    return parse_host(host, out_address);
}

/* ---- proxies ---- */

static bool parse_bits(const char *text, unsigned max, unsigned *out_bits)
{
    unsigned bits = 0;

    if (!*text || strlen(text) > 3)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return false;
        bits = bits * 10 + (unsigned)(*text - '0');
    }
    *out_bits = bits;
    return bits <= max;
}

int orch__peers_trust(orch__peers *peers, const char *network)
{
    orch__network added = {.bits = 128};
    const char *slash = strchr(network, '/');
    size_t len = slash ? (size_t)(slash - network) : strlen(network);
    unsigned bits = 0;

    if (peers->proxies_count == ORCH__PROXIES_MAX)
        return ORCH_E_FULL;
    if (strcmp(network, "unix") != 0 && !orch__address_parse((orch_str){network, len}, &added.address))
        return ORCH_E_INVALID;
    if (slash) {
        unsigned before = is_mapped(&added.address) ? 96 : 0;

        if (!parse_bits(slash + 1, 128 - before, &bits))
            return ORCH_E_INVALID;
        added.bits = before + bits;
    }
    peers->proxies[peers->proxies_count++] = added;
    return 0;
}

static bool is_within(const orch__network *network, const orch__address *address)
{
    unsigned whole = network->bits / 8, rest = network->bits % 8;
    uint8_t mask = (uint8_t)(0xFF00u >> rest);

    return memcmp(network->address.bytes, address->bytes, whole) == 0 &&
           (!rest || ((network->address.bytes[whole] ^ address->bytes[whole]) & mask) == 0);
}

bool orch__peers_trusts(const orch__peers *peers, const orch__address *address)
{
    for (size_t i = 0; i < peers->proxies_count; i++) {
        if (is_within(&peers->proxies[i], address))
            return true;
    }
    return false;
}

bool orch__peers_named(const orch__peers *peers, const char *forwarded_for, orch__address *out_client)
{
    size_t end = strlen(forwarded_for);
    bool found = false;

    while (end > 0) {
        size_t begin = end;
        orch__address address;
        orch_str text;

        while (begin > 0 && forwarded_for[begin - 1] != ',')
            begin--;
        text = (orch_str){forwarded_for + begin, end - begin};
        end = begin ? begin - 1 : 0;
        while (text.len && text.ptr[0] == ' ') {
            text.ptr++;
            text.len--;
        }
        while (text.len && text.ptr[text.len - 1] == ' ')
            text.len--;
        if (!orch__address_parse(text, &address))
            return found; /* what stands before it was written by who knows whom */
        *out_client = address;
        found = true;
        if (!orch__peers_trusts(peers, &address))
            return true;
    }
    return found;
}

/* ---- counting ---- */

static orch__peer_count **bucket_of(orch__peers *peers, const orch__address *group)
{
    unsigned char hash[crypto_shorthash_BYTES];
    uint64_t number;

    crypto_shorthash(hash, group->bytes, sizeof(group->bytes), peers->secret);
    memcpy(&number, hash, sizeof(number));
    return &peers->buckets[number % ORCH__PEERS_BUCKETS];
}

orch__peer_count *orch__peers_enter(orch__peers *peers, const orch__address *group, uint32_t max)
{
    orch__peer_count **bucket = bucket_of(peers, group), *count = *bucket;

    while (count && memcmp(&count->group, group, sizeof(*group)) != 0)
        count = count->next;
    if (!count) {
        count = calloc(1, sizeof(*count));
        if (!count)
            return NULL;
        count->group = *group;
        count->next = *bucket;
        *bucket = count;
    }
    if (max && count->connections >= max)
        return NULL;
    count->connections++;
    return count;
}

void orch__peers_leave(orch__peers *peers, orch__peer_count *count)
{
    orch__peer_count **link;

    if (!count || --count->connections > 0)
        return;
    link = bucket_of(peers, &count->group);
    while (*link != count)
        link = &(*link)->next;
    *link = count->next;
    free(count);
}
