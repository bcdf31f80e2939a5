/* For the tests of orchd.h: orchestrators to work with, waiting, and a trace of all events, one line each. Waits have a
 * condition and a limit. Everything happens on the library's own loop.
 */
#ifndef ORCHD_RECORDER_H
#define ORCHD_RECORDER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "orchd/orchd.h"

extern const orch_orchestrator_info ann; /* a designer; her rules answer "colour" */
extern const orch_orchestrator_info bob; /* a tester */

typedef struct recorder {
    char trace[65536];
    size_t len;
    unsigned sent; /* message:send */
} recorder;

/* Writes down every event but heartbeats, health checks and changes of status. */
void record_daemon(recorder *r, orch_daemon *daemon);
void record_manager(recorder *r, orch_manager *manager);
/* Fails with the difference; the trace is empty afterwards. */
void expect_trace(recorder *r, const char *expected);

/* A daemon of `info`; `generate` may be NULL. */
orch_daemon *make_daemon(const orch_orchestrator_info *info, orch_generate_fn generate, void *user);
void start(orch_daemon *daemon);
void stop(orch_daemon *daemon);
/* Hands over "content" of user "guest" in channel "general" and waits. Returns the error. */
int say(orch_daemon *daemon, const char *id, const char *content);
orch_incoming_message message_of(const char *id, const char *content);
uint64_t answered(const orch_daemon *daemon);

/* Runs the loop until `*value` is at least `least`. */
void run_until(const unsigned *value, unsigned least);
/* Runs the loop until what is due now has been done. */
void run_due(void);

/* cmocka's setup and teardown: an environment without settings; the library's loop given back whole. */
int clean_setup(void **state);
int clean_teardown(void **state);

#endif
