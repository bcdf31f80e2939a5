/* A message that a daemon was given, from the core's taking it to its end. */
#include <stdlib.h>
#include <string.h>

#include "embedded.h"
#include "orchd/assert.h"

/* An orchestrator that this host does not know wrote it: its metadata tell the hops. Never a daemon's handle. */
#define FOREIGN_DAEMON ((orch_daemon_id){UINT32_MAX})

/* ---- addressing ---- */

static bool is_named(const orch_daemon *daemon, uint64_t id)
{
    return id == daemon->profile->id || id == daemon->profile->user.v;
}

/* The members among `ids`. */
static size_t find_members(const orch__host *host, const uint64_t *ids, size_t ids_count,
                           const orch_daemon_id *members, size_t members_count, orch_daemon_id *out,
                           size_t max)
{
    size_t count = 0;

    if (ids_count == 0)
        return 0;
    for (size_t m = 0; m < members_count && count < max; m++) {
        const orch_daemon *daemon = orch__host_daemon(host, members[m]);
        size_t i = 0;

        while (i < ids_count && !is_named(daemon, ids[i]))
            i++;
        if (i < ids_count)
            out[count++] = members[m];
    }
    return count;
}

static orch_daemon_id author_daemon(const orch__host *host, const orch__heard *heard)
{
    const orch_daemon *daemon = orch__map_get(&host->users, heard->author.v);

    if (daemon)
        return daemon->handle;
    return heard->hops > 0 ? FOREIGN_DAEMON : (orch_daemon_id){0};
}

static uint32_t hops_of(const orch__windows *windows, const orch__heard *heard)
{
    return heard->hops_given ? heard->hops : orch__windows_hops(windows, heard);
}

size_t orch__question_route(orch__host *host, const orch__windows *windows, const orch__heard *heard,
                            const orch_daemon_id *members, size_t members_count, orch_daemon_id *out_daemons)
{
    orch_daemon_id mentions[ORCH__MENTIONS_MAX];
    orch_incoming incoming = {
        .author = heard->author,
        .author_daemon = author_daemon(host, heard),
        .hops = hops_of(windows, heard),
        .direct = heard->direct,
        .mentions = mentions,
        .members = members,
        .members_count = members_count,
        .content = {heard->message.content, strlen(heard->message.content)},
    };

    incoming.mentions_count = find_members(host, heard->mentions, heard->mentions_count, members,
                                           members_count, mentions, ORCH__MENTIONS_MAX);
    (void)find_members(host, &heard->reply_to_author, heard->reply_to_author != 0, members, members_count,
                       &incoming.reply_to, 1);
    return orch_engine_route(host->engine, &incoming, out_daemons, members_count);
}

/* ---- life ---- */

static uint64_t key_of(orch_daemon_id daemon, orch_message_id message)
{
    return orch__handle_pair(daemon.v, message.v);
}

orch__question *orch__question_find(const orch__host *host, orch_daemon_id daemon, orch_message_id message)
{
    return message.v ? orch__map_get(&host->questions, key_of(daemon, message)) : NULL;
}

orch__question *orch__question_ref(orch__question *question)
{
    question->refs++;
    return question;
}

/* Not inlined: gcc 12 would not see that who holds two references may let go of one of them. */
__attribute__((noinline)) void orch__question_unref(orch__question *question)
{
    if (--question->refs > 0)
        return;
    orch__askeds_drop(&question->askeds);
    orch__heard_unref(question->heard);
    orch__emission_free(question->send);
    free(question);
}

static orch__question *make(orch_daemon *daemon, orch__heard *heard)
{
    orch__question *question = calloc(1, sizeof *question);

    if (!question ||
        orch__map_put(&daemon->host->questions, key_of(daemon->handle, heard->id), question) != 0) {
        free(question);
        return NULL;
    }
    question->refs = 1;
    question->daemon = daemon;
    question->heard = orch__heard_ref(heard);
    question->next = daemon->questions;
    question->link = &daemon->questions;
    if (question->next)
        question->next->link = &question->next;
    daemon->questions = question;
    return question;
}

static void remove_question(orch__question *question)
{
    orch_daemon *daemon = question->daemon;

    orch__answer_cancel(question);
    orch__map_remove(&daemon->host->questions, key_of(daemon->handle, question->heard->id));
    *question->link = question->next;
    if (question->next)
        question->next->link = question->link;
    question->daemon = NULL;
    orch__question_unref(question);
}

void orch__question_end(orch__question *question)
{
    orch__askeds_end(question->daemon->host, &question->askeds, 0, NULL);
    remove_question(question);
}

void orch__questions_release(orch_daemon *daemon)
{
    for (orch__question *question = daemon->questions; question; question = question->next)
        orch__askeds_end(daemon->host, &question->askeds, 0, NULL);
}

void orch__questions_drop(orch_daemon *daemon, bool call)
{
    while (daemon->questions) {
        if (call)
            orch__askeds_end(daemon->host, &daemon->questions->askeds, ORCH_E_CANCELLED,
                             "the daemon was freed");
        remove_question(daemon->questions);
    }
}

/* ---- asking ---- */

static int send_message(orch_daemon *daemon, const orch__heard *heard, bool addressed)
{
    orch_event event = {
        .kind = ORCH_EV_MESSAGE,
        .daemon = daemon->handle,
        .message =
            {
                .daemon = daemon->handle,
                .message = heard->id,
                .channel = heard->channel,
                .thread = heard->thread,
                .author = heard->author,
                .addressed = addressed,
            },
    };

    return orch_engine_send(daemon->host->engine, &event);
}

/* The step may have ended the question already. */
static void after_send(orch_daemon *daemon, orch__question *question, int error)
{
    bool ended = question->daemon == NULL;

    if (error == ORCH_E_EXISTS)
        error = 0; /* it was dealt with before */
    else if (!error && (ended || daemon->status == ORCH_STATUS_RUNNING))
        return;
    orch__askeds_end(daemon->host, &question->askeds, error, NULL);
}

void orch__question_ask(orch_daemon *daemon, orch__heard *heard, bool addressed, orch__asked *asked)
{
    orch__question *question = orch__question_find(daemon->host, daemon->handle, heard->id);
    int error;

    ORCH_ASSERT(!orch_engine_busy(daemon->host->engine));
    if (question) { /* the same message again, while it is under way: wait with the first one */
        orch__askeds_add(&question->askeds, asked);
        after_send(daemon, question, 0);
        return;
    }
    question = make(daemon, heard);
    if (!question) {
        orch__asked_end(daemon->host, asked, ORCH_E_NO_MEMORY, NULL);
        return;
    }
    (void)orch__question_ref(question);
    orch__askeds_add(&question->askeds, asked);
    error = send_message(daemon, heard, addressed);
    after_send(daemon, question, error);
    if (error && question->daemon)
        remove_question(question);
    orch__question_unref(question);
}
