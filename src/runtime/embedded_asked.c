/* What the program waits for. The job that calls it back is allocated with the question, so that an answer never fails. */
#include <stdio.h>
#include <stdlib.h>

#include "embedded.h"

struct orch__asked {
    orch__job job;
    orch__asked *next;
    orch__asked *whole;        /* a part of it, and nobody is called back */
    orch_finished_fn finished; /* NULL in a part */
    void *user;
    unsigned pending; /* itself and its parts */
    int error;        /* the first one */
    char message[ORCH__SENTENCE_MAX];
};

static orch__asked *new_asked(void)
{
    orch__asked *asked = calloc(1, sizeof *asked);

    if (asked)
        asked->pending = 1;
    return asked;
}

bool orch__asked_new(orch_finished_fn finished, void *user, orch__asked **out_asked)
{
    orch__asked *asked = NULL;

    if (finished) {
        asked = new_asked();
        if (!asked) {
            finished(ORCH_E_NO_MEMORY, orch_error_text(ORCH_E_NO_MEMORY), user);
            return false;
        }
        asked->finished = finished;
        asked->user = user;
    }
    *out_asked = asked;
    return true;
}

bool orch__asked_part(orch__asked *whole, orch__asked **out_part)
{
    orch__asked *part = NULL;

    if (whole) {
        part = new_asked();
        if (!part)
            return false;
        part->whole = whole;
        whole->pending++;
    }
    *out_part = part;
    return true;
}

static void call_back(orch__job *job, bool call)
{
    orch__asked *asked = (orch__asked *)job;

    if (call)
        asked->finished(asked->error, asked->error ? asked->message : NULL, asked->user);
    free(asked);
}

/* One of those that it waits for has ended. True: that was the last. */
static bool count_down(orch__asked *asked, int error, const char *message)
{
    if (error && !asked->error) {
        asked->error = error;
        snprintf(asked->message, sizeof asked->message, "%s", message ? message : orch_error_text(error));
    }
    return --asked->pending == 0;
}

void orch__asked_end(orch__host *host, orch__asked *asked, int error, const char *message)
{
    if (!asked || !count_down(asked, error, message))
        return;
    if (asked->whole) {
        orch__asked_end(host, asked->whole, asked->error, asked->message);
        free(asked);
        return;
    }
    asked->job.run = call_back;
    orch__host_push(host, &asked->job);
}

void orch__asked_drop(orch__asked *asked)
{
    if (!asked || !count_down(asked, 0, NULL))
        return;
    orch__asked_drop(asked->whole);
    free(asked);
}

void orch__askeds_add(orch__askeds *askeds, orch__asked *asked)
{
    if (!asked)
        return;
    if (askeds->last)
        askeds->last->next = asked;
    else
        askeds->first = asked;
    askeds->last = asked;
}

static orch__asked *take_first(orch__askeds *askeds)
{
    orch__asked *asked = askeds->first;

    if (asked) {
        askeds->first = asked->next;
        asked->next = NULL;
        if (!askeds->first)
            askeds->last = NULL;
    }
    return asked;
}

void orch__askeds_end(orch__host *host, orch__askeds *askeds, int error, const char *message)
{
    for (orch__asked *asked = take_first(askeds); asked; asked = take_first(askeds))
        orch__asked_end(host, asked, error, message);
}

void orch__askeds_drop(orch__askeds *askeds)
{
    for (orch__asked *asked = take_first(askeds); asked; asked = take_first(askeds))
        orch__asked_drop(asked);
}
