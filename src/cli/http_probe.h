/* One HTTP request to see who is there: short, without retries, nothing kept. */
#ifndef ORCHD_HTTP_PROBE_H
#define ORCHD_HTTP_PROBE_H

#include "orchd/types.h"

typedef struct orch__probe {
    const char *url;
    const char *socket_path; /* a unix socket instead of the URL's host; or NULL */
    const char *const *headers;
    size_t headers_count;
    const char *body; /* NULL: a GET */
    long timeout_ms;
    bool own; /* a server of this machine: never through a proxy, its certificate is not judged */
} orch__probe;

typedef struct orch__probe_answer {
    int status; /* HTTP; 0: none came, `error` says why */
    char error[256];
    char *body; /* owned, terminated; NULL: empty. At most 4 MiB, the rest is left out */
    size_t body_len;
    int64_t certificate_until; /* seconds since 1970; 0: no TLS */
} orch__probe_answer;

void orch__probe_ask(const orch__probe *probe, orch__probe_answer *out_answer);
void orch__probe_answer_fini(orch__probe_answer *answer);

#endif
