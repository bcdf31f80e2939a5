#include "random.h"

int64_t sim_spread(sim_random *random, int64_t from, int64_t to)
{
    int64_t top = from;
    int doublings = 0;

    while (top < to) {
        top *= 2;
        doublings++;
    }
    int64_t low = from << sim_below(random, (uint32_t)doublings + 1);
    int64_t drawn = sim_between(random, low, low * 2);

    return drawn > to ? to : drawn;
}
