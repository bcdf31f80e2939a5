/* What a fuzz target is: libFuzzer's entry, also called by replay.c for each file of the corpus. */
#ifndef ORCHD_FUZZ_H
#define ORCHD_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#endif
