/* A figure of a bench: measured in several rounds, printed as median and spread beside what it should reach and beside the
 * least that such work costs, measured in the same rounds.
 */
#ifndef BENCH_FIGURE_H
#define BENCH_FIGURE_H

#include <stdbool.h>
#include <stddef.h>

#define FIGURE_ROUNDS_MAX 32u

typedef enum figure_kind { FIGURE_AT_LEAST, FIGURE_AT_MOST } figure_kind;

typedef struct figure {
    const char *name;
    const char *unit;
    figure_kind kind;
    double target; /* 0: nobody asked for one */
    const char *limit_name;
    double values[FIGURE_ROUNDS_MAX];
    double limits[FIGURE_ROUNDS_MAX];
    size_t rounds;
    size_t limit_rounds;
} figure;

/* One more round; at most FIGURE_ROUNDS_MAX. */
void figure_add(figure *f, double value);
void figure_add_limit(figure *f, double limit);

/* Prints the line of column heads. */
void figure_print_heads(void);
/* Prints the figure's line; false: it missed its target. */
bool figure_print(const figure *f);

/* CPU time of this process in seconds: figures are of the work, not of who else uses the machine. */
double figure_clock(void);

#endif
