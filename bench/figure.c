#include "figure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

double figure_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void figure_add(figure *f, double value)
{
    if (f->rounds < FIGURE_ROUNDS_MAX)
        f->values[f->rounds++] = value;
}

void figure_add_limit(figure *f, double limit)
{
    if (f->limit_rounds < FIGURE_ROUNDS_MAX)
        f->limits[f->limit_rounds++] = limit;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return (left > right) - (left < right);
}

typedef struct spread {
    double low;
    double median;
    double high;
} spread;

static spread spread_of(const double *values, size_t count)
{
    double sorted[FIGURE_ROUNDS_MAX];

    if (count == 0)
        return (spread){0, 0, 0};
    memcpy(sorted, values, count * sizeof *values);
    qsort(sorted, count, sizeof *sorted, compare);
    return (spread){sorted[0], (sorted[(count - 1) / 2] + sorted[count / 2]) / 2, sorted[count - 1]};
}

void figure_print_heads(void)
{
    printf("%-40s %8s %-6s %15s   %-30s %s\n", "", "median", "", "lowest-highest", "target", "the least");
}

bool figure_print(const figure *f)
{
    spread values = spread_of(f->values, f->rounds);
    double limit = spread_of(f->limits, f->limit_rounds).median;
    bool at_least = f->kind == FIGURE_AT_LEAST;
    bool reached = at_least ? values.median >= f->target : values.median <= f->target;
    int digits = values.high < 100 ? 2 : 0;
    char range[48], verdict[64] = "-";

    snprintf(range, sizeof range, "%.*f-%.*f", digits, values.low, digits, values.high);
    if (f->target > 0 && reached)
        snprintf(verdict, sizeof verdict, "%s %g: reached", at_least ? ">=" : "<=", f->target);
    else if (f->target > 0)
        snprintf(verdict, sizeof verdict, "%s %g: missed by %.*f", at_least ? ">=" : "<=", f->target, digits,
                 at_least ? f->target - values.median : values.median - f->target);
    printf("%-40s %8.*f %-6s %15s   %-30s", f->name, digits, values.median, f->unit, range, verdict);
    if (f->limit_name)
        printf(" %.*f: %s", limit < 100 ? 2 : 0, limit, f->limit_name);
    putchar('\n');
    return f->target <= 0 || reached;
}
