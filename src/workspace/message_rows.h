/* Rows of messages, as every query selects them. */
#ifndef ORCHD_MESSAGE_ROWS_H
#define ORCHD_MESSAGE_ROWS_H

#include "workspace_state.h"

/* `m` is the message, `c` its clientId. */
#define ORCH__MESSAGE_COLUMNS                                                                                \
    "m.id, m.channel_id, m.author_id, m.content, m.type, m.parent_id, m.metadata, m.is_edited, "             \
    "m.is_deleted, "                                                                                         \
    "m.created_at, m.updated_at, c.client_id"
#define ORCH__MESSAGE_COLUMNS_COUNT 12
#define ORCH__MESSAGE_FROM          " FROM messages m LEFT JOIN orchd_client_ids c ON c.message_id = m.id "

/* Columns from `column` on. Texts are borrowed from the result. False: the channel or author is not in the directory. */
bool orch__message_read(const orch_workspace *workspace, const orch_result *result, size_t statement,
                        size_t row, size_t column, orch_message *out_message);

#endif
