#include "workspace_fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"

orch_str str(const char *text)
{
    return text ? (orch_str){text, strlen(text)} : ORCH_STR_NONE;
}

static int64_t fixture_now(void *user)
{
    return ((fixture *)user)->now_ms;
}

static void open_workspace(fixture *f)
{
    orch_database_config config;
    char message[256] = "";

    orch_database_config_init(&config);
    config.path = f->path;
    if (orch_sqlite_open(&config, &f->database, message, sizeof message) != 0 ||
        orch_workspace_open(f->database, &f->workspace, message, sizeof message) != 0)
        fail_msg("%s", message);
    orch_workspace_set_clock(f->workspace, fixture_now, f);
}

void fixture_open(fixture *f)
{
    memset(f, 0, sizeof *f);
    snprintf(f->directory, sizeof f->directory, "/tmp/orchd-test-XXXXXX");
    assert_non_null(mkdtemp(f->directory));
    snprintf(f->path, sizeof f->path, "%s/orchd.db", f->directory);
    f->now_ms = orch__clock_now();
    open_workspace(f);
}

static void close_workspace(fixture *f)
{
    orch_workspace_close(f->workspace);
    orch_database_close(f->database);
    f->workspace = NULL;
    f->database = NULL;
}

void fixture_close(fixture *f)
{
    close_workspace(f);
    DIR *directory = opendir(f->directory);
    struct dirent *entry;

    assert_non_null(directory);
    while ((entry = readdir(directory)))
        if (entry->d_name[0] != '.')
            unlinkat(dirfd(directory), entry->d_name, 0);
    closedir(directory);
    rmdir(f->directory);
}

static void find_people(fixture *f)
{
    orch_directory *directory = orch_workspace_directory(f->workspace);
    orch_organization *const *organizations;

    assert_int_equal(orch_directory_organizations(directory, &organizations), 1);
    f->ann = orch_directory_user_by_email(directory, ORCH_STR("ann@example.com"));
    f->ben = orch_directory_user_by_email(directory, ORCH_STR("ben@example.com"));
    f->mira = orch_directory_orchestrator_by_slug(directory, ORCH_STR("mira"));
    f->otto = orch_directory_orchestrator_by_slug(directory, ORCH_STR("otto"));
    f->general = orch_directory_channel_by_slug(directory, organizations[0], ORCH_STR("general"));
    f->closed = orch_directory_channel_by_slug(directory, organizations[0], ORCH_STR("closed"));
    assert_true(f->ann && f->ben && f->mira && f->otto && f->general && f->closed);
}

void fixture_reopen(fixture *f)
{
    close_workspace(f);
    open_workspace(f);
    find_people(f);
}

static void add_orchestrator(fixture *f, const char *name, const char *role, const char *charter)
{
    const orch_orchestrator_new wanted = {
        .name = str(name), .role = str(role), .discipline = ORCH_STR("Engineering"), .charter = str(charter)};
    answer seen = {0};

    assert_int_equal(orch_workspace_add_orchestrator(f->workspace, NULL, &wanted, on_done, &seen, NULL), 0);
    orch_database_drain(f->database);
    assert_int_equal(seen.problem.error, 0);
}

void fixture_people(fixture *f)
{
    const orch_setup setup = {.organization = ORCH_STR("Acme"),
                              .email = ORCH_STR("ann@example.com"),
                              .name = ORCH_STR("Ann"),
                              .password_hash = ORCH_STR("")};
    const orch_user_new ben = {.email = ORCH_STR("ben@example.com"), .name = ORCH_STR("Ben")};
    answer seen = {0};

    fixture_open(f);
    assert_int_equal(orch_workspace_setup(f->workspace, &setup, on_done, &seen, NULL), 0);
    orch_database_drain(f->database);
    assert_int_equal(orch_workspace_add_user(f->workspace, NULL, &ben, on_done, &seen, NULL), 0);
    orch_database_drain(f->database);
    add_orchestrator(f, "Mira", "Engineer", "{\"systemPrompt\":\"You are Mira.\"}");
    add_orchestrator(f, "Otto", "Tester", "");
    orch_user *const members[] = {
        orch_directory_orchestrator_by_slug(orch_workspace_directory(f->workspace), ORCH_STR("mira"))->user};
    const orch_channel_new closed = {
        .name = ORCH_STR("Closed"), .type = ORCH_CHANNEL_PRIVATE, .members = members, .members_count = 1};
    orch_user *ann =
        orch_directory_user_by_email(orch_workspace_directory(f->workspace), ORCH_STR("ann@example.com"));

    assert_int_equal(orch_workspace_add_channel(f->workspace, ann, &closed, on_done, &seen, NULL), 0);
    orch_database_drain(f->database);
    assert_int_equal(seen.problem.error, 0);
    find_people(f);
}

