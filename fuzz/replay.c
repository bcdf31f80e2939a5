/* Replays a corpus: each file of the folder once, whole and in every shorter length up to 64 bytes. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define INPUT_MAX (1u << 20)

static void run(const uint8_t *bytes, size_t size)
{
    /* A block of exactly this size, so that a read past its end is seen by the sanitizer. */
    uint8_t *copy = malloc(size ? size : 1);

    if (!copy)
        abort();
    memcpy(copy, bytes, size);
    (void)LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static void replay(const char *folder, const char *name)
{
    static uint8_t bytes[INPUT_MAX];
    char path[4096];
    size_t size;
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(1);
    }
    size = fread(bytes, 1, sizeof(bytes), file);
    fclose(file);
    for (size_t length = 0; length < size && length < 64; length++)
        run(bytes, length);
    run(bytes, size);
}

int main(int argc, char **argv)
{
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    struct dirent *entry;
    unsigned files = 0;

    if (!folder) {
        fprintf(stderr, "usage: %s CORPUS\n", argv[0]);
        return 2;
    }
    while ((entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        replay(argv[1], entry->d_name);
        files++;
    }
    closedir(folder);
    printf("%u inputs replayed\n", files);
    return files ? 0 : 1;
}
