#include "batch.h"

#include <stdlib.h>
#include <string.h>

#include "orchd/assert.h"

#define CHUNK_BYTES 8192

orch_batch *orch_batch_new(void)
{
    orch_batch *batch = malloc(sizeof *batch);

    if (!batch)
        return NULL;
    memset(batch, 0, offsetof(orch_batch, inline_statements));
    batch->room = ORCH__BATCH_INLINE_STATEMENTS;
    batch->result.statements = batch->inline_statements;
    batch->result.failed = -1;
    return batch;
}

void orch_batch_free(orch_batch *batch)
{
    if (!batch)
        return;
    for (orch__chunk *chunk = batch->chunks; chunk;) {
        orch__chunk *next = chunk->next;

        free(chunk);
        chunk = next;
    }
    free(batch);
}

static void *allocate_from_chunk(orch_batch *batch, size_t size)
{
    orch__chunk *chunk = batch->chunks;

    if (!chunk || chunk->size - chunk->used < size) {
        size_t room = size > CHUNK_BYTES ? size : CHUNK_BYTES;

        chunk = malloc(sizeof *chunk + room);
        if (!chunk)
            return NULL;
        chunk->size = room;
        chunk->used = 0;
        chunk->next = batch->chunks;
        batch->chunks = chunk;
    }
    void *block = chunk->bytes + chunk->used;

    chunk->used += size;
    return block;
}

void *orch__batch_allocate(orch_batch *batch, size_t size)
{
    size = (size + 15) & ~(size_t)15;
    if (ORCH__BATCH_INLINE_BYTES - batch->inline_used < size)
        return allocate_from_chunk(batch, size);
    void *block = batch->inline_bytes + batch->inline_used;

    batch->inline_used += size;
    return block;
}

static int grow_statements(orch_batch *batch)
{
    size_t count = batch->result.count;
    orch__statement *larger = orch__batch_allocate(batch, sizeof *larger * count * 2);

    if (!larger)
        return ORCH_E_NO_MEMORY;
    memcpy(larger, batch->result.statements, sizeof *larger * count);
    batch->result.statements = larger;
    batch->room = (uint32_t)count * 2;
    return 0;
}

static bool is_bytes(const orch_value *value)
{
    return value->kind == ORCH_VALUE_TEXT || value->kind == ORCH_VALUE_BLOB;
}

/* One block for the values and the texts behind them. */
static orch_value *copy_values(orch_batch *batch, const orch_value *values, size_t count)
{
    size_t bytes = 0;

    for (size_t i = 0; i < count; i++)
        bytes += is_bytes(&values[i]) ? values[i].text.len : 0;
    orch_value *copies = orch__batch_allocate(batch, sizeof *copies * count + bytes);

    if (!copies)
        return NULL;
    char *text = (char *)(copies + count);

    for (size_t i = 0; i < count; i++) {
        copies[i] = values[i];
        if (!is_bytes(&values[i]))
            continue;
        if (values[i].text.len > 0)
            memcpy(text, values[i].text.ptr, values[i].text.len);
        copies[i].text.ptr = text;
        text += values[i].text.len;
    }
    return copies;
}

int orch_batch_add(orch_batch *batch, const char *sql, const orch_value *values, size_t count)
{
    ORCH_ASSERT(count <= ORCH_PARAMETERS_MAX);
    if (batch->result.count == ORCH_BATCH_STATEMENTS_MAX)
        return ORCH_E_FULL;
    if (batch->result.count == batch->room && grow_statements(batch) != 0)
        return ORCH_E_NO_MEMORY;
    orch_value *copies = copy_values(batch, values, count);

    if (!copies)
        return ORCH_E_NO_MEMORY;
    batch->result.statements[batch->result.count] =
        (orch__statement){.sql = sql, .values = copies, .values_count = (uint32_t)count};
    return (int)batch->result.count++;
}

void orch_batch_expect(orch_batch *batch, uint32_t rows)
{
    ORCH_ASSERT(batch->result.count > 0);
    batch->result.statements[batch->result.count - 1].expected = rows;
}

orch_value *orch__batch_row(orch_batch *batch, orch__statement *statement, uint32_t columns)
{
    statement->columns = columns;
    if (statement->rows == statement->rows_room) {
        uint32_t room = statement->rows_room == 0 ? 1 : statement->rows_room * 4;
        orch_value *larger = orch__batch_allocate(batch, sizeof *larger * room * columns);

        if (!larger)
            return NULL;
        if (statement->rows > 0)
            memcpy(larger, statement->cells, sizeof *larger * statement->rows * columns);
        statement->cells = larger;
        statement->rows_room = room;
    }
    return statement->cells + (size_t)columns * statement->rows++;
}

void orch__batch_rewind(orch_batch *batch)
{
    for (size_t i = 0; i < batch->result.count; i++) {
        batch->result.statements[i].rows = 0;
        batch->result.statements[i].changes = 0;
    }
    batch->result.failed = -1;
    batch->result.message = NULL;
    batch->error = 0;
}

int orch__batch_fail(orch_batch *batch, int error, size_t statement, const char *message)
{
    size_t len = strlen(message);
    char *copy = orch__batch_allocate(batch, len + 1);

    if (copy)
        memcpy(copy, message, len + 1);
    batch->error = error;
    batch->result.failed = (int)statement;
    batch->result.message = copy;
    return error;
}

bool orch__statement_satisfied(const orch__statement *statement)
{
    return statement->changes >= statement->expected || statement->rows >= statement->expected;
}

void orch__batch_list_append(orch__batch_list *list, orch_batch *batch)
{
    batch->next = NULL;
    if (list->last)
        list->last->next = batch;
    else
        list->first = batch;
    list->last = batch;
    list->count++;
}

orch_batch *orch__batch_list_take(orch__batch_list *list)
{
    orch_batch *batch = list->first;

    if (!batch)
        return NULL;
    list->first = batch->next;
    if (!list->first)
        list->last = NULL;
    list->count--;
    return batch;
}

void orch__batch_list_move(orch__batch_list *to, orch__batch_list *from)
{
    if (!from->first)
        return;
    if (to->last)
        to->last->next = from->first;
    else
        to->first = from->first;
    to->last = from->last;
    to->count += from->count;
    *from = (orch__batch_list){0};
}
