/* The ranges of a configuration. */
#ifndef ORCHD_CONFIG_H
#define ORCHD_CONFIG_H

#include "orchd/core.h"

/* The part "Manager" alone, and the whole. */
bool orch__config_manager_valid(const orch_core_config *config);
bool orch__config_valid(const orch_core_config *config);

#endif
