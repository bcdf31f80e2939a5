#include "json_output.h"

#include <stdio.h>

void orch__print_json(const json_t *value)
{
    json_dumpf(value, stdout, JSON_COMPACT);
    putchar('\n');
    fflush(stdout);
}
