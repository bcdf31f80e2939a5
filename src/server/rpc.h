/* JSON-RPC 2.0 over a WebSocket: one message a frame, no batches. https://www.jsonrpc.org/specification */
#ifndef ORCHD_SERVER_RPC_H
#define ORCHD_SERVER_RPC_H

#include "websocket.h"

void orch__rpc_receive(orch__socket *socket, orch_str text);

#endif
