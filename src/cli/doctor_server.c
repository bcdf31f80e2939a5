/* Does a server run on the directory, is it ready, is it this program, how long does its certificate last? */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"
#include "http_probe.h"

#define ANSWER_MS        5000L
#define CERTIFICATE_DAYS 14

static void ask(const orch__doctor *doctor, const char *path, orch__probe_answer *answer)
{
    const char *address = doctor->server.address;
    bool local = strncmp(address, "unix:", 5) == 0;
    char url[ORCH_PATH_MAX + 64];
    orch__probe probe = {
        .url = url, .socket_path = local ? address + 5 : NULL, .timeout_ms = ANSWER_MS, .own = true};

    snprintf(url, sizeof(url), "%s%s", local ? "http://localhost" : address, path);
    orch__probe_ask(&probe, answer);
}

/* What the server itself says of its parts: each that fails with its words, since it runs on with some of them. */
static void say_parts(orch__doctor *doctor, const json_t *body, orch__verdict_kind verdict)
{
    json_t *parts = json_object_get(body, "parts");
    const char *name;
    json_t *part;

    json_object_foreach(parts, name, part)
    {
        const char *status = json_string_value(json_object_get(part, "status"));
        const char *message = json_string_value(json_object_get(part, "message"));
        const char *advice = json_string_value(json_object_get(part, "advice"));

        if (status && strcmp(status, "ok") != 0)
            orch__doctor_say(doctor, verdict, advice ? advice : "its log says more",
                             "the server says of %s: %s", name, message ? message : status);
    }
}

static void check_ready(orch__doctor *doctor)
{
    orch__probe_answer answer;

    ask(doctor, "/readyz", &answer);
    json_t *body = answer.body ? json_loads(answer.body, 0, NULL) : NULL;
    const char *message = json_string_value(json_object_get(json_object_get(body, "error"), "message"));

    if (answer.status == 200)
        orch__doctor_say(doctor, ORCH__WELL, NULL, "process %d serves %s and is ready", doctor->server.pid,
                         doctor->server.address);
    else
        orch__doctor_say(doctor, ORCH__PROBLEM, "its log says more; the checks below may say why",
                         "%s is not ready: %s", doctor->server.address, message ? message : answer.error);
    say_parts(doctor, body, answer.status == 200 ? ORCH__WARNING : ORCH__PROBLEM);
    json_decref(body);
    orch__probe_answer_fini(&answer);
}

static void check_certificate(orch__doctor *doctor, int64_t until)
{
    long long days = (long long)(until - time(NULL)) / 86400;

    if (until == 0)
        return;
    if (until <= time(NULL))
        orch__doctor_say(doctor, ORCH__PROBLEM, "put a new one in its place and send the server SIGHUP",
                         "the TLS certificate has expired, %lld days ago", -days);
    else if (days < CERTIFICATE_DAYS)
        orch__doctor_say(doctor, ORCH__WARNING, "put a new one in its place and send the server SIGHUP",
                         "the TLS certificate expires in %lld days", days);
    else
        orch__doctor_say(doctor, ORCH__WELL, NULL, "the TLS certificate is valid for %lld days", days);
}

/* The file was replaced while the program runs. */
static bool program_was_replaced(int pid)
{
    static const char mark[] = " (deleted)";
    char link[64], target[ORCH_PATH_MAX];
    ssize_t len;

    snprintf(link, sizeof(link), "/proc/%d/exe", pid);
    len = readlink(link, target, sizeof(target));
    return len > (ssize_t)sizeof(mark) &&
           memcmp(target + len - (sizeof(mark) - 1), mark, sizeof(mark) - 1) == 0;
}

static void check_version(orch__doctor *doctor)
{
    if (strcmp(doctor->server.version, ORCHD_VERSION) != 0)
        orch__doctor_say(doctor, ORCH__WARNING, "restart it, or use the orchd that belongs to it",
                         "the server is orchd %s, this is %s",
                         doctor->server.version[0] ? doctor->server.version : "of another version",
                         ORCHD_VERSION);
    else if (program_was_replaced(doctor->server.pid))
        orch__doctor_say(doctor, ORCH__WARNING, "restart it when it suits",
                         "the program was replaced since the server was started: the old one runs on");
}

static void check_running(orch__doctor *doctor)
{
    orch__probe_answer answer;

    ask(doctor, "/healthz", &answer);
    if (answer.status != 200) {
        orch__doctor_say(
            doctor, ORCH__PROBLEM,
            "see its log; if it hangs, SIGTERM and a new start lose nothing that was acknowledged",
            "process %d has the directory, but %s does not answer: %s", doctor->server.pid,
            doctor->server.address, answer.status ? "another program listens there" : answer.error);
        orch__probe_answer_fini(&answer);
        return;
    }
    check_certificate(doctor, answer.certificate_until);
    orch__probe_answer_fini(&answer);
    check_ready(doctor);
    check_version(doctor);
}

void orch__doctor_server(orch__doctor *doctor)
{
    orch__server_told told;

    if (doctor->served)
        check_running(doctor);
    else if (doctor->used)
        orch__doctor_say(doctor, ORCH__WARNING, "ask again in a moment",
                         "another process has %s: a command, or a server that is starting or ending",
                         doctor->data);
    else if (orch__data_directory_told(&doctor->directory, &told))
        orch__doctor_say(doctor, ORCH__WARNING,
                         "see the end of its log; a new start takes up what it had not finished",
                         "no server runs on %s; the last one (process %d) did not end in good order",
                         doctor->data, told.pid);
    else
        orch__doctor_say(doctor, ORCH__WELL, NULL, "no server runs on %s", doctor->data);
}
