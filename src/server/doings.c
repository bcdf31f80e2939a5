#include "doings.h"

#include <stdio.h>

#include "insight.h"

#define DETAILS_MAX 256

/* Ids are letters, digits and '-'. */
static size_t write_who(const orch__exchange *exchange, char *out, size_t size)
{
    int len = exchange->user ? snprintf(out, size, "\"userId\":\"%s\"", exchange->user->id.text)
                             : snprintf(out, size, "\"owner\":true");

    return (size_t)len;
}

void orch__note_created(const orch__exchange *exchange, orch_orchestrator *orchestrator)
{
    char details[DETAILS_MAX];

    (void)write_who(exchange, details, sizeof(details));
    orch_runtime_note(exchange->server->runtime, orchestrator, "created", "It was made", details);
}

void orch__note_configured(const orch__exchange *exchange, orch_orchestrator *orchestrator)
{
    static const char *const names[] = {"name",    "displayName",  "role", "discipline",
                                        "charter", "capabilities", "model"};
    char details[DETAILS_MAX];
    size_t len = write_who(exchange, details, sizeof(details));
    const char *separator = "";

    len += (size_t)snprintf(details + len, sizeof(details) - len, ",\"fields\":[");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!orch__input_given(exchange->input, names[i]))
            continue;
        len += (size_t)snprintf(details + len, sizeof(details) - len, "%s\"%s\"", separator, names[i]);
        separator = ",";
    }
    (void)snprintf(details + len, sizeof(details) - len, "]");
    orch_runtime_note(exchange->server->runtime, orchestrator, "configured", "Its configuration was changed",
                      details);
}

void orch__note_command(const orch__exchange *exchange, orch_orchestrator *orchestrator, const char *command)
{
    char details[DETAILS_MAX], words[64];
    size_t len = write_who(exchange, details, sizeof(details));

    (void)snprintf(details + len, sizeof(details) - len, ",\"command\":\"%s\"", command);
    snprintf(words, sizeof(words), "Somebody asked for a %s", command);
    orch_runtime_note(exchange->server->runtime, orchestrator, "command", words, details);
}
