#include "buffer.h"

#include <stdlib.h>
#include <string.h>

#define SIZE_FIRST 256

int orch__buffer_append(orch__buffer *buffer, const char *ptr, size_t len, size_t len_max)
{
    if (len > len_max || buffer->len > len_max - len)
        return ORCH_E_TOO_LARGE;
    if (buffer->len + len > buffer->size) {
        size_t size = buffer->size ? buffer->size : SIZE_FIRST;

        while (size < buffer->len + len)
            size *= 2;

        char *grown = realloc(buffer->ptr, size);

        if (!grown)
            return ORCH_E_NO_MEMORY;
        buffer->ptr = grown;
        buffer->size = size;
    }
    if (len > 0)
        memcpy(buffer->ptr + buffer->len, ptr, len);
    buffer->len += len;
    return 0;
}

void orch__buffer_free(orch__buffer *buffer)
{
    free(buffer->ptr);
    *buffer = (orch__buffer){0};
}
