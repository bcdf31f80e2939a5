/* The page that people open: its files lie in the program, compressed, in read-only pages that nobody reads until somebody asks.
 *
 * tools/page/embed.py makes the table of what web/build.mjs left (meson -Dpage=build/page); without it the table has one file, which
 * says that this program was built without the page.
 */
#ifndef ORCHD_SERVER_PAGE_H
#define ORCHD_SERVER_PAGE_H

#include "http.h"

typedef enum orch__encoding { ORCH__IDENTITY, ORCH__GZIP, ORCH__BROTLI } orch__encoding;
#define ORCH__ENCODINGS_COUNT 3

typedef struct orch__page_file {
    const char *path; /* "/assets/main-3F2A.js" */
    const char *type;
    const char *hash; /* of its content */
    bool immutable;   /* its name tells the content */
    struct {
        const unsigned char *begin; /* NULL: not kept in that form */
        const unsigned char *end;
    } forms[ORCH__ENCODINGS_COUNT];
} orch__page_file;

/* "/index.html" is the shell: it is the answer to every path that is a view of the page. */
extern const orch__page_file orch__page_files[];
extern const size_t orch__page_files_count;

/* NULL: neither a file nor a view of the page. */
const orch__page_file *orch__page_find(orch_str path);

/* Answers a GET or HEAD of it, in the smallest form that the client takes; 304 where the client has it. */
void orch__page_answer(orch__connection *connection, const orch__page_file *file);

/* Answers 404 with the shell, which says that there is nothing, where a browser asks for a path that nothing has; false: it is a
 * program that asks, or the API that is meant. */
bool orch__page_answer_nowhere(orch__connection *connection, orch_str path);

#endif
