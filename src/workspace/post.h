/* Checks of posting that editing and others share. */
#ifndef ORCHD_POST_H
#define ORCHD_POST_H

#include "workspace.h"

/* Length, UTF-8, not blank. */
ORCH_MUST_USE int orch__check_content(orch_str content, orch_problem *problem);

#endif
