/* Text in lines of whole words. */
#ifndef ORCHD_WRAP_H
#define ORCHD_WRAP_H

#include <stdio.h>

#define ORCH__WRAP_NEVER (~0U)

/* Prints the words of `text` from `column` on, in lines of at most `width` columns that begin at `indent`, and ends the last one. A line
 * end in it is a space; an empty line stays one. */
void orch__print_wrapped(FILE *out, const char *text, unsigned width, unsigned column, unsigned indent);

#endif
