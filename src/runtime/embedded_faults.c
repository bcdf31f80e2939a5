#include <stdlib.h>
#include <string.h>

#include "embedded.h"

void orch__faults_add(orch__faults *faults, const char *text)
{
    char *copy = strdup(text);

    if (!copy)
        return; /* the event tells it all the same */
    if (faults->count == ORCH_DAEMON_ERRORS_MAX) {
        free(faults->texts[0]);
        faults->count--;
        memmove(&faults->texts[0], &faults->texts[1], faults->count * sizeof faults->texts[0]);
    }
    faults->texts[faults->count++] = copy;
}

void orch__faults_fini(orch__faults *faults)
{
    for (size_t i = 0; i < faults->count; i++)
        free(faults->texts[i]);
    faults->count = 0;
}
