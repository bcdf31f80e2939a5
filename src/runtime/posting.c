/* A message on its way in
 *
 *     check ──▶ whose message does it reply to? ──▶ route ──▶ reserve ──▶ store ──commit──▶ answer the sender
 *                 (a query, when we do not know)             │ busy                        tell subscribers
 *                                                            ▼                             the turns to the core
 *                                                      refuse the sender
 *
 * Nothing is copied on the straight way. A post is copied and held where it has to wait: for the query, or until the effects
 * of the present step are carried out (it came out of a notice).
 */
#include "json_text.h"
#include "runtime_parts.h"

#include <stdlib.h>
#include <string.h>

/* A post that waits before it is routed. */
struct orch__held_post {
    orch__held_post *next;
    orch_runtime *runtime;
    orch_post post; /* texts point behind this struct */
    orch_posted_fn done;
    void *user;
};

/* A post that is being stored. */
typedef struct storing {
    orch_runtime *runtime;
    orch_posted_fn done;
    void *user;
    size_t turns_count;
    orch_turn_new turns[];
} storing;

/* ---- who wrote what ---- */

void orch__author_keep(orch_runtime *runtime, const orch_message *message)
{
    uint64_t hash = orch__runtime_hash(runtime, orch__runtime_id_text(&message->id));

    if (message->author)
        runtime->authors[hash % ORCH__AUTHORS_SIZE] =
            (orch__author){.message = hash, .user = message->author->handle};
}

static const orch_user *author_of(const orch_runtime *runtime, orch_str message_id)
{
    uint64_t hash = orch__runtime_hash(runtime, message_id);
    const orch__author *author = &runtime->authors[hash % ORCH__AUTHORS_SIZE];

    if (author->message != hash)
        return NULL;
    return orch_directory_user_by_handle(orch_workspace_directory(runtime->workspace), author->user);
}

static orch_daemon_id daemon_of(const orch_user *user)
{
    return user && user->orchestrator ? user->orchestrator->daemon : (orch_daemon_id){0};
}

/* metadata.replyToId, else the message that the thread hangs on; empty: it replies to nobody. ORCH_E_NO_MEMORY. */
static int replied_message(const orch_post *post, orch_id *storage, orch_str *out_message)
{
    json_t *object;
    json_t *id;

    *out_message = post->parent_id;
    if (post->metadata.len == 0 ||
        !memmem(post->metadata.ptr, post->metadata.len, "\"replyToId\"", sizeof "\"replyToId\"" - 1))
        return 0;
    if (orch_json_read(post->metadata, 0, &object, NULL)) /* that it is JSON was checked before */
        return ORCH_E_NO_MEMORY;
    id = json_object_get(object, "replyToId");
    *storage = (orch_id){0};
    if (json_is_string(id) && json_string_length(id) < sizeof storage->text)
        memcpy(storage->text, json_string_value(id), json_string_length(id));
    json_decref(object);
    if (storage->text[0])
        *out_message = orch__runtime_id_text(storage);
    return 0;
}

/* ---- reserving ---- */

static void release(orch_runtime *runtime, const orch_turn_new *turns, size_t count)
{
    for (size_t i = 0; i < count; i++)
        (void)orch__live_daemon_send(runtime, ORCH_EV_RELEASE, turns[i].orchestrator->daemon);
}

int orch__refuse_busy(const orch_runtime *runtime, const orch_orchestrator *orchestrator, int error,
                      orch_problem *problem)
{
    const char *name = orch_user_shown_name(orchestrator->user);

    if (error == ORCH_E_BUSY)
        return orch__runtime_problem(
            problem, error, "", "%s is busy: %u messages are waiting, which is the limit; try again later",
            name, runtime->config.queue_max);
    return orch__runtime_problem(problem, error, "", "%s cannot take the message: %s", name,
                                 orch_error_text(error));
}

/* All or none. */
static int reserve(storing *post, orch_problem *problem)
{
    for (size_t i = 0; i < post->turns_count; i++) {
        const orch_orchestrator *orchestrator = post->turns[i].orchestrator;
        int error = orch__live_daemon_send(post->runtime, ORCH_EV_RESERVE, orchestrator->daemon);

        if (error) {
            release(post->runtime, post->turns, i);
            return orch__refuse_busy(post->runtime, orchestrator, error, problem);
        }
    }
    return 0;
}

/* ---- storing ---- */

