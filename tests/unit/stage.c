#include "stage.h"

#include <arpa/inet.h>
#include <ftw.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "log.h"

#define WAIT_MAX_MS 20000
#define PULSE_MS    10
#define PAGE_MAX    200

/* ---- the trace ---- */

static const char *name_of(const orch_user *user)
{
    return user ? orch_user_shown_name(user) : "nobody";
}

__attribute__((format(printf, 2, 3))) static void note(stage *s, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    s->trace_len +=
        (size_t)vsnprintf(s->trace + s->trace_len, STAGE_TRACE_MAX - s->trace_len, format, arguments);
    va_end(arguments);
    assert_true(s->trace_len < STAGE_TRACE_MAX);
}

static orch_status status_of(const stage *s, orch_orchestrator *orchestrator)
{
    orch_daemon_info info;

    assert_int_equal(orch_runtime_daemon(s->runtime, orchestrator, &info), 0);
    return info.health.status;
}

static void noticed(const orch_notice *notice, void *user)
{
    stage *s = user;

    switch (notice->kind) {
    case ORCH_NOTICE_MESSAGE_CREATED:
        s->replies += notice->message->author->orchestrator != NULL;
        note(s, "created %s> %.*s\n", name_of(notice->message->author), (int)notice->message->content.len,
             notice->message->content.ptr);
        break;
    case ORCH_NOTICE_TURN_STARTED:
        note(s, "started %s attempt=%u\n", name_of(notice->user), notice->attempt);
        break;
    case ORCH_NOTICE_MESSAGE_DELTA:
        s->deltas++;
        break;
    case ORCH_NOTICE_TURN_FAILED:
        s->failures++;
        note(s, "failed %s %s\n", name_of(notice->user), orch_error_name(notice->error));
        break;
    case ORCH_NOTICE_MESSAGE_DELETED:
        note(s, "deleted %s\n", notice->message->deleted ? "message" : "?");
        break;
    case ORCH_NOTICE_PRESENCE:
        note(s, "presence %s %s\n", name_of(notice->user), notice->presence);
        break;
    case ORCH_NOTICE_DAEMON:
        s->heartbeats += notice->emit == ORCH_EMIT_HEARTBEAT;
        if (s->shows_status && notice->emit == ORCH_EMIT_STATUS_CHANGED)
            note(s, "status %s %s\n", name_of(notice->user),
                 orch_status_name(status_of(s, notice->orchestrator)));
        break;
    default:
        break;
    }
}

void stage_clear(stage *s)
{
    s->trace_len = 0;
    s->trace[0] = '\0';
    s->replies = s->failures = s->deltas = 0;
}

/* ---- waiting ---- */

static void pulse(uv_timer_t *timer)
{
    (void)timer;
}

/* The pulse lets the loop come round: what a timer made true at the begin of a round would else be seen after the next event. */
void stage_wait(stage *s, bool (*condition)(const stage *s))
{
    uint64_t limit_ns = uv_hrtime() + (uint64_t)WAIT_MAX_MS * 1000000;
    uv_timer_t timer;

    uv_timer_init(&s->loop, &timer);
    uv_timer_start(&timer, pulse, PULSE_MS, PULSE_MS);
    while (!condition(s) && uv_hrtime() < limit_ns)
        uv_run(&s->loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&s->loop, UV_RUN_NOWAIT);
    if (!condition(s))
        fail_msg("waited too long; the feed was:\n%s", s->trace);
}

bool stage_is_done(const stage *s)
{
    return s->done;
}

bool stage_has_reply(const stage *s)
{
    return s->replies >= 1;
}

bool stage_has_started(const stage *s)
{
    return strstr(s->trace, "started ") != NULL;
}

bool stage_has_skipped(const stage *s)
{
    orch_runtime_counters counters;

    orch_runtime_count(s->runtime, &counters);
    return counters.turns_skipped >= 1;
}

static void probed(const orch_problem *problem, void *user)
{
    stage *s = user;

    assert_null(problem);
    s->done = true;
}

void stage_next_millisecond(stage *s)
{
    uint64_t began = uv_now(&s->loop);

    while (uv_now(&s->loop) == began)
        uv_run(&s->loop, UV_RUN_NOWAIT);
}

size_t stage_count(const char *text, const char *part)
{
    size_t count = 0;

    for (const char *at = strstr(text, part); at; at = strstr(at + 1, part))
        count++;
    return count;
}

/* Each round lets what is queued in the loop and in the database go one step further; a turn of rules takes five. */
void stage_settle(stage *s)
{
    for (int round = 0; round < 20; round++) {
        s->done = false;
        assert_int_equal(
            orch_workspace_probe(orch_runtime_workspace(s->runtime), ORCH_PROBE_ANSWERS, probed, s), 0);
        stage_wait(s, stage_is_done);
    }
}

static bool has_ended(const stage *s)
{
    return s->runtime == NULL;
}

/* ---- making the workspace ---- */

