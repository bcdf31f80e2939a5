#include "curl_library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "orchd/error.h"

#define LIBRARY "libcurl.so.4" /* the ABI of libcurl since 7.16 (2006) */

orch__curl_functions orch__curl;

#define ROW(function) {"curl_" #function, offsetof(orch__curl_functions, function)},
static const struct {
    const char *name;
    size_t offset;
} functions[] = {ORCH__CURL_FUNCTIONS(ROW)};
#undef ROW

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int result;
static char problem[256];

static void failed(const char *words)
{
    snprintf(problem, sizeof(problem), "%s; install the package libcurl4", words);
    result = ORCH_E_UNSUPPORTED;
}

/* It is never unloaded: libcurl and OpenSSL leave things behind that run when the process ends. */
static void load(void)
{
    orch__curl_functions found;
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

    if (!library) {
        failed(dlerror());
        return;
    }
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        void *symbol = dlsym(library, functions[i].name);

        if (!symbol) {
            failed(dlerror());
            return;
        }
        memcpy((char *)&found + functions[i].offset, &symbol, sizeof(symbol));
    }
    orch__curl = found;
}

int orch__curl_load(void)
{
    pthread_once(&once, load);
    return result;
}

const char *orch__curl_problem(void)
{
    return problem;
}
