/* The demo workspace: channels and three orchestrators whose rules answer without a language model. */
#ifndef ORCHD_DEMO_H
#define ORCHD_DEMO_H

#include "access.h"

/* Adds them to a workspace that was just set up. `quiet`: prints nothing but errors. */
bool orch__demo_fill(orch__access *access, bool quiet);

#endif
