#include "failing.h"

#include <curl/curl.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <ftw.h>
#include <jansson.h>
#include <libwebsockets.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT_MAX   (1u << 20) /* allocations of one thread kind that are told apart */
#define DEPTH       14         /* frames that make a way */
#define RUN_MAX_S   60         /* a process that takes longer hangs */
#define AT_ONCE     2          /* processes */
#define OUTPUT_SHOW 4000

/* Where the program ends by design: what was committed must be in memory as well, the next start loads it. */
static const char *const ends_by_design[] = {
    "src/workspace/strmap.c:",
    "src/workspace/directory_entries.c:",
};

/* Libraries that do not stand it themselves: libwebsockets 4.1, whose context is then half made. */
static const char *const ends_in_a_library[] = {
    "in lws_create_context",
};

enum { MAIN, OTHER, KINDS };
static const char *const kind_names[] = {"main", "other"};

/* Shared with the process that counts. */
typedef struct record {
    uint32_t counts[KINDS];
    uint64_t ways[KINDS][COUNT_MAX];
} record;

static record *recorded;
static atomic_bool active, recording, happened, trace;
static atomic_uint counts[KINDS];
static uint32_t failing_kind, failing_number; /* 1 …; 0: none */
static _Thread_local unsigned paused;
static _Thread_local bool is_main;

/* ---- which allocation fails ---- */

void __sanitizer_print_stack_trace(void) __attribute__((weak));

static uint64_t way_here(void)
{
    void *frames[DEPTH];
    int depth;
    uint64_t hash = 14695981039346656037u;

    paused++;
    depth = backtrace(frames, DEPTH);
    paused--;
    for (int i = 2; i < depth; i++)
        hash = (hash ^ (uintptr_t)frames[i]) * 1099511628211u;
    return hash;
}

static void tell_where(void)
{
    paused++;
    fputs("the allocation that fails:\n", stderr);
    if (__sanitizer_print_stack_trace)
        __sanitizer_print_stack_trace();
    paused--;
}

/* Counts this allocation; true when it is the one that fails. */
static bool fails(void)
{
    uint32_t kind = is_main ? MAIN : OTHER, number;

    if (paused || !atomic_load_explicit(&active, memory_order_relaxed))
        return false;
    number = atomic_fetch_add(&counts[kind], 1) + 1;
    if (atomic_load(&recording) && number <= COUNT_MAX)
        recorded->ways[kind][number - 1] = way_here();
    if (number != failing_number || kind != failing_kind)
        return false;
    atomic_store(&happened, true);
    if (atomic_load(&trace))
        tell_where();
    errno = ENOMEM;
    return true;
}

/* ---- our own code: the linker's --wrap gives it these ---- */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t size);
int __real_vasprintf(char **out_text, const char *format, va_list arguments);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t size);
int __wrap_vasprintf(char **out_text, const char *format, va_list arguments);
int __wrap_asprintf(char **out_text, const char *format, ...);

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size)
{
    return fails() ? NULL : __real_realloc(block, size);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t size)
{
    return fails() ? NULL : __real_strndup(text, size);
}

int __wrap_vasprintf(char **out_text, const char *format, va_list arguments)
{
    return fails() ? -1 : __real_vasprintf(out_text, format, arguments);
}

int __wrap_asprintf(char **out_text, const char *format, ...)
{
    va_list arguments;
    int len;

    va_start(arguments, format);
    len = __wrap_vasprintf(out_text, format, arguments);
    va_end(arguments);
    return len;
}

/* ---- the libraries: by the doors that they have for it ---- */

static sqlite3_mem_methods sqlite_memory;

static void *sqlite_malloc(int size)
{
    return fails() ? NULL : sqlite_memory.xMalloc(size);
}

static void *sqlite_realloc(void *block, int size)
{
    return fails() ? NULL : sqlite_memory.xRealloc(block, size);
}

/* libwebsockets 4.1 does not stand everything itself: without memory for a connection's handle ("uvh") it forgets the
 * connection and never ends; without memory for a request's headers ("ah …") it reads nothing more from that connection,
 * which stays until it was idle for too long; the others are of its start, which then leaks or is half made. */
