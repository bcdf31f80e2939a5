/* The newest errors of a daemon, each "time message" in one block. */
#include "runtime_parts.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 400 /* bytes of the message; a longer one is cut */

void orch__errors_add(orch__errors **errors, int64_t now_ms, const char *text)
{
    char time[ORCH__RUNTIME_TIME_MAX];
    char *line = malloc(ORCH__RUNTIME_TIME_MAX + TEXT_MAX);
    orch__errors *list = *errors ? *errors : calloc(1, sizeof *list);

    if (!line || !list) {
        free(line);
        if (list != *errors)
            free(list);
        return;
    }
    *errors = list;
    orch__runtime_time_text(now_ms, time);
    snprintf(line, ORCH__RUNTIME_TIME_MAX + TEXT_MAX, "%s %.*s", time, TEXT_MAX - 1, text);
    if (list->count == ORCH__ERRORS_MAX) {
        free((char *)list->texts[0]);
        memmove(&list->texts[0], &list->texts[1], (ORCH__ERRORS_MAX - 1) * sizeof list->texts[0]);
        list->count--;
    }
    list->texts[list->count++] = realloc(line, strlen(line) + 1);
}

void orch__errors_free(orch__errors *errors)
{
    if (!errors)
        return;
    for (size_t i = 0; i < errors->count; i++)
        free((char *)errors->texts[i]);
    free(errors);
}