static void publish_posted(const storing *post, const orch_posted *posted)
{
    orch_notice notice = {.kind = ORCH_NOTICE_MESSAGE_CREATED,
                          .cursor = posted->cursor,
                          .channel = posted->message->channel,
                          .message = posted->message,
                          .user = posted->message->author};

    orch__publish(post->runtime, &notice);
}

static void stored(const orch_problem *problem, const orch_posted *posted, void *user)
{
    storing *post = user;
    orch_runtime *runtime = post->runtime;

    if (problem || posted->repeated) {
        release(runtime, post->turns, post->turns_count);
        post->done(problem, posted, post->user);
    } else {
        orch_posted told = *posted;

        told.asked = post->turns;
        runtime->counters.messages_accepted++;
        orch__author_keep(runtime, posted->message);
        post->done(NULL, &told, post->user);
        publish_posted(post, posted);
        orch__live_turns_accept(runtime, posted, post->turns, true);
    }
    free(post);
}

static int too_many(size_t count, orch_problem *problem)
{
    return orch__runtime_problem(problem, ORCH_E_TOO_LARGE, "content",
                                 "the message addresses %zu orchestrators; at most %d are allowed", count,
                                 ORCH_TURNS_PER_MESSAGE_MAX);
}

static int route(orch_runtime *runtime, const orch_post *post, orch_daemon_id reply_to,
                 orch_daemon_id *out_daemons, size_t *out_count)
{
    orch_daemon_id mentions[ORCH_TURNS_PER_MESSAGE_MAX];
    orch_incoming incoming = {.author = post->author->handle,
                              .author_daemon = daemon_of(post->author),
                              .direct = post->channel->type == ORCH_CHANNEL_DM,
                              .reply_to = reply_to,
                              .members = post->channel->daemons,
                              .members_count = post->channel->daemons_count,
                              .content = post->content};

    *out_count = 0;
    if (incoming.members_count == 0)
        return 0; /* nobody: the metadata need not be read */
    if (orch_workspace_mentions(runtime->workspace, post->metadata, mentions, ORCH_TURNS_PER_MESSAGE_MAX,
                                &incoming.mentions_count))
        return ORCH_E_NO_MEMORY;
    incoming.mentions = mentions;
    *out_count = orch_engine_route(runtime->engine, &incoming, out_daemons, ORCH_TURNS_PER_MESSAGE_MAX);
    return 0;
}

static int store(orch_runtime *runtime, const orch_post *post, orch_daemon_id reply_to, orch_posted_fn done,
                 void *user, orch_problem *problem)
{
    orch_daemon_id daemons[ORCH_TURNS_PER_MESSAGE_MAX];
    orch_post addressed = *post;
    storing *made;
    size_t count;
    int error = route(runtime, post, reply_to, daemons, &count);

    if (error)
        return orch__runtime_problem(problem, error, "", "out of memory");
    if (count > ORCH_TURNS_PER_MESSAGE_MAX)
        return too_many(count, problem);
    made = malloc(sizeof *made + count * sizeof made->turns[0]);
    if (!made)
        return orch__runtime_problem(problem, ORCH_E_NO_MEMORY, "", "out of memory");
    *made = (storing){.runtime = runtime, .done = done, .user = user};
    for (size_t i = 0; i < count; i++) {
        orch__live_daemon *daemon = orch__live_daemon_find(runtime, daemons[i]);

        if (daemon && daemon->registered)
            made->turns[made->turns_count++] = (orch_turn_new){.orchestrator = daemon->orchestrator};
    }
    error = reserve(made, problem);
    if (error) {
        free(made);
        return error;
    }
    addressed.turns = made->turns;
    addressed.turns_count = made->turns_count;
    error = orch_workspace_post(runtime->workspace, &addressed, stored, made);
    if (error) {
        release(runtime, made->turns, made->turns_count);
        free(made);
        return orch__runtime_problem(problem, error, "", "the message was not stored: %s",
                                     orch_error_text(error));
    }
    return 0;
}

/* ---- waiting ---- */

static orch_str copy_text(char **at, orch_str text)
{
    orch_str copy = {*at, text.len};

    if (text.len > 0)
        memcpy(*at, text.ptr, text.len);
    *at += text.len;
    return copy;
}

static orch__held_post *hold(orch_runtime *runtime, const orch_post *post, orch_posted_fn done, void *user)
{
    size_t size = post->content.len + post->parent_id.len + post->client_id.len + post->metadata.len;
    orch__held_post *held = malloc(sizeof *held + size);
    char *at;

    if (!held)
        return NULL;
    *held = (orch__held_post){.runtime = runtime, .post = *post, .done = done, .user = user};
    at = (char *)(held + 1);
    held->post.content = copy_text(&at, post->content);
    held->post.parent_id = copy_text(&at, post->parent_id);
    held->post.client_id = copy_text(&at, post->client_id);
    held->post.metadata = copy_text(&at, post->metadata);
    return held;
}

