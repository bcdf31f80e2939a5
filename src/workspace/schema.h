/* The tables, as one list of migrations. */
#ifndef ORCHD_SCHEMA_H
#define ORCHD_SCHEMA_H

#include "database.h"

extern const orch_migration orch__migrations[];
extern const size_t orch__migrations_count;

#endif
