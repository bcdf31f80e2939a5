/* The library's own loop, for programs that have none. */
#include <stdio.h>
#include <stdlib.h>

#include "embedded.h"
#include "orchd/assert.h"

static uv_loop_t *own_loop;
static bool stop_asked;

struct uv_loop_s *orch_loop(void)
{
    uv_loop_t *loop;

    if (own_loop)
        return own_loop;
    loop = malloc(sizeof *loop);
    if (!loop || uv_loop_init(loop) != 0) {
        free(loop);
        (void)orch__refuse(ORCH_E_NO_MEMORY, "%s", orch_error_text(ORCH_E_NO_MEMORY));
        return NULL;
    }
    own_loop = loop;
    return loop;
}

/* False: nothing is left that could ever happen. */
static bool run_once(void)
{
    static bool running;
    bool more;

    ORCH_ASSERT(!running); /* called from a callback: the loop cannot run inside itself */
    running = true;
    more = uv_run(own_loop, UV_RUN_ONCE) != 0;
    running = false;
    return more;
}

void orch_loop_run(void)
{
    stop_asked = false;
    while (!stop_asked && own_loop && orch__hosts_alive(own_loop) && run_once())
        continue;
}

void orch_loop_stop(void)
{
    stop_asked = true;
}

void orch_loop_close(void)
{
    orch__host *host;

    if (!own_loop)
        return;
    host = orch__host_find(own_loop);
    if (host)
        orch__host_drop(host);
    while (orch__hosts_alive(own_loop) && run_once())
        continue;
    if (uv_loop_close(own_loop) == 0) {
        free(own_loop);
        own_loop = NULL;
    }
}

void orch_wait_finished(int error, const char *message, void *wait)
{
    orch_wait *w = wait;

    w->error = error;
    snprintf(w->message, sizeof w->message, "%s", message ? message : "");
    w->finished = true;
}

int orch_wait_for(orch_wait *wait)
{
    while (!wait->finished && own_loop && run_once())
        continue;
    if (!wait->finished)
        orch_wait_finished(ORCH_E_STATE, "nothing is under way that could finish this", wait);
    wait->finished = false;
    return wait->error;
}
