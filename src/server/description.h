/* What the server says of itself: protocol/ as JSON, made when the server is compiled. */
#ifndef ORCHD_SERVER_DESCRIPTION_H
#define ORCHD_SERVER_DESCRIPTION_H

#include "orchd/types.h"

extern const orch_str orch__openapi_document;
extern const orch_str orch__jsonrpc_document;

#endif
