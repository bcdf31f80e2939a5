#include "batch.h"

#include <string.h>

void orch_database_config_init(orch_database_config *config)
{
    memset(config, 0, sizeof *config);
    config->version = ORCH_DATABASE_CONFIG_VERSION;
    config->group_rows_max = 128;
    config->readers = 1;
    config->waiting_max = 100000;
    config->cache_bytes = (size_t)2 << 20;
}

int orch_database_submit(orch_database *database, orch_batch *batch, orch_batch_kind kind,
                         orch_batch_done done, void *user)
{
    return database->ops->submit(database, batch, kind, done, user);
}

size_t orch_database_deliver(orch_database *database)
{
    return database->ops->deliver(database);
}

void orch_database_drain(orch_database *database)
{
    database->ops->drain(database);
}

void orch_database_close(orch_database *database)
{
    if (database)
        database->ops->close(database);
}
