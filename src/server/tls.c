#include "tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "log.h"

/* With forward secrecy and authenticated encryption (RFC 9325, 4.2). TLS 1.3 has no others. */
#define CIPHERS   "ECDHE+AESGCM:ECDHE+CHACHA20"
#define CHAIN_MAX 16
#define PIN_BEGIN "sha256//"

/* A certificate, those that vouch for it, and its key. */
typedef struct identity {
    X509 *certificate;
    STACK_OF(X509) * chain;
    EVP_PKEY *key;
} identity;

static void identity_fini(identity *own)
{
    X509_free(own->certificate);
    sk_X509_pop_free(own->chain, X509_free);
    EVP_PKEY_free(own->key);
    ERR_clear_error();
}

/* ---- reading ---- */

static FILE *open_file(const char *option, const char *path, char *out_message, size_t message_size)
{
    FILE *file = fopen(path, "re");

    if (!file)
        snprintf(out_message, message_size, "%s %s cannot be read: %s", option, path, strerror(errno));
    return file;
}

static int read_certificate(const char *path, identity *own, char *out_message, size_t message_size)
{
    FILE *file = open_file("--tls-cert", path, out_message, message_size);
    X509 *next;

    if (!file)
        return ORCH_E_IO;
    own->certificate = PEM_read_X509(file, NULL, NULL, NULL);
    own->chain = sk_X509_new_null();
    while (own->certificate && own->chain && sk_X509_num(own->chain) < CHAIN_MAX &&
           (next = PEM_read_X509(file, NULL, NULL, NULL))) {
        if (!sk_X509_push(own->chain, next)) {
            X509_free(next);
            break;
        }
    }
    (void)fclose(file);
    if (own->certificate && own->chain)
        return 0;
    snprintf(out_message, message_size,
             "--tls-cert %s has no certificate: a PEM file is meant, the server's own first, then its chain",
             path);
    return ORCH_E_INVALID;
}

/* There is nobody to ask for a passphrase. */
static int no_passphrase(char *out, int size, int writing, void *user)
{
    bool *asked = user;

    (void)out;
    (void)size;
    (void)writing;
    *asked = true;
    return -1;
}

static int read_key(const char *path, identity *own, char *out_message, size_t message_size)
{
    FILE *file = open_file("--tls-key", path, out_message, message_size);
    bool asked = false;

    if (!file)
        return ORCH_E_IO;
    own->key = PEM_read_PrivateKey(file, NULL, no_passphrase, &asked);
    (void)fclose(file);
    if (own->key)
        return 0;
    if (asked)
        snprintf(out_message, message_size, "--tls-key %s has a passphrase: a key without one is needed",
                 path);
    else
        snprintf(out_message, message_size, "--tls-key %s has no private key: a PEM file is meant", path);
    return ORCH_E_INVALID;
}

/* ---- judging ---- */

static void warn(const char *event, const char *message, const char *path)
{
    orch_log_field field = {"file", path};

    orch_log(ORCH_LOG_WARN, event, message, &field, 1);
}

static void warn_of_dates(const identity *own, const char *path)
{
    if (X509_cmp_current_time(X509_get0_notAfter(own->certificate)) < 0)
        warn("tls.expired", "The certificate has expired: clients that check it will not connect", path);
    else if (X509_cmp_current_time(X509_get0_notBefore(own->certificate)) > 0)
        warn("tls.early", "The certificate is not valid yet: clients that check it will not connect", path);
}

static void warn_of_mode(const char *path)
{
    struct stat info;

    if (stat(path, &info) == 0 && (info.st_mode & (S_IRWXG | S_IRWXO)))
        warn("tls.key_mode", "Others can read the private key: chmod 600 is meant", path);
}