static const char *variable(const char *name, void *user)
{
    stage *s = user;

    for (size_t i = 0; i < STAGE_VARIABLE_MAX; i++)
        if (s->variables[i][0] && strcmp(s->variables[i][0], name) == 0)
            return s->variables[i][1];
    return NULL;
}

static void made(const orch_problem *problem, const orch_done *result, void *user)
{
    stage *s = user;

    s->problem = problem ? *problem : (orch_problem){0};
    if (result) {
        s->orchestrator = result->orchestrator;
        s->channel = result->channel;
        if (result->user && !s->owner)
            s->owner = result->user;
    }
    s->done = true;
}

static orch_str text_of(const char *text)
{
    return text ? (orch_str){text, strlen(text)} : ORCH_STR_NONE;
}

static void make_workspace(stage *s)
{
    orch_setup setup = {.organization = ORCH_STR("Test"),
                        .email = ORCH_STR("olga@example.com"),
                        .name = ORCH_STR("Olga"),
                        .password_hash = ORCH_STR("none")};

    s->done = false;
    assert_int_equal(orch_workspace_setup(orch_runtime_workspace(s->runtime), &setup, made, s, &s->problem),
                     0);
    stage_wait(s, stage_is_done);
    assert_int_equal(s->problem.error, 0);
}

static void find_people(stage *s)
{
    const orch_directory *directory = orch_runtime_directory(s->runtime);

    s->owner = orch_directory_user_by_email(directory, ORCH_STR("olga@example.com"));
    assert_non_null(s->owner);
    s->general = orch_directory_channel_by_slug(directory, s->owner->organization, ORCH_STR("general"));
    assert_non_null(s->general);
}

void stage_join(stage *s, const char *database)
{
    memset(s, 0, sizeof *s);
    orch_log_configure(ORCH_LOG_ERROR, ORCH_LOG_TEXT);
    snprintf(s->database, sizeof s->database, "%s", database);
    assert_int_equal(uv_loop_init(&s->loop), 0);
    orch_environment_init(&s->environment);
    orch_runtime_config_init(&s->config);
}

void stage_init(stage *s)
{
    char folder[] = "/tmp/orchd-stage-XXXXXX";
    char database[sizeof s->database];

    assert_non_null(mkdtemp(folder));
    snprintf(database, sizeof database, "%s/orchd.db", folder);
    stage_join(s, database);
    snprintf(s->folder, sizeof s->folder, "%s", folder);
}

void stage_open(stage *s)
{
    char message[512];
    bool fresh = access(s->database, F_OK) != 0;

    if (orch_model_config_read(&s->models, variable, s, message, sizeof message))
        fail_msg("%s", message);
    s->config.loop = &s->loop;
    s->config.database_path = s->database;
    s->config.environment = &s->environment;
    s->config.models = &s->models;
    if (orch_runtime_open(&s->config, &s->runtime, message, sizeof message))
        fail_msg("%s", message);
    assert_non_null(orch_runtime_subscribe(s->runtime, noticed, s));
    if (fresh)
        make_workspace(s);
    find_people(s);
}

static void ended(void *user)
{
    stage *s = user;

    s->runtime = NULL;
}

static void forget_models(stage *s)
{
    orch_model_config_fini(&s->models);
    memset(&s->models, 0, sizeof s->models);
}

void stage_close(stage *s)
{
    orch_runtime_close(s->runtime, ended, s);
    stage_wait(s, has_ended);
    forget_models(s);
}

void stage_cut(stage *s)
{
    orch_runtime_close(s->runtime, ended, s);
    orch_runtime_close(s->runtime, ended, s);
    stage_wait(s, has_ended);
    forget_models(s);
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info;
    (void)kind;
    (void)where;
    return remove(path);
}

