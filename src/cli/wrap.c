#include "wrap.h"

#include <stdbool.h>
#include <string.h>

#include "terminal.h"

void orch__print_wrapped(FILE *out, const char *text, unsigned width, unsigned column, unsigned indent)
{
    bool first = true;

    for (const char *at = text; *at;) {
        size_t space = strspn(at, " \n");
        size_t len = strcspn(at + space, " \n");
        unsigned columns = orch__text_width((orch_str){at + space, len});
        bool paragraph = space > 1 && memcmp(at, "\n\n", 2) == 0;

        if (paragraph || (!first && column + 1 + columns > width)) {
            fprintf(out, "%s\n%*s", paragraph ? "\n" : "", (int)indent, "");
            column = indent;
        } else if (!first && len > 0) {
            fputc(' ', out);
            column++;
        }
        fprintf(out, "%.*s", (int)len, at + space);
        column += columns;
        first = false;
        at += space + len;
    }
    fputc('\n', out);
}