/* What curl calls a pinned public key: SHA-256 of the SubjectPublicKeyInfo (RFC 7469, 2.4). */
int orch__tls_pin(const X509 *certificate, char out_pin[ORCH__PIN_MAX])
{
    unsigned char *info = NULL, hash[crypto_hash_sha256_BYTES];
    int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &info);

    if (len <= 0)
        return ORCH_E_NO_MEMORY;
    crypto_hash_sha256(hash, info, (unsigned long long)len);
    OPENSSL_free(info);
    memcpy(out_pin, PIN_BEGIN, sizeof(PIN_BEGIN));
    sodium_bin2base64(out_pin + strlen(PIN_BEGIN), ORCH__PIN_MAX - strlen(PIN_BEGIN), hash, sizeof(hash),
                      sodium_base64_VARIANT_ORIGINAL);
    return 0;
}

/* Everything that can be wrong, before anything in use is touched. `own` is to be released in any case. */
static int read_identity(const orch__tls *tls, identity *own, char *out_message, size_t message_size)
{
    int error = read_certificate(tls->certificate_path, own, out_message, message_size);

    if (!error)
        error = read_key(tls->key_path, own, out_message, message_size);
    if (error)
        return error;
    if (X509_check_private_key(own->certificate, own->key) != 1) {
        snprintf(out_message, message_size, "--tls-key %s is not the key of the certificate in --tls-cert %s",
                 tls->key_path, tls->certificate_path);
        return ORCH_E_INVALID;
    }
    return 0;
}

/* ---- use ---- */

static void warn_of(const orch__tls *tls, const identity *own)
{
    warn_of_dates(own, tls->certificate_path);
    warn_of_mode(tls->key_path);
}

static int use(orch__tls *tls, const identity *own, char *out_message, size_t message_size)
{
    if (SSL_CTX_use_cert_and_key(tls->context, own->certificate, own->key, own->chain, 1) == 1)
        return orch__tls_pin(own->certificate, tls->pin);
    snprintf(out_message, message_size, "--tls-cert %s cannot be used: %s", tls->certificate_path,
             ERR_reason_error_string(ERR_peek_last_error()));
    return ORCH_E_INVALID;
}

int orch__tls_init(orch__tls *tls, const char *certificate_path, const char *key_path, char *out_message,
                   size_t message_size)
{
    identity own = {0};
    int error;

    *tls = (orch__tls){0};
    if (!certificate_path && !key_path)
        return 0;
    if (!certificate_path || !key_path) {
        snprintf(out_message, message_size, "--tls-cert and --tls-key belong together");
        return ORCH_E_INVALID;
    }
    tls->certificate_path = strdup(certificate_path);
    tls->key_path = strdup(key_path);
    error = tls->certificate_path && tls->key_path ? 0 : ORCH_E_NO_MEMORY;
    if (!error)
        error = read_identity(tls, &own, out_message, message_size);
    if (!error) {
        warn_of(tls, &own);
        error = orch__tls_pin(own.certificate, tls->pin);
    }
    identity_fini(&own);
    if (error)
        orch__tls_fini(tls);
    return error;
}

void orch__tls_fini(orch__tls *tls)
{
    free(tls->certificate_path);
    free(tls->key_path);
    *tls = (orch__tls){0};
}

int orch__tls_arm(orch__tls *tls, SSL_CTX *context)
{
    char message[256];
    identity own = {0};
    int error = read_identity(tls, &own, message, sizeof(message));

    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    tls->context = context;
    if (!error && SSL_CTX_set_cipher_list(context, CIPHERS) != 1)
        error = ORCH_E_INTERNAL;
    if (!error)
        error = use(tls, &own, message, sizeof(message));
    identity_fini(&own);
    return error;
}

int orch__tls_reload(orch__tls *tls, char *out_message, size_t message_size)
{
    identity own = {0};
    int error = read_identity(tls, &own, out_message, message_size);

    if (!error) {
        warn_of(tls, &own);
        error = use(tls, &own, out_message, message_size);
    }
    identity_fini(&own);
    return error;
}