static bool left_out(const char *reason)
{
    static const char *const reasons[] = {"uvh",
                                          "ah struct",
                                          "ah data",
                                          "context",
                                          "lws_plat_dlopen",
                                          "event pipe wsi",
                                          "vhost-specific plugin table",
                                          "same vh list"};

    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (strcmp(reason, reasons[i]) == 0)
            return true;
    return false;
}

static void *lws_memory(void *block, size_t size, const char *reason)
{
    if (size == 0) {
        free(block);
        return NULL;
    }
    if (left_out(reason) || !fails())
        return __real_realloc(block, size);
    if (atomic_load(&trace))
        fprintf(stderr, "libwebsockets wanted it for: %s\n", reason);
    return NULL;
}

static void enter_libraries(void)
{
    sqlite3_mem_methods methods;

    json_set_alloc_funcs(__wrap_malloc, free);
    if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &sqlite_memory) != SQLITE_OK)
        abort();
    methods = sqlite_memory;
    methods.xMalloc = sqlite_malloc;
    methods.xRealloc = sqlite_realloc;
    if (sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) != SQLITE_OK)
        abort();
    if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, __wrap_malloc, free, __wrap_realloc, __wrap_strdup,
                             __wrap_calloc) != CURLE_OK)
        abort();
    lws_set_allocator(lws_memory);
}

/* ---- for scenarios ---- */

void failing_begin(void)
{
    atomic_store(&active, true);
}

void failing_end(void)
{
    atomic_store(&active, false);
}

bool failing_happened(void)
{
    return atomic_load(&happened);
}

void failing_pause(void)
{
    paused++;
}

void failing_resume(void)
{
    paused--;
}

void failing_unless(bool condition, const char *format, ...)
{
    va_list arguments;

    if (condition)
        return;
    paused++;
    va_start(arguments, format);
    fputs("does not hold: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    _exit(3);
}

/* ---- a process for each ---- */

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info;
    (void)kind;
    (void)where;
    return remove(path);
}

static void new_folder(char folder[64])
{
    snprintf(folder, 64, "%s/orchd-failing-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (!mkdtemp(folder))
        abort();
}

static void drop_folder(const char *folder)
{
    nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void copy_file(const char *from, const char *to)
{
    static char bytes[1 << 16];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    size_t size;

    if (!in || !out)
        abort();
    while ((size = fread(bytes, 1, sizeof(bytes), in)) > 0)
        if (fwrite(bytes, 1, size, out) != size)
            abort();
    fclose(in);
    fclose(out);
}

typedef struct run {
    pid_t pid;
    uint32_t kind;
    uint32_t number;
    char folder[64];
    char output[80];
} run;

/* Where the prepared files are; a run gets copies. */
static const char *prepared;
static const char *copied_to;

static int copy_one(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    char to[400];

    (void)info;
    if (kind != FTW_F)
        return 0;
    snprintf(to, sizeof(to), "%s/%s", copied_to, path + where->base);
    copy_file(path, to);
    return 0;
}

static void start(run *self, void (*body)(const char *folder))
{
    new_folder(self->folder);
    snprintf(self->output, sizeof(self->output), "%s.output", self->folder);
    if (prepared) {
        copied_to = self->folder;
        nftw(prepared, copy_one, 8, FTW_PHYS);
    }
    fflush(NULL);
    self->pid = fork();
    if (self->pid != 0)
        return;
    int out = open(self->output, O_CREAT | O_WRONLY | O_TRUNC, 0600);

    dup2(out, STDERR_FILENO);
    failing_kind = self->kind;
    failing_number = self->number;
    alarm(RUN_MAX_S);
    body(self->folder);
    failing_end();
    exit(0);
}

static void forget(run *self)
{
    drop_folder(self->folder);
    unlink(self->output);
    self->pid = 0;
}

static size_t read_output(const run *self, char *out, size_t size)
{
    FILE *file = fopen(self->output, "rb");
    size_t len = file ? fread(out, 1, size - 1, file) : 0;

    if (file)
        fclose(file);
    out[len] = '\0';
    return len;
}

typedef enum verdict { HOLDS, ENDS_BY_DESIGN, ENDS_IN_A_LIBRARY, BROKEN, VERDICTS } verdict;

/* Whether the innermost frames of a report are a library's. */
static bool in_library(const char *output)
{
    const char *frame = strstr(output, "    #0 ");
    const char *end = frame ? strstr(frame, "    #4 ") : NULL;

    if (!end || !strstr(output, "AddressSanitizer: SEGV"))
        return false;
    for (size_t i = 0; i < sizeof(ends_in_a_library) / sizeof(ends_in_a_library[0]); i++) {
        const char *found = strstr(frame, ends_in_a_library[i]);

        if (found && found < end)
            return true;
    }
    return false;
}

static verdict judge(const char *program, const failing_scenario *scenario, const run *self, int status)
{
    static char output[1 << 18];

    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return HOLDS;
    read_output(self, output, sizeof(output));
    for (size_t i = 0; i < sizeof(ends_by_design) / sizeof(ends_by_design[0]); i++)
        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT && strstr(output, ends_by_design[i]) &&
            strstr(output, "assertion failed"))
            return ENDS_BY_DESIGN;
    if (in_library(output))
        return ENDS_IN_A_LIBRARY;
    printf("FAILED %s: %s %d\n%.*s\nrepeat with: %s %s %s %u\n", scenario->name,
           WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "exit code",
           WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), OUTPUT_SHOW, output, program,
           scenario->name, kind_names[self->kind], self->number);
    return BROKEN;
}

