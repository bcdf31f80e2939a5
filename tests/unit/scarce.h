/* Memory that fails: our own allocations (linked with --wrap) and those of jansson. One thread. */
#ifndef ORCHD_TEST_SCARCE_H
#define ORCHD_TEST_SCARCE_H

#include <stdbool.h>
#include <stddef.h>

typedef enum scarce_for { SCARCE_ONCE, SCARCE_FROM_THEN_ON } scarce_for;

/* The `number`th allocation from now on fails (1: the next), or it and all that follow. */
void scarce_begin(size_t number, scarce_for how_long);
/* There is memory again. Whether one failed. */
bool scarce_end(void);
/* What a test allocates itself in between does not count. */
void scarce_pause(void);
void scarce_resume(void);
/* Blocks that are allocated and not freed. */
size_t scarce_live(void);

#endif
