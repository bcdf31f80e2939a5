/* What an issuer says of itself (OpenID Connect Discovery 1.0, 3 and 4): read from bytes of the network, checked. */
#ifndef ORCHD_SERVER_OPENID_DISCOVERY_H
#define ORCHD_SERVER_OPENID_DISCOVERY_H

#include "openid_config.h"
#include "openid_keys.h"

#define ORCH__DISCOVERY_MAX (128u * 1024) /* bytes of the document */

typedef struct orch__discovery {
    char *authorization_endpoint; /* for browsers */
    char *token_endpoint;
    char *keys_url;
    unsigned algorithms; /* bit (1 << orch__jws_algorithm): it signs with, and we accept */
    bool secret_in_form; /* the token endpoint does not know HTTP Basic */
    bool names_itself;   /* each answer by way of the browser has `iss` (RFC 9207) */
} orch__discovery;

/* Where the document is. */
void orch__discovery_url(const char *issuer, char out_url[ORCH_OPENID_URL_MAX]);

/* ORCH_E_INVALID, ORCH_E_NO_MEMORY; `out_why` is a sentence. */
ORCH_MUST_USE int orch__discovery_read(orch_str json, const char *issuer, orch__discovery *out_discovery,
                                       char *out_why, size_t why_size);
void orch__discovery_fini(orch__discovery *discovery);

#endif
