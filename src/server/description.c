#include "description.h"

#include "operations.h"

static const char content_type[] = "application/json; charset=utf-8";

void orch__do_openapi(orch__exchange *exchange)
{
    orch__exchange_text(exchange, content_type, orch__openapi_document);
}

void orch__do_jsonrpc(orch__exchange *exchange)
{
    orch__exchange_text(exchange, content_type, orch__jsonrpc_document);
}
