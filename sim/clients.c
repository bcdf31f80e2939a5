/* The people: they post, wait, try again with the same clientId, and give up only when they were told "busy". */
#include "checkers.h"
#include "world.h"

#define TIMEOUT_MS   15000
#define REFUSALS_MAX 6

static uint32_t thread_of(sim_world *world, uint32_t channel, uint32_t *out_reply_to)
{
    const sim_store *store = &world->store;
    uint32_t number;

    *out_reply_to = 0;
    if (store->messages_count < 2 || !sim_chance(&world->random, world->settings.thread_permille))
        return 0;
    number = 1 + sim_below(&world->random, store->messages_count - 1);
    const sim_message *message = &store->messages[number];

    if (message->channel != channel || message->deleted)
        return 0;
    *out_reply_to = message->author_daemon;
    return message->thread ? message->thread : number;
}

static void draw_post(sim_world *world, sim_post *post)
{
    sim_random *random = &world->random;

    *post = (sim_post){.author = 1 + sim_below(random, SIM_HUMANS_MAX),
                       .channel = 1 + sim_below(random, world->settings.channels)};
    if (sim_chance(random, 100)) {
        post->author_daemon = 1 + sim_below(random, world->settings.speakers);
        post->author = SIM_USER_OF(post->author_daemon);
    }
    post->text =
        sim_cast_human(random, world->channels[post->channel].members, world->settings.addressed_permille);
    if (world->settings.flood && post->text.at)
        post->text.everyone = true;
    if (post->author_daemon)
        post->text.everyone = false;
    if (post->author_daemon)
        post->text.mentions = 0;
}

void sim_clients_begin(sim_world *world)
{
    sim_settings *settings = &world->settings;

    world->posts_count = 0;
    for (uint32_t i = 0; i < settings->posts; i++) {
        draw_post(world, &world->posts[i]);
        sim_plan(world, sim_between(&world->random, 0, settings->until_ms), SIM_POST_TRY, i, 0);
        world->posts_count++;
    }
}

static void send(sim_world *world, uint32_t number)
{
    sim_post *post = &world->posts[number];

    if (post->state != SIM_POST_WAITS)
        return;
    if (post->tries++ == 0)
        post->thread = thread_of(world, post->channel, &post->reply_to);
    if (post->tries == 1 && post->author_daemon)
        post->reply_to = 0;
    post->state = SIM_POST_SENT;
    if (!sim_strikes(world, SIM_FAULT_DISCONNECT))
        sim_plan(world, sim_between(&world->random, 0, 50), SIM_POST_ARRIVES, number, post->tries);
    sim_plan(world, TIMEOUT_MS * post->tries, SIM_POST_TIMEOUT, number, post->tries);
}

static void answered(sim_world *world, uint32_t number, int32_t error, uint32_t message)
{
    sim_post *post = &world->posts[number];

    if (post->state == SIM_POST_ACKED || post->state == SIM_POST_GIVEN_UP)
        return;
    if (error == 0) {
        post->state = SIM_POST_ACKED;
        post->acked = message;
        if (post->stored != message)
            sim_fail(world, "accepted", "post %u was acknowledged as message %u but is stored as %u", number,
                     message, post->stored);
        return;
    }
    if (post->state != SIM_POST_SENT)
        return; /* the answer to a former try */
    sim_say(&world->trace, world->now_ms, "post %u is refused: %s", number, orch_error_name(error));
    if ((error == ORCH_E_BUSY || error == ORCH_E_FULL) && ++post->refusals >= REFUSALS_MAX) {
        post->state = SIM_POST_GIVEN_UP;
        return;
    }
    post->state = SIM_POST_WAITS;
    sim_plan(world, sim_between(&world->random, 200, 200 + 500LL * post->tries * post->tries), SIM_POST_TRY,
             number, 0);
}

/* Wipes the message off the board; what answers are on their way to it end in silence. */
static void delete_message(sim_world *world, uint32_t message)
{
    if (world->host.core && !world->host.exiting)
        sim_store_add(world, (sim_op){.kind = SIM_OP_DELETE, .message = message});
}

void sim_clients_item(sim_world *world, const sim_item *item)
{
    sim_post *post = &world->posts[item->a];

    switch (item->kind) {
    case SIM_POST_TRY:
        send(world, item->a);
        break;
    case SIM_POST_ARRIVES:
        sim_host_post(world, item->a);
        break;
    case SIM_POST_ANSWER:
        answered(world, item->a, (int32_t)(uint32_t)item->b, (uint32_t)(item->b >> 32));
        break;
    case SIM_POST_TIMEOUT:
        if (post->state == SIM_POST_SENT && post->tries == item->b) {
            post->state = SIM_POST_WAITS;
            send(world, item->a);
        }
        break;
    default:
        delete_message(world, item->a);
        break;
    }
}

void sim_clients_burst(sim_world *world)
{
    uint32_t most = world->settings.flood ? 150 : world->settings.speakers > SIM_SPEAKERS_FEW ? 10 : 40;
    uint32_t count = 2 + sim_below(&world->random, most);
    sim_post first;

    draw_post(world, &first);
    sim_say(&world->trace, world->now_ms, "a burst of %u messages", count);
    for (uint32_t i = 0; i < count && world->posts_count < SIM_POSTS_MAX / 2; i++) {
        uint32_t number = world->posts_count++;

        if (sim_chance(&world->random, 100))
            draw_post(world, &first);
        world->posts[number] = first;
        sim_plan(world, sim_between(&world->random, 0, 30), SIM_POST_TRY, number, 0);
    }
}

bool sim_clients_content(const sim_world *world)
{
    for (uint32_t i = 0; i < world->posts_count; i++) {
        if (world->posts[i].state != SIM_POST_ACKED && world->posts[i].state != SIM_POST_GIVEN_UP)
            return false;
    }
    return true;
}
