/* The variables of the environment: allowed, spelled as orchd knows them, not against each other. Values of keys are never
 * shown. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"
#include "openid_config.h"
#include "orchd/environment.h"

static const char public_prefix[] = "NEXT_PUBLIC_";

/* Of orchd beside the table of daemons' variables. */
static const char *const others[] = {
    "ORCHD_MODEL",        "ORCHD_TOKEN",       "ANTHROPIC_API_KEY", "ANTHROPIC_API_KEY_FILE",
    "ANTHROPIC_BASE_URL", "ANTHROPIC_VERSION", "OPENAI_API_KEY",    "OPENAI_API_KEY_FILE",
    "OPENAI_BASE_URL",
};

static orch_str text(const char *value)
{
    return (orch_str){value ? value : "", value ? strlen(value) : 0};
}

/* One variable in its two spellings. False: a problem was told. */
static bool check_variable(orch__doctor *doctor, size_t index, orch_environment *environment)
{
    char public_name[64], message[512];
    const char *name = orch_variables[index].name;
    const char *own = orch__doctor_variable(name, doctor);
    const char *published;

    snprintf(public_name, sizeof(public_name), "%s%s", public_prefix, name);
    published = orch__doctor_variable(public_name, doctor);
    if (own && *own && published && *published && strcmp(own, published) != 0)
        orch__doctor_say(doctor, ORCH__WARNING, "unset one of them",
                         "%s and %s are both set and differ; %s counts", name, public_name, name);
    if (!own || !*own) {
        name = public_name;
        own = published;
    }
    if (orch_environment_set(environment, index, text(name), text(own), message, sizeof(message)) == 0)
        return true;
    orch__doctor_say(doctor, ORCH__PROBLEM, "the server does not start with it: set it right, or unset it",
                     "%s", message);
    return false;
}

static bool is_known(const char *name, size_t len)
{
    if (len > sizeof(public_prefix) - 1 && memcmp(name, public_prefix, sizeof(public_prefix) - 1) == 0) {
        name += sizeof(public_prefix) - 1;
        len -= sizeof(public_prefix) - 1;
    }
    for (size_t i = 0; i < ORCH_VARIABLES_COUNT; i++)
        if (strlen(orch_variables[i].name) == len && memcmp(orch_variables[i].name, name, len) == 0)
            return true;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (strlen(others[i]) == len && memcmp(others[i], name, len) == 0)
            return true;
    return orch_openid_config_knows((orch_str){name, len});
}

/* A name that begins as ours do and is none of them: a slip of the pen that would go unnoticed. */
static void check_spelling(orch__doctor *doctor, const char *assignment)
{
    static const char *const ours[] = {"DAEMON_", "ORCHD_", "ORCHESTRATOR_", "NEXT_PUBLIC_DAEMON_",
                                       "NEXT_PUBLIC_ORCHESTRATOR_"};
    size_t len = strcspn(assignment, "=");

    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
        if (strncmp(assignment, ours[i], strlen(ours[i])) == 0 && !is_known(assignment, len))
            orch__doctor_say(doctor, ORCH__WARNING, "is it misspelled? orchd serve --help lists them",
                             "%.*s is no variable of orchd: it has no effect", (int)len, assignment);
}

static void check_spellings(orch__doctor *doctor)
{
    if (!doctor->environment) {
        for (char **assignment = environ; *assignment; assignment++)
            check_spelling(doctor, *assignment);
        return;
    }
    for (const char *at = doctor->environment; at < doctor->environment + doctor->environment_len;
         at += strlen(at) + 1)
        check_spelling(doctor, at);
}

static bool is_set(orch__doctor *doctor, const char *name)
{
    const char *value = orch__doctor_variable(name, doctor);

    return value && *value;
}

static void check_contradictions(orch__doctor *doctor, const orch_environment *environment)
{
    if (!environment->auto_restart && is_set(doctor, "DAEMON_MAX_RESTART_ATTEMPTS"))
        orch__doctor_say(doctor, ORCH__WARNING, "unset one of them",
                         "DAEMON_MAX_RESTART_ATTEMPTS has no effect while DAEMON_AUTO_RESTART is false");
    if (!environment->auto_start)
        orch__doctor_say(doctor, ORCH__WARNING, "unset it, unless daemons are started by hand",
                         "DAEMON_AUTO_START is false: no daemon starts by itself");
}

static void word_chain(const orch_model_chain *chain, char *out, size_t size)
{
    size_t len = 0;

    out[0] = '\0';
    for (size_t i = 0; i < chain->count && len < size; i++) {
        const orch_model_choice *item = &chain->items[i];
        int wrote = snprintf(out + len, size - len, "%s%s%s%s", i ? ", " : "", item->provider->name,
                             item->provider->local ? "" : "/", item->provider->local ? "" : item->model);

        len += wrote > 0 ? (size_t)wrote : 0;
    }
}

void orch__doctor_configuration(orch__doctor *doctor)
{
    const char *whose = doctor->environment ? "of the running server" : "of this shell";
    orch_environment environment;
    char message[1024];
    bool valid = true;

    orch_environment_init(&environment);
    for (size_t i = 0; i < ORCH_VARIABLES_COUNT; i++)
        valid = check_variable(doctor, i, &environment) && valid;
    check_contradictions(doctor, &environment);
    check_spellings(doctor);
    if (orch_model_config_read(&doctor->models, orch__doctor_variable, doctor, message, sizeof(message))) {
        orch__doctor_say(doctor, ORCH__PROBLEM,
                         "the server does not start with it: set it right, or unset it", "%s", message);
        return;
    }
    doctor->models_known = true;
    word_chain(&doctor->models.chain, message, sizeof(message));
    if (valid)
        orch__doctor_say(doctor, ORCH__WELL, NULL, "the environment %s is valid; models: %s", whose, message);
}
