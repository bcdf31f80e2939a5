/* Text into a lent buffer, without a C library. Like snprintf: what does not fit is counted, not written. */
#ifndef ORCHD_FORMAT_H
#define ORCHD_FORMAT_H

#include "orchd/types.h"

typedef struct orch__format {
    char *buffer;
    size_t size;
    size_t len; /* of the whole text, may exceed size */
} orch__format;

void orch__format_char(orch__format *out, char c);
void orch__format_text(orch__format *out, const char *text);
void orch__format_str(orch__format *out, orch_str text);
void orch__format_unsigned(orch__format *out, uint64_t value);
void orch__format_signed(orch__format *out, int64_t value);

/* " key=value" */
void orch__format_field(orch__format *out, const char *key, int64_t value);

/* Terminates what is in the buffer; returns the length of the whole. */
size_t orch__format_end(orch__format *out);

#endif
