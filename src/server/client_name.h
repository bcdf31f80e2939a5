/* What somebody asks with, in a few words for a list of sessions: "Firefox 128 on Linux". */
#ifndef ORCHD_SERVER_CLIENT_NAME_H
#define ORCHD_SERVER_CLIENT_NAME_H

#include "orchd/types.h"

#define ORCH__CLIENT_NAME_MAX 80

/* From a User-Agent header, of which nothing is certain. Terminated; empty where it says nothing. Printable ASCII. */
void orch__client_name(orch_str user_agent, char out_name[ORCH__CLIENT_NAME_MAX]);

#endif
