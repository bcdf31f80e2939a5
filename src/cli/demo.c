#include "demo.h"

#include <stdio.h>

extern const unsigned char orch__demo_workspace[];
extern const size_t orch__demo_workspace_len;

static bool add(orch__access *access, const char *path, json_t *item, const char *what, bool quiet)
{
    json_t *reply = orch__ask(access, "POST", path, item);

    if (!reply)
        return false;
    json_decref(reply);
    if (!quiet)
        printf("  %s %s\n", what, json_string_value(json_object_get(item, "name")));
    return true;
}

bool orch__demo_fill(orch__access *access, bool quiet)
{
    json_t *demo = json_loadb((const char *)orch__demo_workspace, orch__demo_workspace_len, 0, NULL);
    json_t *item;
    size_t index;
    bool ok = demo != NULL;

    json_array_foreach(json_object_get(demo, "channels"), index, item) ok =
        ok && add(access, "/api/channels", item, "channel     ", quiet);
    json_array_foreach(json_object_get(demo, "orchestrators"), index, item) ok =
        ok && add(access, "/api/orchestrators", item, "orchestrator", quiet);
    json_decref(demo);
    return ok;
}