static int wait_for(run *runs, size_t count, run **out_run)
{
    int status;
    pid_t pid = wait(&status);

    for (size_t i = 0; i < count; i++)
        if (runs[i].pid == pid)
            *out_run = &runs[i];
    return status;
}

/* ---- all of a scenario ---- */

static const failing_scenario *counted;

static void count_all(const char *folder)
{
    atomic_store(&recording, true);
    counted->live(folder);
    failing_end();
    for (unsigned kind = 0; kind < KINDS; kind++)
        recorded->counts[kind] = atomic_load(&counts[kind]);
}

static void once(const failing_scenario *scenario, void (*body)(const char *), const char *what)
{
    static char output[1 << 16];
    run self = {0};
    run *found = &self;
    int status;

    start(&self, body);
    status = wait_for(&self, 1, &found);
    if (status != 0) {
        read_output(&self, output, sizeof(output));
        printf("FAILED %s, %s: status %d\n%.*s\n0 passed, 1 failed\n", scenario->name, what, status,
               OUTPUT_SHOW, output);
        exit(1);
    }
    forget(&self);
}

static int by_way(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

    return a < b ? -1 : a > b;
}

typedef enum choice {
    SPREAD, /* of the ways as many as the scenario says, evenly */
    WAYS,   /* the first allocation of each way */
    EVERY,  /* every allocation */
} choice;

/* The numbers of one kind that shall fail: the first of each way, or all. Returns how many. */
static size_t choose(unsigned kind, choice chosen_by, uint32_t *out_numbers)
{
    uint32_t total = recorded->counts[kind] < COUNT_MAX ? recorded->counts[kind] : COUNT_MAX;
    uint64_t *seen = malloc(sizeof(*seen) * (total + 1));
    size_t ways = 0, chosen = 0;

    if (!seen)
        abort();
    for (uint32_t i = 0; i < total; i++) {
        size_t low = 0, high = ways;

        while (low < high) {
            size_t middle = (low + high) / 2;

            if (by_way(&seen[middle], &recorded->ways[kind][i]) < 0)
                low = middle + 1;
            else
                high = middle;
        }
        if (chosen_by != EVERY && low < ways && seen[low] == recorded->ways[kind][i])
            continue;
        memmove(seen + low + 1, seen + low, (ways - low) * sizeof(*seen));
        seen[low] = recorded->ways[kind][i];
        ways++;
        out_numbers[chosen++] = i + 1;
    }
    free(seen);
    return chosen;
}

/* Keeps at most `max` of the numbers, evenly; 0: all. Returns how many. */
static size_t spread(uint32_t *numbers, size_t count, size_t max)
{
    if (max == 0 || count <= max)
        return count;
    for (size_t i = 0; i < max; i++)
        numbers[i] = numbers[i * count / max];
    return max;
}

