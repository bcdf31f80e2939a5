#include "message_rows.h"

#include <string.h>

static const char *type_of(orch_str text)
{
    static const char *const types[] = {"TEXT", "FILE", "SYSTEM", "COMMAND"};

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (orch__text_equal(text, orch__text_of(types[i])))
            return types[i];
    return types[0];
}

bool orch__message_read(const orch_workspace *workspace, const orch_result *result, size_t statement,
                        size_t row, size_t column, orch_message *out_message)
{
    orch_str text[ORCH__MESSAGE_COLUMNS_COUNT];
    orch_message message = {0};

    for (size_t i = 0; i < ORCH__MESSAGE_COLUMNS_COUNT; i++)
        text[i] = orch_result_text(result, statement, row, column + i);
    message.channel = orch_directory_channel(workspace->directory, text[1]);
    message.author = orch_directory_user(workspace->directory, text[2]);
    if (!orch__id_set(&message.id, text[0]) || !message.channel || !message.author)
        return false;
    if (text[5].len > 0 && !orch__id_set(&message.parent_id, text[5]))
        return false;
    message.edited = orch_result_integer(result, statement, row, column + 7) != 0;
    message.deleted = orch_result_integer(result, statement, row, column + 8) != 0;
    message.content = message.deleted ? ORCH_STR("") : text[3];
    message.metadata = message.deleted || text[6].len == 0 ? ORCH_STR("{}") : text[6];
    message.type = type_of(text[4]);
    message.created_ms = orch__time_read(text[9]);
    message.updated_ms = orch__time_read(text[10]);
    message.client_id = text[11];
    *out_message = message;
    return true;
}
