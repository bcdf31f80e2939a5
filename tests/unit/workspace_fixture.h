/* A workspace on a new database in a temporary directory, and calls that wait for their answer. */
#ifndef ORCHD_WORKSPACE_FIXTURE_H
#define ORCHD_WORKSPACE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "workspace.h"

typedef struct fixture {
    char directory[64];
    char path[96];
    orch_database *database;
    orch_workspace *workspace;
    int64_t now_ms; /* of the workspace's clock */
    orch_user *ann; /* the owner */
    orch_user *ben; /* a member */
    orch_orchestrator *mira;
    orch_orchestrator *otto;
    orch_channel *general; /* all of them */
    orch_channel *closed;  /* PRIVATE: ann and mira */
} fixture;

void fixture_open(fixture *f);   /* an empty database */
void fixture_people(fixture *f); /* fixture_open and everybody above */
void fixture_reopen(fixture *f); /* as a new process would; fills in everybody again */
void fixture_close(fixture *f);

/* cmocka's setup and teardown: *state is a fixture with everybody. */
int setup_people(void **state);
int setup_empty(void **state);
int teardown(void **state);

/* What a call answered, copied. */
typedef struct answer {
    int calls;
    orch_problem problem; /* error 0: none */
    orch_message message;
    char content[4096];
    char metadata[4096];
    char client_id[256];
    bool repeated;
    bool has_message;
    int64_t cursor;
    int64_t turns[8];
    size_t turns_count;
    size_t count; /* of a list */
    bool more;
    bool gap;
    char listed[64][64]; /* contents of messages, or ids */
    orch_done made;
    orch_login login;
    orch_token_made token;
    char text[512];
    char revoked[8][ORCH_ID_MAX]; /* token ids that open connections were told */
    size_t revoked_count;
} answer;

void on_posted(const orch_problem *problem, const orch_posted *posted, void *user);
void on_messages(const orch_problem *problem, const orch_message_list *list, void *user);
void on_changed(const orch_problem *problem, const orch_changed *changed, void *user);
void on_done(const orch_problem *problem, const orch_done *result, void *user);

orch_str str(const char *text);

/* Posts without turns and waits. */
answer post(fixture *f, orch_user *author, orch_channel *channel, const char *content);
/* Posts what it is given, waits, and fails the test unless it succeeds or is refused as expected. */
answer post_whole(fixture *f, const orch_post *post);
/* By a model that took 7 tokens and gave 3. */
answer reply_whole(fixture *f, int64_t turn, const orch_post *post);
/* The value of a query's first column, as an integer. */
int64_t ask(fixture *f, const char *sql);

#endif
