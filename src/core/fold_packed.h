/* The same records as fold_table.h for where bytes to load count more than 130 KB of memory: unpacked by the first look-up.
 *
 * For one thread.
 */
#ifndef ORCHD_FOLD_PACKED_H
#define ORCHD_FOLD_PACKED_H

#include "fold.h"

#define ORCH__FOLD_LIMIT 0x20000u

/* See tools/unicode_fold.py. */
extern const unsigned char orch__fold_packed[];

extern uint16_t orch__fold_sequences[];

/* As in fold_table.h: value * 256 + count * 16 + class. */
int32_t orch__fold_record(uint32_t code);

#endif
