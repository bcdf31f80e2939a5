#include "scarce.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool active, prepared, failed;
static unsigned paused;
static size_t count, first;
static scarce_for lasting;
static size_t live;

void *__real_malloc(size_t size);
void *__real_calloc(size_t items, size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t items, size_t size);
void *__wrap_realloc(void *block, size_t size);
void __wrap_free(void *block);
char *__wrap_strdup(const char *text);
int __wrap_asprintf(char **out_text, const char *format, ...);

static bool fails(void)
{
    if (!active || paused > 0)
        return false;
    count++;
    if (lasting == SCARCE_ONCE ? count != first : count < first)
        return false;
    failed = true;
    errno = ENOMEM;
    return true;
}

static void *counted(void *block)
{
    live += block != NULL;
    return block;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : counted(__real_malloc(size));
}

void *__wrap_calloc(size_t items, size_t size)
{
    return fails() ? NULL : counted(__real_calloc(items, size));
}

void *__wrap_realloc(void *block, size_t size)
{
    void *grown;

    if (fails())
        return NULL;
    grown = __real_realloc(block, size);
    return block ? grown : counted(grown);
}

void __wrap_free(void *block)
{
    live -= block != NULL;
    __real_free(block);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : counted(__real_strdup(text));
}

int __wrap_asprintf(char **out_text, const char *format, ...)
{
    va_list arguments;
    int len;

    if (fails())
        return -1;
    va_start(arguments, format);
    len = vasprintf(out_text, format, arguments);
    va_end(arguments);
    live += len >= 0;
    return len;
}

void scarce_begin(size_t number, scarce_for how_long)
{
    if (!prepared)
        json_set_alloc_funcs(__wrap_malloc, __wrap_free);
    prepared = true;
    count = 0;
    first = number;
    lasting = how_long;
    failed = false;
    active = true;
}

bool scarce_end(void)
{
    active = false;
    return failed;
}

void scarce_pause(void)
{
    paused++;
}

void scarce_resume(void)
{
    paused--;
}

size_t scarce_live(void)
{
    return live;
}