static void run_kind(const char *program, const failing_scenario *scenario, unsigned kind,
                     const uint32_t *numbers, size_t count, unsigned verdicts[VERDICTS])
{
    run runs[AT_ONCE] = {0};
    size_t next = 0, running = 0;

    while (next < count || running > 0) {
        run *free_run = NULL;
        int status;

        for (size_t i = 0; i < AT_ONCE; i++)
            if (runs[i].pid == 0)
                free_run = &runs[i];
        if (free_run && next < count) {
            *free_run = (run){.kind = kind, .number = numbers[next++]};
            start(free_run, scenario->live);
            running++;
            continue;
        }
        status = wait_for(runs, AT_ONCE, &free_run);
        verdicts[judge(program, scenario, free_run, status)]++;
        forget(free_run);
        running--;
    }
}

static unsigned run_scenario(const char *program, const failing_scenario *scenario, choice chosen_by,
                             unsigned *in_out_passed)
{
    static uint32_t numbers[COUNT_MAX];
    unsigned verdicts[VERDICTS] = {0};
    size_t chosen = 0;
    run preparing = {0};
    run *found = &preparing;

    prepared = NULL;
    if (scenario->prepare) {
        start(&preparing, scenario->prepare);
        if (wait_for(&preparing, 1, &found) != 0)
            abort();
        prepared = preparing.folder;
    }
    counted = scenario;
    once(scenario, count_all, "without a failure");
    for (unsigned kind = 0; kind < KINDS; kind++) {
        size_t count =
            spread(numbers, choose(kind, chosen_by, numbers), chosen_by == SPREAD ? scenario->runs_max : 0);

        chosen += count;
        run_kind(program, scenario, kind, numbers, count, verdicts);
    }
    printf("%s: %u allocations, %zu of them failed, each in its own run: %u held, %u ended by design, "
           "%u in a library, %u broken\n",
           scenario->name, recorded->counts[MAIN] + recorded->counts[OTHER], chosen, verdicts[HOLDS],
           verdicts[ENDS_BY_DESIGN], verdicts[ENDS_IN_A_LIBRARY], verdicts[BROKEN]);
    fflush(stdout);
    if (scenario->prepare)
        forget(&preparing);
    *in_out_passed += verdicts[BROKEN] == 0;
    return verdicts[BROKEN] > 0;
}

/* SCENARIO main|other NUMBER, in this process, with the place told. */
static int repeat(char **argv, const failing_scenario *scenario)
{
    char folder[64];

    if (scenario->prepare) {
        run preparing = {0};
        run *found = &preparing;

        start(&preparing, scenario->prepare);
        if (wait_for(&preparing, 1, &found) != 0)
            abort();
        prepared = preparing.folder;
    }
    new_folder(folder);
    copied_to = folder;
    if (prepared)
        nftw(prepared, copy_one, 8, FTW_PHYS);
    failing_kind = strcmp(argv[2], kind_names[OTHER]) == 0 ? OTHER : MAIN;
    failing_number = (uint32_t)strtoul(argv[3], NULL, 10);
    atomic_store(&trace, true);
    scenario->live(folder);
    failing_end();
    drop_folder(folder);
    printf("holds\n");
    return 0;
}

int failing_main(int argc, char **argv, const failing_scenario *scenarios, unsigned count)
{
    choice chosen_by = SPREAD;
    const char *program = argv[0];
    unsigned passed = 0, failed = 0;
    void *frames[4];

    if (argc > 1 && strcmp(argv[1], "--ways") == 0)
        chosen_by = WAYS;
    else if (argc > 1 && strcmp(argv[1], "--every") == 0)
        chosen_by = EVERY;
    if (chosen_by != SPREAD)
        argc--, argv++;
    is_main = true;
    setvbuf(stdout, NULL, _IOLBF, 0);
    (void)backtrace(frames, 4); /* loads what it needs */
    enter_libraries();
    recorded = mmap(NULL, sizeof(*recorded), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (recorded == MAP_FAILED)
        abort();
    for (unsigned i = 0; i < count; i++) {
        if (argc == 4 && strcmp(argv[1], scenarios[i].name) == 0)
            return repeat(argv, &scenarios[i]);
        if (argc == 4 || (argc == 2 && strcmp(argv[1], scenarios[i].name) != 0))
            continue;
        failed += run_scenario(program, &scenarios[i], chosen_by, &passed);
    }
    printf("%u passed, %u failed\n", passed, failed);
    return failed || !passed ? 1 : 0;
}