/* Frees the held post; the sender is told when it goes no further. */
static void store_held(orch__held_post *held, orch_daemon_id reply_to)
{
    orch_problem problem = {0};
    int error = held->runtime->closing
                    ? orch__runtime_problem(&problem, ORCH_E_CLOSED, "", "the server is shutting down")
                    : store(held->runtime, &held->post, reply_to, held->done, held->user, &problem);

    if (error)
        held->done(&problem, NULL, held->user);
    free(held);
}

/* A message that is not there replies to nobody; a missing parent is found by the store. */
static void author_read(const orch_problem *problem, const orch_message_list *list, void *user)
{
    orch__held_post *held = user;
    orch_daemon_id reply_to = {0};

    if (!problem && list->count > 0) {
        orch__author_keep(held->runtime, &list->items[0]);
        reply_to = daemon_of(list->items[0].author);
    }
    store_held(held, reply_to);
}

static int read_author(orch_runtime *runtime, orch_str message_id, orch__held_post *held)
{
    return orch_workspace_message(runtime->workspace, NULL, message_id, author_read, held);
}

static int post_now(orch_runtime *runtime, const orch_post *post, orch_posted_fn done, void *user,
                    orch_problem *problem)
{
    orch_id storage;
    orch_str replied;
    const orch_user *author;
    orch__held_post *held;
    int error = replied_message(post, &storage, &replied);

    if (error)
        return orch__runtime_problem(problem, error, "", "out of memory");
    author = replied.len > 0 ? author_of(runtime, replied) : NULL;
    if (replied.len == 0 || author)
        return store(runtime, post, daemon_of(author), done, user, problem);
    held = hold(runtime, post, done, user);
    if (!held)
        return orch__runtime_problem(problem, ORCH_E_NO_MEMORY, "", "out of memory");
    error = read_author(runtime, replied, held);
    if (error) {
        free(held);
        return orch__runtime_problem(problem, error, "", "the message was not stored: %s",
                                     orch_error_text(error));
    }
    return 0;
}

/* A database that hangs would only be given more to do when it wakes, and the sender no answer. */
static int refuse_to_post(const orch_runtime *runtime, orch_problem *problem)
{
    const orch_fault *silent = &runtime->faults.faults[ORCH_FAULT_DATABASE_ANSWER];

    if (runtime->closing)
        return orch__runtime_problem(problem, ORCH_E_CLOSED, "", "the server is shutting down");
    if (silent->open)
        return orch__runtime_problem(problem, ORCH_E_TIMEOUT, "",
                                     "nothing was stored: %s; try again in a moment", silent->words);
    return 0;
}

int orch_runtime_post(orch_runtime *runtime, const orch_post *post, orch_posted_fn done, void *user,
                      orch_problem *problem)
{
    orch__held_post *held;
    int error = refuse_to_post(runtime, problem);

    if (error)
        return error;
    error = orch_workspace_check_post(runtime->workspace, post, problem);
    if (error)
        return error;
    if (!orch_engine_busy(runtime->engine))
        return post_now(runtime, post, done, user, problem);
    held = hold(runtime, post, done, user);
    if (!held)
        return orch__runtime_problem(problem, ORCH_E_NO_MEMORY, "", "out of memory");
    if (runtime->held_last)
        runtime->held_last->next = held;
    else
        runtime->held_first = held;
    runtime->held_last = held;
    return 0;
}

static orch__held_post *take_held(orch_runtime *runtime)
{
    orch__held_post *held = runtime->held_first;

    if (held) {
        runtime->held_first = held->next;
        if (!runtime->held_first)
            runtime->held_last = NULL;
    }
    return held;
}

void orch__posts_settle(orch_runtime *runtime)
{
    orch__held_post *held;

    while ((held = take_held(runtime))) {
        orch_problem problem = {0};

        if (post_now(runtime, &held->post, held->done, held->user, &problem))
            held->done(&problem, NULL, held->user);
        free(held);
    }
}

void orch__posts_drop(orch_runtime *runtime)
{
    orch__held_post *held;
    orch_problem problem = {0};

    (void)orch__runtime_problem(&problem, ORCH_E_CLOSED, "", "the server is shutting down");
    while ((held = take_held(runtime))) {
        held->done(&problem, NULL, held->user);
        free(held);
    }
}
