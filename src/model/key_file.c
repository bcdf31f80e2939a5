#include "key_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int orch_key_file_read(const char *path, char *out_key, size_t size)
{
    FILE *file = fopen(path, "re");

    if (!file)
        return ORCH_E_IO;

    size_t len = fread(out_key, 1, size - 1, file);
    int error = ferror(file) ? errno : 0;

    fclose(file);
    errno = error;
    if (error)
        return ORCH_E_IO;
    while (len > 0 && strchr(" \t\r\n", out_key[len - 1]))
        len--;
    out_key[len] = '\0';
    return memchr(out_key, '\0', len) ? ORCH_E_INVALID : 0;
}

bool orch_key_valid(const char *key, size_t max)
{
    size_t len = strlen(key);

    for (size_t i = 0; i < len; i++)
        if (key[i] <= 0x20 || key[i] >= 0x7f)
            return false;
    return len > 0 && len <= max;
}
