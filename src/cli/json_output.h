/* What --json prints: one value a line, flushed, so that a program that reads along gets it at once. */
#ifndef ORCHD_JSON_OUTPUT_H
#define ORCHD_JSON_OUTPUT_H

#include <jansson.h>

/* `value` is borrowed. */
void orch__print_json(const json_t *value);

#endif
