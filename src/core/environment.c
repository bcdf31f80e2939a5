#include "orchd/environment.h"

#include "bytes.h"
#include "format.h"

#define PUBLIC_PREFIX   "NEXT_PUBLIC_"
#define NAME_MAX_LEN    64
#define VALUE_SHOWN_MAX 80 /* bytes of a wrong value that a message repeats */

#define BOOLEAN(name, field, fallback, about)                                                                \
    {                                                                                                        \
        name, ORCH_VARIABLE_BOOLEAN, fallback, 0, 1, offsetof(orch_environment, field), "", about            \
    }
#define INTEGER(name, field, fallback, min, max, unit, about)                                                \
    {                                                                                                        \
        name, ORCH_VARIABLE_INTEGER, fallback, min, max, offsetof(orch_environment, field), unit, about      \
    }

const orch_variable orch_variables[ORCH_VARIABLES_COUNT] = {
    BOOLEAN("ORCHESTRATOR_MODE", orchestrator_mode, 0, "run the daemons of orchestrators in this process"),
    BOOLEAN("DAEMON_AUTO_START", auto_start, 1, "start an orchestrator's daemon when it logs in"),
    INTEGER("DAEMON_HEARTBEAT_INTERVAL", heartbeat_interval_ms, 30000, 100, 86400000, "ms",
            "time between two heartbeats of a daemon"),
    INTEGER("DAEMON_HEALTH_CHECK_INTERVAL", health_check_interval_ms, 60000, 100, 86400000, "ms",
            "time between two checks of all daemons by the manager"),
    BOOLEAN("DAEMON_AUTO_RESTART", auto_restart, 1, "restart a daemon that is in error"),
    INTEGER("DAEMON_MAX_RESTART_ATTEMPTS", restarts_max, 3, 0, 1000, "", "restarts of a daemon in a row"),
    BOOLEAN("DAEMON_VERBOSE", verbose, 0, "log what daemons do in detail"),
    INTEGER("DAEMON_MAX_CONCURRENT_CONVERSATIONS", conversations_running_max, 10, 1, 100000, "",
            "conversations that one daemon answers at the same time"),
};

static void store(orch_environment *environment, const orch_variable *variable, uint32_t value)
{
    char *field = (char *)environment + variable->offset;
    bool truth = value != 0;

    if (variable->kind == ORCH_VARIABLE_BOOLEAN)
        memcpy(field, &truth, sizeof truth);
    else
        memcpy(field, &value, sizeof value);
}

void orch_environment_init(orch_environment *environment)
{
    memset(environment, 0, sizeof *environment);
    for (size_t i = 0; i < ORCH_VARIABLES_COUNT; i++)
        store(environment, &orch_variables[i], orch_variables[i].fallback);
}

/* `word` is in lower case. */
static bool is_word(orch_str value, const char *word)
{
    for (size_t i = 0; i < value.len; i++, word++) {
        char byte = value.ptr[i];

        if (byte >= 'A' && byte <= 'Z')
            byte = (char)(byte | 32);
        if (byte != *word || *word == '\0')
            return false;
    }
    return *word == '\0';
}

static bool parse_boolean(orch_str value, uint32_t *out_value)
{
    static const char *const words[2][4] = {{"false", "0", "no", "off"}, {"true", "1", "yes", "on"}};

    for (uint32_t truth = 0; truth < 2; truth++)
        for (size_t i = 0; i < 4; i++)
            if (is_word(value, words[truth][i])) {
                *out_value = truth;
                return true;
            }
    return false;
}

static bool parse_integer(orch_str value, const orch_variable *variable, uint32_t *out_value)
{
    uint64_t number = 0;

    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] < '0' || value.ptr[i] > '9')
            return false;
        number = number * 10 + (uint64_t)(value.ptr[i] - '0');
        if (number > variable->max)
            return false;
    }
    *out_value = (uint32_t)number;
    return number >= variable->min;
}

/* A wrong value comes from outside: shortened, and no control characters on somebody's terminal. */
static void format_shown_value(orch__format *out, orch_str value)
{
    size_t shown = value.len;

    if (shown > VALUE_SHOWN_MAX) {
        shown = VALUE_SHOWN_MAX;
        while (shown > 0 && ((unsigned char)value.ptr[shown] & 0xC0) == 0x80)
            shown--;
    }
    orch__format_char(out, '"');
    for (size_t i = 0; i < shown; i++) {
        unsigned char byte = (unsigned char)value.ptr[i];

        orch__format_char(out, byte < 32 || byte == 127 ? '?' : value.ptr[i]);
    }
    orch__format_text(out, shown < value.len ? "…\"" : "\"");
}

static void format_refusal(orch__format *out, const orch_variable *variable, orch_str name, orch_str value)
{
    orch__format_str(out, name);
    orch__format_text(out, " is ");
    format_shown_value(out, value);
    if (variable->kind == ORCH_VARIABLE_BOOLEAN) {
        orch__format_text(out, "; allowed are true, false, 1, 0, yes, no, on and off");
    } else {
        orch__format_text(out, "; allowed is a whole number from ");
        orch__format_unsigned(out, variable->min);
        orch__format_text(out, " to ");
        orch__format_unsigned(out, variable->max);
        if (variable->unit[0]) {
            orch__format_char(out, ' ');
            orch__format_text(out, variable->unit);
        }
    }
    (void)orch__format_end(out);
}

int orch_environment_set(orch_environment *environment, size_t index, orch_str name, orch_str value,
                         char *out_message, size_t message_size)
{
    const orch_variable *variable = &orch_variables[index];
    orch__format message = {out_message, message_size, 0};
    uint32_t number = variable->fallback;
    bool valid =
        value.len == 0 || (variable->kind == ORCH_VARIABLE_BOOLEAN ? parse_boolean(value, &number)
                                                                   : parse_integer(value, variable, &number));

    if (!valid) {
        format_refusal(&message, variable, name, value);
        return ORCH_E_INVALID;
    }
    store(environment, variable, number);
    return 0;
}

static orch_str text_of(const char *text)
{
    orch_str str = {text, 0};

    while (text && text[str.len])
        str.len++;
    return str;
}

int orch_environment_read(orch_environment *environment, const char *(*lookup)(const char *name, void *user),
                          void *user, char *out_message, size_t message_size)
{
    orch_environment read;

    orch_environment_init(&read);
    for (size_t i = 0; i < ORCH_VARIABLES_COUNT; i++) {
        char public_name[NAME_MAX_LEN];
        orch__format format = {public_name, sizeof public_name, 0};
        const char *name = orch_variables[i].name;
        orch_str value = text_of(lookup(name, user));
        int error;

        if (value.len == 0) {
            orch__format_text(&format, PUBLIC_PREFIX);
            orch__format_text(&format, name);
            (void)orch__format_end(&format);
            name = public_name;
            value = text_of(lookup(name, user));
        }
        error = orch_environment_set(&read, i, text_of(name), value, out_message, message_size);
        if (error < 0)
            return error;
    }
    *environment = read;
    return 0;
}