void stage_fini(stage *s)
{
    if (s->runtime)
        stage_close(s);
    uv_run(&s->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&s->loop), 0);
    nftw(s->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* ---- orchestrators ---- */

orch_orchestrator *stage_orchestrator(stage *s, const char *name, const char *charter, bool logged_in)
{
    orch_orchestrator_new orchestrator = {.name = text_of(name),
                                          .role = ORCH_STR("Assistant"),
                                          .discipline = ORCH_STR("Testing"),
                                          .charter = text_of(charter),
                                          .logged_in = logged_in};

    s->done = false;
    if (orch_workspace_add_orchestrator(orch_runtime_workspace(s->runtime), NULL, &orchestrator, made, s,
                                        &s->problem))
        fail_msg("%s", s->problem.message);
    stage_wait(s, stage_is_done);
    if (s->problem.error)
        fail_msg("%s", s->problem.message);
    assert_int_equal(orch_runtime_refresh(s->runtime, s->orchestrator), 0);
    return s->orchestrator;
}

orch_orchestrator *stage_find(stage *s, const char *slug)
{
    orch_orchestrator *found =
        orch_directory_orchestrator_by_slug(orch_runtime_directory(s->runtime), text_of(slug));

    assert_non_null(found);
    return found;
}

orch_status stage_status(stage *s, const char *slug)
{
    return status_of(s, stage_find(s, slug));
}

/* ---- posting and reading ---- */

static void posted(const orch_problem *problem, const orch_posted *result, void *user)
{
    stage *s = user;

    s->problem = problem ? *problem : (orch_problem){0};
    s->done = true;
    if (problem)
        return;
    s->message_id = result->message->id;
    s->repeated = result->repeated;
}

orch_post stage_draft(stage *s, const char *content)
{
    return (orch_post){.author = s->owner, .channel = s->general, .content = text_of(content)};
}

int stage_post_later(stage *s, const orch_post *post)
{
    s->done = false;
    return orch_runtime_post(s->runtime, post, posted, s, &s->problem);
}

int stage_post_as(stage *s, const orch_post *post)
{
    int error = stage_post_later(s, post);

    if (error)
        return error;
    stage_wait(s, stage_is_done);
    return s->problem.error;
}

int stage_post(stage *s, const char *content)
{
    orch_post post = stage_draft(s, content);

    return stage_post_as(s, &post);
}

typedef struct listing {
    stage *stage;
    char *text;
    size_t size;
    size_t len;
} listing;

static size_t number_of(const orch_message_list *list, const char *id)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].id.text, id) == 0)
            return i + 1;
    return 0;
}

static size_t replied_to(const orch_message_list *list, const orch_message *message)
{
    json_t *metadata = json_loadb(message->metadata.ptr, message->metadata.len, 0, NULL);
    const char *id = json_string_value(json_object_get(metadata, "replyToId"));
    size_t number = id ? number_of(list, id) : 0;

    json_decref(metadata);
    return number;
}

static void listed(const orch_problem *problem, const orch_message_list *list, void *user)
{
    listing *out = user;

    assert_null(problem);
    out->stage->done = true;
    for (size_t i = 0; i < list->count; i++) {
        const orch_message *message = &list->items[i];
        size_t number = replied_to(list, message);
        char reply[40] = "";

        if (number)
            snprintf(reply, sizeof reply, " (reply to %zu)", number);
        out->len += (size_t)snprintf(out->text + out->len, out->size - out->len, "%s%s%s> %.*s\n",
                                     message->parent_id.text[0] ? "  " : "", name_of(message->author), reply,
                                     (int)message->content.len, message->content.ptr);
        assert_true(out->len < out->size);
    }
}

void stage_history(stage *s, orch_channel *channel, char *out_text, size_t size)
{
    orch_history history = {.channel = channel, .limit = PAGE_MAX};
    listing out = {.stage = s, .text = out_text, .size = size};

    out_text[0] = '\0';
    s->done = false;
    assert_int_equal(
        orch_workspace_history(orch_runtime_workspace(s->runtime), &history, listed, &out, &s->problem), 0);
    stage_wait(s, stage_is_done);
}

/* ---- models ---- */

int stage_bound_socket(char *out_url, size_t size)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    snprintf(out_url, size, "http://127.0.0.1:%d", ntohs(address.sin_port));
    return fd;
}

int stage_silent_server(char *out_url, size_t size)
{
    int fd = stage_bound_socket(out_url, size);

    assert_int_equal(listen(fd, 16), 0);
    return fd;
}

void stage_use_model(stage *s, const char *chain, const char *url)
{
    s->variables[0][0] = "ORCHD_MODEL";
    s->variables[0][1] = chain;
    s->variables[1][0] = "OPENAI_BASE_URL";
    s->variables[1][1] = url;
}

/* Reads the head of a request and as much of a body as it announces. */
static void read_request(int fd)
{
    static char request[1 << 20];
    const char *body = NULL;
    const char *length;
    size_t len = 0;
    ssize_t part;

    while ((part = read(fd, request + len, sizeof request - 1 - len)) > 0) {
        len += (size_t)part;
        request[len] = '\0';
        body = strstr(request, "\r\n\r\n");
        length = body ? strcasestr(request, "content-length:") : NULL;
        if (length && strlen(body + 4) >= strtoul(length + strlen("content-length:"), NULL, 10))
            return;
    }
}

static void *serve(void *user)
{
    stage_server *server = user;

    for (size_t i = 0; i < server->count; i++) {
        const char *answer = server->answers[i];
        int fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC);

        if (fd < 0)
            break;
        read_request(fd);
        for (size_t at = 0, len = strlen(answer); at < len;) {
            ssize_t part = send(fd, answer + at, len - at, MSG_NOSIGNAL);

            if (part <= 0)
                break;
            at += (size_t)part;
        }
        close(fd);
    }
    return NULL;
}

void stage_server_start(stage_server *server, const char *const *answers, size_t count)
{
    *server = (stage_server){.answers = answers, .count = count};
    server->fd = stage_silent_server(server->url, sizeof server->url);
    assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

void stage_server_join(stage_server *server)
{
    pthread_join(server->thread, NULL);
    close(server->fd);
}
