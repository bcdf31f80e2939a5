/* From text to a pointer. Keys are borrowed: whoever puts one keeps it alive. */
#ifndef ORCHD_STRMAP_H
#define ORCHD_STRMAP_H

#include "orchd/types.h"

typedef struct orch__strmap_entry {
    orch_str key; /* ptr NULL: free */
    void *value;
} orch__strmap_entry;

typedef struct orch__strmap {
    orch__strmap_entry *entries; /* open addressing, at most half full */
    size_t room;                 /* 0 or a power of 2 */
    size_t count;
    unsigned char secret[16]; /* of the hash: nobody can choose keys that collide */
} orch__strmap;

void *orch__strmap_get(const orch__strmap *map, orch_str key);
/* Adds or replaces. Running out of memory ends the program: maps follow commits, which cannot be taken back. */
void orch__strmap_put(orch__strmap *map, orch_str key, void *value);
void orch__strmap_remove(orch__strmap *map, orch_str key);
void orch__strmap_fini(orch__strmap *map);

#endif
