/* Filling the directory at start. */
#ifndef ORCHD_DIRECTORY_LOAD_H
#define ORCHD_DIRECTORY_LOAD_H

#include "workspace_state.h"

/* Reads everything of the directory and where turns and cursors stand. Blocks. */
ORCH_MUST_USE int orch__directory_load(orch_workspace *workspace, char *out_message, size_t message_size);

#endif
