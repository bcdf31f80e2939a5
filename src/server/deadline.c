#include "deadline.h"

static void on_timer(uv_timer_t *timer);

/* The timer is never later than the first deadline. That it may be earlier saves setting it anew for every wait. */
static void arm(orch__deadlines *deadlines, uint64_t due_ms)
{
    uint64_t now = uv_now(deadlines->timer.loop);

    if (uv_is_active((uv_handle_t *)&deadlines->timer) && deadlines->timer_ms <= due_ms)
        return;
    deadlines->timer_ms = due_ms;
    uv_timer_start(&deadlines->timer, on_timer, due_ms > now ? due_ms - now : 0, 0);
}

static void on_timer(uv_timer_t *timer)
{
    orch__deadlines *deadlines = (orch__deadlines *)timer;
    uint64_t now = uv_now(timer->loop);

    for (int wait = 0; wait < ORCH__WAITS_COUNT; wait++) {
        orch__deadline *first;

        while ((first = deadlines->queues[wait].first) && first->due_ms <= now) {
            orch__deadline_end(deadlines, first);
            first->passed(first);
        }
    }
    for (int wait = 0; wait < ORCH__WAITS_COUNT; wait++) {
        if (deadlines->queues[wait].first)
            arm(deadlines, deadlines->queues[wait].first->due_ms);
    }
}

void orch__deadlines_init(orch__deadlines *deadlines, uv_loop_t *loop,
                          const uint32_t lengths_ms[ORCH__WAITS_COUNT])
{
    uv_timer_init(loop, &deadlines->timer);
    for (int wait = 0; wait < ORCH__WAITS_COUNT; wait++) {
        orch__deadline_queue *queue = &deadlines->queues[wait];

        *queue = (orch__deadline_queue){.last = &queue->first, .length_ms = lengths_ms[wait]};
    }
}

void orch__deadline_begin(orch__deadlines *deadlines, orch__deadline *deadline, orch__wait wait)
{
    orch__deadline_queue *queue = &deadlines->queues[wait];

    orch__deadline_end(deadlines, deadline);
    deadline->wait = wait;
    deadline->due_ms = uv_now(deadlines->timer.loop) + queue->length_ms;
    deadline->previous = queue->last;
    *queue->last = deadline;
    queue->last = &deadline->next;
    if (queue->first == deadline && !uv_is_closing((uv_handle_t *)&deadlines->timer))
        arm(deadlines, deadline->due_ms);
}

void orch__deadline_end(orch__deadlines *deadlines, orch__deadline *deadline)
{
    if (!deadline->previous)
        return;
    *deadline->previous = deadline->next;
    if (deadline->next)
        deadline->next->previous = deadline->previous;
    else
        deadlines->queues[deadline->wait].last = deadline->previous;
    deadline->next = NULL;
    deadline->previous = NULL;
}
