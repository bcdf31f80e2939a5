/* orchd-sim: one seed with its trace, or a range of seeds over several processes. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checkers.h"
#include "workers.h"

static const char usage[] =
    "orchd-sim [OPTION…] [SEED]        one seed, with its trace\n"
    "orchd-sim --seeds FROM..TO [OPTION…]  a range of seeds, quietly\n"
    "\n"
    "  --seeds FROM..TO | SEED  which seeds; both included\n"
    "  --jobs N                 processes at once (default 1)\n"
    "  --trace                  print each step of the core\n"
    "  --minutes M              stop after so many minutes, however many seeds are left\n"
    "  --crash-each             with one SEED: run it again and again, with one crash at each possible "
    "place\n"
    "  --find                   stop at the first failure; success is to find one (for planted mistakes)\n"
    "  --blind                  no orch_core_validate and no soak: only what is seen in the run itself\n";

typedef struct arguments {
    sim_batch batch;
    bool crash_each;
    bool range;
} arguments;

static bool read_number(const char *text, uint64_t *out_number)
{
    char *end;

    *out_number = strtoull(text, &end, 10);
    return end != text && *end == '\0';
}

static bool read_seeds(const char *text, arguments *out)
{
    const char *dots = strstr(text, "..");
    char from[32];

    out->range = dots != NULL;
    if (!dots) {
        out->batch.to = 0;
        if (!read_number(text, &out->batch.from))
            return false;
        out->batch.to = out->batch.from;
        return true;
    }
    snprintf(from, sizeof from, "%.*s", (int)(dots - text), text);
    return read_number(from, &out->batch.from) && read_number(dots + 2, &out->batch.to) &&
           out->batch.from <= out->batch.to;
}

static bool read_arguments(int argc, char **argv, arguments *out)
{
    enum { SEEDS = 1, JOBS, TRACE, MINUTES, CRASH_EACH, FIND, BLIND };
    static const struct option options[] = {
        {"seeds", required_argument, NULL, SEEDS},     {"jobs", required_argument, NULL, JOBS},
        {"trace", no_argument, NULL, TRACE},           {"minutes", required_argument, NULL, MINUTES},
        {"crash-each", no_argument, NULL, CRASH_EACH}, {"find", no_argument, NULL, FIND},
        {"blind", no_argument, NULL, BLIND},           {NULL, 0, NULL, 0},
    };
    uint64_t number;
    bool good = true;
    int option;

    *out = (arguments){.batch = {.from = 1, .to = 20000, .jobs = 1}, .range = true};
    while (good && (option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case SEEDS:
            good = read_seeds(optarg, out);
            break;
        case JOBS:
            good = read_number(optarg, &number) && number >= 1 && number <= SIM_JOBS_MAX;
            out->batch.jobs = (unsigned)number;
            break;
        case TRACE:
            out->batch.options.verbose = true;
            break;
        case MINUTES:
            good = read_number(optarg, &number) && number >= 1;
            out->batch.minutes = (unsigned)number;
            break;
        case CRASH_EACH:
            out->crash_each = true;
            break;
        case FIND:
            out->batch.find = true;
            break;
        case BLIND:
            out->batch.options.blind = true;
            break;
        default:
            good = false;
        }
    }
    if (good && optind < argc)
        good = read_seeds(argv[optind], out) && optind + 1 == argc;
    return good && !(out->crash_each && out->range);
}

static int one_seed(const arguments *given)
{
    static sim_world world;
    sim_options options = given->batch.options;
    bool failed;

    options.verbose = true;
    sim_world_init(&world);
    sim_world_run(&world, given->batch.from, options);
    failed = sim_failed(&world);
    printf("seed %llu: %s after %.1f h, %llu events, %llu crashes, %u messages, %u turns\n",
           (unsigned long long)given->batch.from, failed ? "FAILED" : "good", (double)world.now_ms / 3600000,
           (unsigned long long)world.events, (unsigned long long)world.crashes,
           world.store.messages_count - 1, world.store.rows_count - 1);
    if (failed)
        printf("%s: %s\nrepeat: ./dev sim %llu\n", world.record.checker, world.record.words,
               (unsigned long long)given->batch.from);
    printf("%d passed, %d failed\n", !failed, failed);
    sim_world_fini(&world);
    return failed ? 1 : 0;
}

/* The seed without a crash tells how many places there are. */
static int crash_each(const arguments *given)
{
    static sim_world world;
    sim_options options = given->batch.options;
    uint64_t places, failures = 0;

    sim_world_init(&world);
    options.crash_at = UINT32_MAX;
    sim_world_run(&world, given->batch.from, options);
    places = world.crash_points;
    for (uint32_t at = 1; at <= places && !sim_failed(&world); at++) {
        options.crash_at = at;
        sim_world_run(&world, given->batch.from, options);
    }
    if (sim_failed(&world)) {
        failures = 1;
        sim_trace_tail(&world.trace);
        printf("seed %llu, crash at place %u: %s: %s\n", (unsigned long long)given->batch.from,
               options.crash_at, world.record.checker, world.record.words);
    }
    printf("%llu places to crash\n%llu passed, %llu failed\n", (unsigned long long)places,
           (unsigned long long)(failures ? options.crash_at : places + 1), (unsigned long long)failures);
    sim_world_fini(&world);
    return failures ? 1 : 0;
}

int main(int argc, char **argv)
{
    arguments given;

    if (!read_arguments(argc, argv, &given)) {
        fputs(usage, stderr);
        return 2;
    }
    if (given.crash_each)
        return crash_each(&given);
    if (!given.range)
        return one_seed(&given);
    return sim_workers_run(&given.batch);
}
