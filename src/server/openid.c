#include "openid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "http://127.0.0.1:7717" */
static bool listens_here(const orch_server *server)
{
    const char *authority = strstr(orch_server_address(server), "://");

    return authority && orch_fetch_is_here(orch__str(authority + 3));
}

static orch__openid *new_openid(orch_server *server, const orch_openid_config *config)
{
    orch__openid *openid = calloc(1, sizeof(*openid) + config->count * sizeof(openid->issuers[0]));

    if (!openid)
        return NULL;
    if (orch_fetches_new(server->loop, &openid->fetches)) {
        free(openid);
        return NULL;
    }
    openid->config = config;
    openid->count = config->count;
    orch__pendings_init(&openid->pendings);
    for (size_t i = 0; i < config->count; i++)
        orch__issuer_init(&openid->issuers[i], &config->providers[i], server->loop, openid->fetches);
    return openid;
}

int orch__openid_check(const orch_server *server, const orch_server_config *config, char *out_message,
                       size_t message_size)
{
    if (!config->openid || config->openid->count == 0 || config->openid->public_url || listens_here(server))
        return 0;
    snprintf(out_message, message_size,
             "logins by OpenID (%s) need the address where browsers find this server: --public-url "
             "https://… or ORCHD_PUBLIC_URL",
             config->openid->providers[0].name);
    return ORCH_E_INVALID;
}

int orch__openid_open(orch_server *server, const orch_server_config *config, char *out_message,
                      size_t message_size)
{
    if (!config->openid || config->openid->count == 0)
        return 0;
    server->openid = new_openid(server, config->openid);
    if (server->openid)
        return 0;
    snprintf(out_message, message_size, "out of memory");
    return ORCH_E_NO_MEMORY;
}

bool orch__openid_close(orch_server *server, void (*closed)(void *user))
{
    orch__openid *openid = server->openid;
    orch_fetches *fetches = openid ? openid->fetches : NULL;

    if (!fetches)
        return false;
    openid->fetches = NULL;
    for (size_t i = 0; i < openid->count; i++)
        openid->issuers[i].fetches = NULL;
    orch_fetches_close(fetches, closed, server);
    return true;
}

void orch__openid_free(orch_server *server)
{
    orch__openid *openid = server->openid;

    if (!openid)
        return;
    for (size_t i = 0; i < openid->count; i++)
        orch__issuer_fini(&openid->issuers[i]);
    orch__pendings_fini(&openid->pendings);
    free(openid);
    server->openid = NULL;
}
