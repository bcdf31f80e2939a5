#include "batch.h"

#include "orchd/assert.h"

static const orch__statement *statement_at(const orch_result *result, size_t statement)
{
    ORCH_ASSERT(statement < result->count);
    return &result->statements[statement];
}

size_t orch_result_statements(const orch_result *result)
{
    return result->count;
}

size_t orch_result_rows(const orch_result *result, size_t statement)
{
    return statement_at(result, statement)->rows;
}

uint64_t orch_result_changes(const orch_result *result, size_t statement)
{
    return statement_at(result, statement)->changes;
}

orch_value orch_result_value(const orch_result *result, size_t statement, size_t row, size_t column)
{
    const orch__statement *from = statement_at(result, statement);

    ORCH_ASSERT(row < from->rows && column < from->columns);
    return from->cells[row * from->columns + column];
}

int64_t orch_result_integer(const orch_result *result, size_t statement, size_t row, size_t column)
{
    orch_value value = orch_result_value(result, statement, row, column);

    return value.kind == ORCH_VALUE_INTEGER ? value.integer : 0;
}

double orch_result_real(const orch_result *result, size_t statement, size_t row, size_t column)
{
    orch_value value = orch_result_value(result, statement, row, column);

    if (value.kind == ORCH_VALUE_INTEGER)
        return (double)value.integer;
    return value.kind == ORCH_VALUE_REAL ? value.real : 0;
}

orch_str orch_result_text(const orch_result *result, size_t statement, size_t row, size_t column)
{
    orch_value value = orch_result_value(result, statement, row, column);

    return value.kind == ORCH_VALUE_TEXT || value.kind == ORCH_VALUE_BLOB ? value.text : ORCH_STR_NONE;
}

int orch_result_failed_statement(const orch_result *result)
{
    return result->failed;
}

const char *orch_result_message(const orch_result *result)
{
    return result->message ? result->message : "";
}
