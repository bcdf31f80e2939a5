#include "client_name.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define PRODUCT_MAX 40

/* The first that is found counts: most browsers claim to be several. */
static const struct {
    const char *mark;
    const char *name;
} browsers[] = {
    {"Edg/", "Edge"},     {"EdgA/", "Edge"},     {"EdgiOS/", "Edge"},
    {"OPR/", "Opera"},    {"FxiOS/", "Firefox"}, {"Firefox/", "Firefox"},
    {"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Version/", "Safari"},
};

static const struct {
    const char *mark;
    const char *name;
} systems[] = {
    {"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"},   {"Windows", "Windows"},
    {"Mac OS X", "macOS"},  {"CrOS", "ChromeOS"}, {"Linux", "Linux"},
};

/* What stands behind `mark`; NULL: it is not there. */
static const char *behind(orch_str text, const char *mark)
{
    const char *found = text.len ? memmem(text.ptr, text.len, mark, strlen(mark)) : NULL;

    return found ? found + strlen(mark) : NULL;
}

/* The digits at `text`, at most four. */
static int version_length(const char *text, const char *end)
{
    int len = 0;

    while (len < 4 && text + len < end && isdigit((unsigned char)text[len]))
        len++;
    return len;
}

/* "curl/7.88.1" and the like: up to the first space. */
static void take_product(orch_str agent, char out[PRODUCT_MAX])
{
    size_t len = 0;

    while (len < agent.len && len < PRODUCT_MAX - 1 && agent.ptr[len] > 0x20 && agent.ptr[len] < 0x7f) {
        out[len] = agent.ptr[len] == '/' ? ' ' : agent.ptr[len];
        len++;
    }
    out[len] = '\0';
}

void orch__client_name(orch_str user_agent, char out_name[ORCH__CLIENT_NAME_MAX])
{
    const char *end = user_agent.ptr + user_agent.len, *system = NULL;
    char product[PRODUCT_MAX] = "";

    for (size_t i = 0; i < sizeof(browsers) / sizeof(browsers[0]) && !product[0]; i++) {
        const char *version = behind(user_agent, browsers[i].mark);

        if (version)
            snprintf(product, sizeof(product), "%s%s%.*s", browsers[i].name,
                     version_length(version, end) ? " " : "", version_length(version, end), version);
    }
    for (size_t i = 0; i < sizeof(systems) / sizeof(systems[0]) && !system; i++)
        if (behind(user_agent, systems[i].mark))
            system = systems[i].name;
    if (!product[0])
        take_product(user_agent, product);
    snprintf(out_name, ORCH__CLIENT_NAME_MAX, "%s%s%s", product, system && product[0] ? " on " : "",
             system ? system : "");
}
