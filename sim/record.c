#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checkers.h"

void sim_fail(sim_world *world, const char *checker, const char *format, ...)
{
    sim_record *record = &world->record;
    va_list arguments;

    if (sim_failed(world))
        return;
    snprintf(record->checker, sizeof record->checker, "%s", checker);
    va_start(arguments, format);
    vsnprintf(record->words, sizeof record->words, format, arguments);
    va_end(arguments);
    record->failed_ms = world->now_ms;
    sim_say(&world->trace, world->now_ms, "FAILED %s: %s", checker, record->words);
}

bool sim_failed(const sim_world *world)
{
    return world->record.checker[0] != '\0';
}

void sim_record_init(sim_record *record)
{
    memset(record, 0, sizeof *record);
    record->cases = calloc(SIM_ROWS_MAX, sizeof *record->cases);
    record->log = malloc(SIM_LOG_MAX);
    if (!record->cases || !record->log) {
        perror("orchd-sim");
        exit(2);
    }
}

void sim_record_fini(sim_record *record)
{
    free(record->cases);
    free(record->log);
}

void sim_record_reset(sim_world *world)
{
    sim_record *record = &world->record;
    sim_case *cases = record->cases;
    uint8_t *log = record->log;

    memset(cases, 0, world->store.rows_count * sizeof *cases);
    memset(record, 0, sizeof *record);
    record->cases = cases;
    record->log = log;
}

void sim_record_life(sim_world *world)
{
    sim_record *record = &world->record;

    memset(record->daemons, 0, sizeof record->daemons);
    record->live_count = 0;
    record->places = 0;
    record->ended = 0;
    record->reserved = 0;
    record->offline_count = 0;
    record->manager = world->host.config;
    record->now_ms = 0;
    record->log_size = 0;
    record->log_hash = 0;
    record->log_config = world->host.config;
    record->log_whole = world->settings.replayed;
}

sim_case *sim_case_of(sim_world *world, uint32_t row)
{
    sim_case *known = &world->record.cases[row];

    if (known->life != world->host.life)
        *known = (sim_case){.life = world->host.life,
                            .own = known->own,
                            .disordered = known->disordered,
                            .replies = known->replies};
    return known;
}

void sim_case_enter(sim_world *world, uint32_t row)
{
    sim_record *record = &world->record;
    sim_case *known = sim_case_of(world, row);

    if (record->live_count >= SIM_LIVE_MAX) {
        sim_fail(world, "memory", "the core holds more than %d turns", SIM_LIVE_MAX);
        return;
    }
    known->view = SIM_VIEW_QUEUED;
    known->stopped = false; /* what the core has forgotten and is given once more */
    known->place = ++record->places;
    record->live[record->live_count++] = row;
    if (record->live_count > record->live_most)
        record->live_most = record->live_count;
}

void sim_case_leave(sim_world *world, uint32_t row)
{
    sim_record *record = &world->record;
    sim_case *known = sim_case_of(world, row);

    known->view = SIM_VIEW_NONE;
    known->turn_past = known->turn;
    known->turn = 0;
    known->ended_no = ++record->ended;
    for (uint32_t i = 0; i < record->live_count; i++) {
        if (record->live[i] != row)
            continue;
        record->live[i] = record->live[--record->live_count];
        return;
    }
}

bool sim_case_remembered(sim_world *world, uint32_t row)
{
    const sim_case *known = sim_case_of(world, row);

    return known->ended_no && world->record.ended - known->ended_no < world->host.config.seen_max;
}

uint32_t sim_case_by_turn(sim_world *world, uint64_t turn)
{
    const sim_record *record = &world->record;

    for (uint32_t i = 0; turn && i < record->live_count; i++) {
        if (record->cases[record->live[i]].turn == turn)
            return record->live[i];
    }
    return 0;
}

bool sim_same_conversation(const sim_world *world, uint32_t row, uint32_t other)
{
    const sim_row *a = &world->store.rows[row];
    const sim_row *b = &world->store.rows[other];
    const sim_message *asked = &world->store.messages[a->message];
    const sim_message *asked_other = &world->store.messages[b->message];

    return a->daemon == b->daemon && asked->channel == asked_other->channel &&
           asked->thread == asked_other->thread;
}

/* A conversation has at most one turn that is not queued: check_turns.c sees to it. */
uint32_t sim_active(sim_world *world, uint32_t daemon)
{
    const sim_record *record = &world->record;
    uint32_t count = 0;

    for (uint32_t i = 0; i < record->live_count; i++) {
        uint32_t row = record->live[i];

        count += world->store.rows[row].daemon == daemon && record->cases[row].view != SIM_VIEW_QUEUED;
    }
    return count;
}

uint32_t sim_queued(sim_world *world, uint32_t daemon)
{
    const sim_record *record = &world->record;
    uint32_t count = 0;

    for (uint32_t i = 0; i < record->live_count; i++) {
        uint32_t row = record->live[i];

        count += world->store.rows[row].daemon == daemon && record->cases[row].view == SIM_VIEW_QUEUED;
    }
    return count;
}
