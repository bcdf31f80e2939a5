/* Where clients come from, and how many connections each address has open.
 *
 * An IPv6 address counts by its first 64 bits: that is what one customer gets. An entry lives as long as it has
 * connections, so there are never more entries than connections.
 *
 * Behind a proxy that was named (--trusted-proxy) a client's address is what the proxy says of it: the last address in
 * X-Forwarded-For that is no trusted proxy itself. Nobody else's word is taken.
 */
#ifndef ORCHD_SERVER_PEERS_H
#define ORCHD_SERVER_PEERS_H

#include "orchd/error.h"
#include "orchd/types.h"

#define ORCH__PEERS_BUCKETS 1024
#define ORCH__PROXIES_MAX   16

/* IPv6, or IPv4 mapped into it; zeros for a UNIX socket. */
typedef struct orch__address {
    uint8_t bytes[16];
} orch__address;

typedef struct orch__peer_count {
    struct orch__peer_count *next;
    orch__address group;
    uint32_t connections;
} orch__peer_count;

typedef struct orch__network {
    orch__address address;
    unsigned bits; /* of the 128 that must be the same */
} orch__network;

typedef struct orch__peers {
    uint8_t secret[16];
    orch__peer_count *buckets[ORCH__PEERS_BUCKETS];
    orch__network proxies[ORCH__PROXIES_MAX];
    size_t proxies_count;
} orch__peers;

void orch__peers_init(orch__peers *peers);

/* "203.0.113.7", "2001:db8::/32", "unix". ORCH_E_INVALID, ORCH_E_FULL. */
ORCH_MUST_USE int orch__peers_trust(orch__peers *peers, const char *network);
bool orch__peers_trusts(const orch__peers *peers, const orch__address *address);
/* Whom the proxy names in the text of X-Forwarded-For; false when it names nobody. */
bool orch__peers_named(const orch__peers *peers, const char *forwarded_for, orch__address *out_client);

/* What counts as one address. */
orch__address orch__address_group(const orch__address *address);
/* "203.0.113.7", "203.0.113.7:1234", "2001:db8::1", "[2001:db8::1]:1234". */
bool orch__address_parse(orch_str text, orch__address *out_address);

/* One more connection of the group. NULL: it has `max` already (0: any number), or there is no memory. */
orch__peer_count *orch__peers_enter(orch__peers *peers, const orch__address *group, uint32_t max);
/* NULL is allowed. */
void orch__peers_leave(orch__peers *peers, orch__peer_count *count);

#endif
