/* Makes an allocation fail: of our own code (linked with --wrap), of jansson, SQLite, libcurl and libwebsockets.
 *
 * A scenario runs in a process of its own for each allocation that fails. Before, one process counts them and tells by
 * which way through the program each was reached; of those that were reached by the same way only the first one fails. Threads
 * count apart, as the loop's thread ("main") and all others ("other").
 *
 *     PROGRAM [SCENARIO]            as CI does it: of a scenario with very many ways an even selection, always the same
 *     PROGRAM --ways [SCENARIO]     each way
 *     PROGRAM --every [SCENARIO]    each allocation, also those by the same way
 *     PROGRAM SCENARIO main|other NUMBER    one run, which tells the place
 *
 * What must hold in each process: no crash, no leak (in a build with AddressSanitizer), and the scenario's own demands: the
 * call that met it ended in the right error or the right result, and what follows works. Where the program is allowed to end
 * (ORCH_ASSERT after a commit that cannot be taken back) is a list in failing.c; each such end is counted and told.
 *
 * libuv is left out: it ends the program itself where its table of descriptors cannot grow.
 */
#ifndef ORCHD_FAILING_H
#define ORCHD_FAILING_H

#include <stdbool.h>

typedef struct failing_scenario {
    const char *name;
    /* In a process of its own, without failures: what every run finds in its folder. Optional. */
    void (*prepare)(const char *folder);
    /* With one failure somewhere between failing_begin and failing_end. Ends the process by failing_unless where a demand
     * does not hold. */
    void (*live)(const char *folder);
    unsigned runs_max; /* of each kind of thread, in CI; 0: each way */
} failing_scenario;

/* The whole test program; the last line is "N passed, N failed". */
int failing_main(int argc, char **argv, const failing_scenario *scenarios, unsigned count);

void failing_begin(void);
/* From here on there is memory again. */
void failing_end(void);
/* Whether it came already. */
bool failing_happened(void);
/* What this thread allocates in between is not counted: the test's own. */
void failing_pause(void);
void failing_resume(void);

/* Ends the process as failed, saying what did not hold, unless `condition`. */
void failing_unless(bool condition, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
