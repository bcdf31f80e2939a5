/* Changes of users, orchestrators and channels: one transaction, then the directory follows, then the caller is told.
 *
 * A making is the head of a larger struct, one malloc'ed block, that holds what `apply` needs.
 */
#ifndef ORCHD_MAKING_H
#define ORCHD_MAKING_H

#include "statements.h"

typedef struct orch__making {
    orch_workspace *workspace;
    orch_done_fn done;
    void *user;
    void (*apply)(struct orch__making *making);   /* after the commit; may be NULL */
    void (*discard)(struct orch__making *making); /* instead of apply; may be NULL */
    const char *taken_field;                      /* what ORCH_E_EXISTS is about */
    orch_done result;
} orch__making;

/* Takes `making` (NULL: out of memory). */
ORCH_MUST_USE int orch__making_submit(orch__making *making, orch__statements *statements,
                                      orch_workspace *workspace, orch_problem *problem);

/* Copies behind a struct: `at` moves on. */
orch_str orch__keep_text(char **at, orch_str text);

/* ---- rows that several of them write ---- */

typedef struct orch__person {
    orch_id id;
    orch_str email;
    orch_str name;
    orch_str display_name;
    orch_str password_hash; /* empty: none */
    bool orchestrator;
    bool email_proven;
    orch_str config; /* JSON or empty */
    const orch_id *organization_id;
    const char *role; /* in the organization */
} orch__person;

/* The user, the password and the membership in the organization. */
void orch__add_person(orch_workspace *workspace, orch__statements *statements, const orch__person *person,
                      const orch__time_text *time);
void orch__add_password(orch_workspace *workspace, orch__statements *statements, const orch_id *user_id,
                        orch_str hash, const orch__time_text *time);
/* The batch is refused (ORCH_E_CONFLICT) where another hash is stored by the time that it is written. */
void orch__expect_password(orch__statements *statements, const orch_id *user_id, orch_str hash);
/* accounts.c. `untouched`: unless the user has one already (ORCH_E_CONFLICT). */
void orch__add_account(orch_workspace *workspace, orch__statements *statements, const orch_id *user_id,
                       const orch_account *account, bool untouched, const orch__time_text *time);
ORCH_MUST_USE int orch__check_account(const orch_account *account, orch_problem *problem);
/* Also for one who had left. */
void orch__add_member(orch_workspace *workspace, orch__statements *statements, const orch_id *channel_id,
                      const orch_id *user_id, const char *role, const orch__time_text *time);

/* NULL actor: the machine's owner. Fills `out_organization` with the one that the actor administers. */
ORCH_MUST_USE int orch__check_administers(const orch_workspace *workspace, const orch_user *actor,
                                          orch_organization **out_organization, orch_problem *problem);
ORCH_MUST_USE int orch__check_email_free(const orch_workspace *workspace, orch_str email,
                                         orch_problem *problem);
/* A PUBLIC channel of the organization that is in use. */
bool orch__channel_open(const orch_channel *channel, const orch_organization *organization);

#endif
