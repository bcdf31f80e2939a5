/* `orchd version`: what this is and what it runs with. */
#include <jansson.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <uv.h>

#include "arguments.h"
#include "curl_library.h"

/* "none" where it is not installed: no language model can be asked then. */
static const char *curl_version_words(void)
{
    return orch__curl_load() == 0 ? orch__curl.version_info(CURLVERSION_NOW)->version : "none";
}

int orch__command_version(const orch_command *command, int argc, char **argv)
{
    bool json = false;
    const orch__option table[] = {
        ORCH__JSON_OPTION(&json),
        {0},
    };
    orch__parsed parsed = orch__parse(command, table, argc, argv, NULL, 0, NULL);

    if (parsed != ORCH__PARSED_OK)
        return orch__parsed_exit(parsed);
    if (json)
        printf("{\"version\":\"%s\",\"sqlite\":\"%s\",\"libuv\":\"%s\",\"libcurl\":\"%s\",\"libsodium\":\"%"
               "s\"}\n",
               ORCHD_VERSION, sqlite3_libversion(), uv_version_string(), curl_version_words(),
               sodium_version_string());
    else
        printf("orchd %s (SQLite %s, libuv %s, libcurl %s, libsodium %s)\n", ORCHD_VERSION,
               sqlite3_libversion(), uv_version_string(), curl_version_words(), sodium_version_string());
    return ORCH_EXIT_OK;
}
