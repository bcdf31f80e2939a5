/* The server's certificate and key: read, checked, and given to the library's TLS context, also anew while it runs.
 *
 * TLS 1.2 and 1.3 with forward secrecy are spoken; there is no renegotiation and no session kept by the server. Nothing
 * of TLS is set up, and no memory of it used, when there is no certificate.
 */
#ifndef ORCHD_SERVER_TLS_H
#define ORCHD_SERVER_TLS_H

#include "orchd/error.h"
#include "orchd/types.h"

#define ORCH__PIN_MAX 64 /* "sha256//" and base64 of 32 bytes */

struct ssl_ctx_st;

typedef struct orch__tls {
    char *certificate_path; /* NULL: no TLS */
    char *key_path;
    struct ssl_ctx_st *context; /* the library's; NULL before it has one */
    char pin[ORCH__PIN_MAX];    /* of the public key */
} orch__tls;

/* Keeps the paths and checks what is there: PEM files, a key that fits, dates (an expired certificate and a key that
 * others can read are warnings in the log). ORCH_E_INVALID, ORCH_E_IO, ORCH_E_NO_MEMORY; `out_message` says why. */
ORCH_MUST_USE int orch__tls_init(orch__tls *tls, const char *certificate_path, const char *key_path,
                                 char *out_message, size_t message_size);
void orch__tls_fini(orch__tls *tls);

/* Gives certificate, key and settings to a fresh context of the library. 0 or an error. */
ORCH_MUST_USE int orch__tls_arm(orch__tls *tls, struct ssl_ctx_st *context);
struct x509_st;
/* "sha256//…" of a certificate's public key, as curl has it. */
ORCH_MUST_USE int orch__tls_pin(const struct x509_st *certificate, char out_pin[ORCH__PIN_MAX]);

/* Reads the files again. On failure the old certificate stays in use. */
ORCH_MUST_USE int orch__tls_reload(orch__tls *tls, char *out_message, size_t message_size);

#endif