int setup_people(void **state)
{
    fixture *made = malloc(sizeof *made);

    fixture_people(made);
    *state = made;
    return 0;
}

int setup_empty(void **state)
{
    fixture *made = malloc(sizeof *made);

    fixture_open(made);
    *state = made;
    return 0;
}

int teardown(void **state)
{
    fixture_close(*state);
    free(*state);
    return 0;
}

/* ---- answers ---- */

static bool note(answer *seen, const orch_problem *problem)
{
    seen->calls++;
    seen->problem = problem ? *problem : (orch_problem){0};
    return !problem;
}

static void copy(orch_str from, char *to, size_t size)
{
    snprintf(to, size, "%.*s", (int)from.len, from.ptr ? from.ptr : "");
}

static void note_message(answer *seen, const orch_message *message)
{
    seen->has_message = message != NULL;
    if (!message)
        return;
    seen->message = *message;
    copy(message->content, seen->content, sizeof seen->content);
    copy(message->metadata, seen->metadata, sizeof seen->metadata);
    copy(message->client_id, seen->client_id, sizeof seen->client_id);
}

void on_posted(const orch_problem *problem, const orch_posted *posted, void *user)
{
    answer *seen = user;

    if (!note(seen, problem))
        return;
    note_message(seen, posted->message);
    seen->repeated = posted->repeated;
    seen->cursor = posted->cursor;
    seen->turns_count = posted->turns_count;
    for (size_t i = 0; i < posted->turns_count && i < 8; i++)
        seen->turns[i] = posted->turns[i];
}

void on_messages(const orch_problem *problem, const orch_message_list *list, void *user)
{
    answer *seen = user;

    if (!note(seen, problem))
        return;
    seen->count = list->count;
    seen->more = list->more;
    for (size_t i = 0; i < list->count && i < 64; i++)
        copy(list->items[i].content, seen->listed[i], sizeof seen->listed[i]);
    if (list->count > 0)
        note_message(seen, &list->items[list->count - 1]);
}

void on_changed(const orch_problem *problem, const orch_changed *changed, void *user)
{
    answer *seen = user;

    if (!note(seen, problem))
        return;
    note_message(seen, changed->message);
    seen->cursor = changed->cursor;
}

void on_done(const orch_problem *problem, const orch_done *result, void *user)
{
    answer *seen = user;

    if (note(seen, problem))
        seen->made = *result;
}

answer post_whole(fixture *f, const orch_post *whole)
{
    answer seen = {0};
    int error = orch_workspace_post(f->workspace, whole, on_posted, &seen);

    if (error) {
        seen.problem.error = error;
        return seen;
    }
    orch_database_drain(f->database);
    assert_int_equal(seen.calls, 1);
    return seen;
}

answer reply_whole(fixture *f, int64_t turn, const orch_post *whole)
{
    const orch_turn_ending ending = {.orchestrator = whole->author->orchestrator,
                                     .turn = turn,
                                     .epoch = ORCH_TURN_EPOCH_FIRST,
                                     .tokens_input = 7,
                                     .tokens_output = 3};
    answer seen = {0};

    assert_int_equal(orch_workspace_reply(f->workspace, &ending, ORCH_REPLY_MODEL, whole, on_posted, &seen),
                     0);
    orch_database_drain(f->database);
    assert_int_equal(seen.calls, 1);
    return seen;
}

answer post(fixture *f, orch_user *author, orch_channel *channel, const char *content)
{
    const orch_post whole = {.author = author, .channel = channel, .content = str(content)};
    answer seen = post_whole(f, &whole);

    assert_int_equal(seen.problem.error, 0);
    return seen;
}

static void on_asked(int error, const orch_result *result, void *user)
{
    if (error)
        fail_msg("%s", orch_result_message(result));
    *(int64_t *)user = orch_result_rows(result, 0) > 0 ? orch_result_integer(result, 0, 0, 0) : -1;
}

int64_t ask(fixture *f, const char *sql)
{
    orch_batch *batch = orch_batch_new();
    int64_t value = 0;

    assert_true(orch_batch_add(batch, sql, NULL, 0) == 0);
    assert_int_equal(orch_database_submit(f->database, batch, ORCH_BATCH_READ, on_asked, &value), 0);
    orch_database_drain(f->database);
    return value;
}
