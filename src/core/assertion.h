/* Programming errors stop the program, in release builds as well. Not called assert.h: an include path that
 * holds such a file would hide the C library's. */
#ifndef ORCHD_ASSERTION_H
#define ORCHD_ASSERTION_H

#define ORCH_ASSERT(condition) ((condition) ? (void)0 : __builtin_trap())

#endif
