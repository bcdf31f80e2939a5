/* The workspace: what is stored, and who may do it. The only place with SQL of the product.
 *
 * Every call that changes something checks its input's limits and the actor's right, submits ONE batch to the database
 * and, after the commit, updates the directory and calls back on the host's thread (in orch_database_deliver).
 *
 * Errors for a person: a callback gets an orch_problem that names the field, the value and what is allowed.
 * Where a call returns an error at once, the callback is not called and `problem` is filled.
 */
#ifndef ORCHD_WORKSPACE_H
#define ORCHD_WORKSPACE_H

#include "database.h"
#include "directory.h"

typedef struct orch_workspace orch_workspace;

typedef struct orch_problem {
    int error;      /* an orch_error */
    char field[64]; /* of the input; may be empty */
    char message[256];
} orch_problem;

#define ORCH_CONTENT_MAX      32768 /* bytes of a message; at least 1 character that is not white space */
#define ORCH_CLIENT_ID_MAX    128
#define ORCH_METADATA_MAX     16384
#define ORCH_HISTORY_PAGE_MAX 200
#define ORCH_EMOJI_MAX        64
#define ORCH_NAME_MAX         200
#define ORCH_PASSWORD_MIN     10
#define ORCH_PASSWORD_MAX     1024
#define ORCH_CHARTER_JSON_MAX 262144
#define ORCH_EMAIL_MAX        254 /* RFC 5321, 4.5.3.1.3 */
#define ORCH_TOPIC_MAX        1024
#define ORCH_MODEL_CHAIN_MAX  1024
#define ORCH_CAPABILITIES_MAX 16384
#define ORCH_AVATAR_URL_MAX   2048
#define ORCH_PROVIDER_ID_MAX  32  /* characters of "google" */
#define ORCH_SUBJECT_MAX      255 /* OpenID Connect Core 1.0, 2: `sub` */

/* Migrates, loads the directory. Blocks. `database` stays the caller's and is closed after the workspace. */
ORCH_MUST_USE int orch_workspace_open(orch_database *database, orch_workspace **out_workspace,
                                      char *out_message, size_t message_size);
void orch_workspace_close(orch_workspace *workspace);
orch_directory *orch_workspace_directory(orch_workspace *workspace);

/* The clock of created_at and ids; default: the real one. For tests. */
void orch_workspace_set_clock(orch_workspace *workspace, int64_t (*now_ms)(void *user), void *user);

/* Goes the way of a write, through the database's writer and back, and changes nothing: proves that it works. */
typedef void (*orch_probe_fn)(const orch_problem *problem, void *user);
typedef enum orch_probe_kind {
    ORCH_PROBE_ANSWERS, /* takes the write lock; costs no sync, because nothing changes */
    ORCH_PROBE_WRITES,  /* writes a row and deletes it: shows that a full disk has room again */
} orch_probe_kind;
ORCH_MUST_USE int orch_workspace_probe(orch_workspace *workspace, orch_probe_kind kind, orch_probe_fn done,
                                       void *user);

/* ---- messages ---- */

typedef struct orch_message {
    orch_id id;
    orch_channel *channel;
    orch_user *author;
    orch_str content;
    const char *type;   /* "TEXT", … static */
    orch_id parent_id;  /* empty text: none */
    orch_str client_id; /* may be empty */
    orch_str metadata;  /* JSON object */
    int64_t created_ms;
    int64_t updated_ms;
    bool edited;
    bool deleted; /* content and metadata are then empty */
} orch_message;

/* One turn to be stored with a message. */
typedef struct orch_turn_new {
    orch_orchestrator *orchestrator;
    uint32_t hops;
    int refused; /* 0, or the orch_error with which it ends at once, visibly (ORCH_E_BUSY of a reply) */
} orch_turn_new;

#define ORCH_TURNS_PER_MESSAGE_MAX 256

typedef struct orch_post {
    orch_user *author;
    orch_channel *channel;
    orch_str content;
    orch_str parent_id; /* empty: none */
    orch_str client_id; /* empty: none */
    orch_str metadata;  /* JSON object or empty */
    const orch_turn_new *turns;
    size_t turns_count;
} orch_post;

typedef struct orch_posted {
    const orch_message *message;
    bool repeated;        /* the same author sent this clientId before: that message; no turns, no cursor */
    int64_t cursor;       /* of message.created in the feed */
    const int64_t *turns; /* row ids, as many and in the order as in the post */
    size_t turns_count;
    const orch_turn_new *asked; /* whose turns they are; the runtime tells, NULL before */
} orch_posted;

typedef void (*orch_posted_fn)(const orch_problem *problem, const orch_posted *posted, void *user);

/* Checks everything about a post but the existence of the parent (the batch does that): limits, UTF-8, membership,
 * archived. Fills `problem`. */
ORCH_MUST_USE int orch_workspace_check_post(orch_workspace *workspace, const orch_post *post,
                                            orch_problem *problem);
/* Who is named by metadata.mentions (ids of orchestrators or users) and whose message `parent_id`'s thread… is read by
 * the callback of orch_workspace_message. Here: the ids of metadata.mentions as daemons. ORCH_E_NO_MEMORY. */
ORCH_MUST_USE int orch_workspace_mentions(orch_workspace *workspace, orch_str metadata,
                                          orch_daemon_id *out_daemons, size_t max, size_t *out_count);
ORCH_MUST_USE int orch_workspace_post(orch_workspace *workspace, const orch_post *post, orch_posted_fn done,
                                      void *user);

typedef struct orch_reaction {
    orch_str emoji;
    orch_str user_id;
} orch_reaction;

/* A turn of a message that has not been answered. */
typedef struct orch_message_turn {
    int64_t id;
    orch_orchestrator *orchestrator;
    bool failed; /* false: it has not ended */
    orch_str code;
    orch_str words;
} orch_message_turn;

#define ORCH_REPLIES_COUNTED_MAX 1000

/* What hangs on a message. */
typedef struct orch_message_ties {
    uint32_t replies;      /* of the thread that it begins, counted up to ORCH_REPLIES_COUNTED_MAX */
    int64_t last_reply_ms; /* 0: none */
    const orch_reaction
        *reactions; /* those with one emoji beside each other, the emoji that was used first before */
    size_t reactions_count;
    const orch_message_turn *turns;
    size_t turns_count;
} orch_message_ties;

typedef struct orch_message_list {
    const orch_message *items;     /* in time order */
    const orch_message_ties *ties; /* as many; NULL: not of this question */
    size_t count;
    bool more; /* there are further ones in the direction of reading */
    orch_str
        earlier; /* of a history: the id from which on there are further ones; empty: none, or not asked about */
    orch_str later;
} orch_message_list;
typedef void (*orch_messages_fn)(const orch_problem *problem, const orch_message_list *list, void *user);

typedef struct orch_history {
    orch_user *reader; /* NULL: the server itself */
    orch_channel *channel;
    orch_str thread; /* message id: that message and what replies to it; empty: the whole channel */
    bool
        roots; /* without replies in threads. A page may then be short, even empty, and yet have more behind it */
    orch_str before; /* message id, exclusive; empty: the newest. At most one of these three */
    orch_str after;  /* message id, exclusive */
    orch_str around; /* message id: that message and its neighbours on both sides */
    uint32_t limit;  /* 1 … ORCH_HISTORY_PAGE_MAX */
} orch_history;
ORCH_MUST_USE int orch_workspace_history(orch_workspace *workspace, const orch_history *history,
                                         orch_messages_fn done, void *user, orch_problem *problem);
/* One message; ORCH_E_NOT_FOUND also for one in a channel that `reader` is not in. */
ORCH_MUST_USE int orch_workspace_message(orch_workspace *workspace, orch_user *reader, orch_str id,
                                         orch_messages_fn done, void *user);
/* What a turn of `self` needs to know: the newest `limit` messages of its conversation (channel, or thread with the
 * message it hangs on) up to `message_id`, then what `self` has said there since (it answered earlier messages
 * while this one waited), and `message_id` last. */
ORCH_MUST_USE int orch_workspace_context(orch_workspace *workspace, const orch_user *self,
                                         orch_channel *channel, orch_str parent_id, orch_str message_id,
                                         uint32_t limit, orch_messages_fn done, void *user);

typedef struct orch_changed {
    const orch_message *message; /* NULL for reactions that changed nothing */
    int64_t cursor;              /* 0: nothing changed */
} orch_changed;
typedef void (*orch_changed_fn)(const orch_problem *problem, const orch_changed *changed, void *user);
/* Edits and deletes one's own messages; administrators delete any. */
ORCH_MUST_USE int orch_workspace_edit(orch_workspace *workspace, orch_user *actor, orch_str id,
                                      orch_str content, orch_changed_fn done, void *user,
                                      orch_problem *problem);
ORCH_MUST_USE int orch_workspace_delete(orch_workspace *workspace, orch_user *actor, orch_str id,
                                        orch_changed_fn done, void *user, orch_problem *problem);
ORCH_MUST_USE int orch_workspace_react(orch_workspace *workspace, orch_user *actor, orch_str id,
                                       orch_str emoji, bool present, orch_changed_fn done, void *user,
                                       orch_problem *problem);

typedef void (*orch_reactions_fn)(const orch_problem *problem, const orch_reaction *items, size_t count,
                                  void *user);
ORCH_MUST_USE int orch_workspace_reactions(orch_workspace *workspace, orch_user *reader, orch_str message_id,
                                           orch_reactions_fn done, void *user);

/* ---- searching ---- */

#define ORCH_SEARCH_QUERY_MAX 256 /* bytes */
#define ORCH_SEARCH_WORDS_MAX 16
#define ORCH_SEARCH_PAGE_MAX  50

typedef struct orch_search {
    orch_user *reader;
    orch_channel *channel; /* NULL: every channel of the reader */
    orch_str query;        /* words, all wanted; the last may be a beginning, unless a space follows */
    orch_str before;       /* message id, exclusive; empty: the newest */
    uint32_t limit;        /* 1 … ORCH_SEARCH_PAGE_MAX */
} orch_search;
/* Borrowed for the call. */
typedef struct orch_found {
    const orch_message *items; /* the newest first */
    size_t count;
    orch_str
        next; /* a message id: there may be more before it, though this page may be short; empty: there are not */
    bool incomplete; /* not every message is indexed yet */
} orch_found;
typedef void (*orch_found_fn)(const orch_problem *problem, const orch_found *found, void *user);
ORCH_MUST_USE int orch_workspace_search(orch_workspace *workspace, const orch_search *search,
                                        orch_found_fn done, void *user, orch_problem *problem);

/* How the index was before a piece of work at it. */
typedef struct orch_indexed {
    bool begun; /* somebody has searched before */
    bool
        worked; /* something was done: there may be more. False: every message is indexed, or none is to be */
    bool newer_left; /* it was about messages that came since */
    bool older_left;
} orch_indexed;
typedef void (*orch_indexed_fn)(const orch_problem *problem, const orch_indexed *outcome, void *user);
/* One bounded piece, of the newer messages first. `begin`: also where nobody has searched yet. */
ORCH_MUST_USE int orch_workspace_index(orch_workspace *workspace, bool begin, orch_indexed_fn done,
                                       void *user);

/* ---- what is unread ---- */

#define ORCH_UNREAD_COUNTED_MAX 100

/* How a channel is for one of its members. */
typedef struct orch_channel_state {
    orch_channel *channel;
    orch_id last_read_id;    /* empty: none; then what was before one joined is read */
    orch_id last_message_id; /* empty: none; what is behind it is not counted */
    int64_t last_message_ms; /* 0: none */
    uint32_t unread;         /* others' messages behind what was read, up to ORCH_UNREAD_COUNTED_MAX */
    uint32_t mentions;       /* of these, those that address the reader by '@' or by metadata.mentions */
} orch_channel_state;
/* `items` in the order of the question, without those that the reader is not in. Borrowed for the call, which may come before the
 * question returns. */
typedef void (*orch_channel_states_fn)(const orch_problem *problem, const orch_channel_state *items,
                                       size_t count, void *user);
ORCH_MUST_USE int orch_workspace_channel_states(orch_workspace *workspace, orch_user *reader,
                                                orch_channel *const *channels, size_t count,
                                                orch_channel_states_fn done, void *user);
/* Everything up to this message is read; a mark never goes back. Answers with the one channel. */
ORCH_MUST_USE int orch_workspace_mark_read(orch_workspace *workspace, orch_user *reader,
                                           orch_channel *channel, orch_str message_id,
                                           orch_channel_states_fn done, void *user, orch_problem *problem);

/* ---- turns ---- */

#define ORCH_TURN_EPOCH_FIRST 0 /* of a turn that was just stored */

/* A turn that has not ended. */
typedef struct orch_turn_row {
    int64_t id;
    uint32_t epoch;
    orch_orchestrator *orchestrator;
    orch_channel *channel;
    orch_id message_id;
    orch_id parent_id; /* the thread in which the reply goes */
    orch_user *author; /* of the message; may be NULL */
    uint32_t hops;
    int64_t created_ms;
} orch_turn_row;
typedef void (*orch_turns_fn)(const orch_problem *problem, const orch_turn_row *rows, size_t count,
                              void *user);

/* Turns that a former life did not end, oldest first, `after` exclusive, at most 1,000 a call. */
ORCH_MUST_USE int orch_workspace_unfinished(orch_workspace *workspace, int64_t after, orch_turns_fn done,
                                            void *user);

typedef enum orch_reply_kind { ORCH_REPLY_MODEL, ORCH_REPLY_OFFLINE } orch_reply_kind;

/* Adds to an orchestrator's totals what no turn of its did. `done` has NULL, or what was wrong. ORCH_E_NO_MEMORY, ORCH_E_BUSY. */
typedef void (*orch_totals_stored_fn)(const orch_problem *problem, void *user);
ORCH_MUST_USE int orch_workspace_add_totals(orch_workspace *workspace, orch_orchestrator *orchestrator,
                                            const orch_totals *more, orch_totals_stored_fn done, void *user);

/* Which turn ends, and what it took of the models, all its attempts together. */
typedef struct orch_turn_ending {
    orch_orchestrator *orchestrator;
    int64_t turn;
    uint32_t epoch;
    uint64_t tokens_input;
    uint64_t tokens_output;
    bool stopped; /* by somebody: visible, but no failure of the orchestrator */
} orch_turn_ending;

/* The reply and the end of its turn in one transaction, with the orchestrator's totals. The callback gets ORCH_E_CONFLICT
 * when the turn had ended before. `post` carries content, metadata (taken as they are) and the turns that the reply
 * itself starts. */
ORCH_MUST_USE int orch_workspace_reply(orch_workspace *workspace, const orch_turn_ending *ending,
                                       orch_reply_kind kind, const orch_post *post, orch_posted_fn done,
                                       void *user);

typedef enum orch_turn_end { ORCH_TURN_FAILED, ORCH_TURN_SKIPPED } orch_turn_end;
typedef void (*orch_turn_ended_fn)(const orch_problem *problem, int64_t cursor, void *user);
/* ORCH_E_CONFLICT as above. `code` and `message` are shown to the people of the channel. */
ORCH_MUST_USE int orch_workspace_end_turn(orch_workspace *workspace, const orch_turn_ending *what,
                                          orch_turn_end end, const char *code, const char *message,
                                          orch_turn_ended_fn done, void *user);

typedef void (*orch_turn_fn)(const orch_problem *problem, const orch_turn_row *row, void *user);
/* A failed turn that `actor` (NULL: the machine's owner) may have tried again: the message's author, or an administrator. ORCH_E_STATE
 * for one that has not failed, or that cannot be answered any more. */
ORCH_MUST_USE int orch_workspace_failed_turn(orch_workspace *workspace, orch_user *actor, int64_t turn,
                                             orch_turn_fn done, void *user);
/* It is pending again, and has another id: that of the row that the callback gets. ORCH_E_CONFLICT: it is not a failed one any more. */
ORCH_MUST_USE int orch_workspace_retry_turn(orch_workspace *workspace, const orch_turn_row *failed,
                                            orch_turn_fn done, void *user);

/* Offline messages sent since `since_ms`, for the core's memory of them. */
typedef struct orch_offline_sent {
    orch_orchestrator *orchestrator;
    orch_channel *channel;
    orch_id parent_id;
    int64_t at_ms;
} orch_offline_sent;
typedef void (*orch_offline_fn)(const orch_problem *problem, const orch_offline_sent *items, size_t count,
                                void *user);
ORCH_MUST_USE int orch_workspace_offline_since(orch_workspace *workspace, int64_t since_ms,
                                               orch_offline_fn done, void *user);

/* ---- the feed: what happened, in order, for clients that were away ---- */

typedef enum orch_feed_entry_kind {
    ORCH_FEED_MESSAGE_CREATED = 1,
    ORCH_FEED_MESSAGE_UPDATED,
    ORCH_FEED_MESSAGE_DELETED,
    ORCH_FEED_REACTION_CHANGED,
    ORCH_FEED_TURN_FAILED,
} orch_feed_entry_kind;

typedef struct orch_feed_entry {
    int64_t cursor;
    orch_feed_entry_kind kind;
    orch_channel *channel;
    orch_message message; /* the one concerned, in its present state */
    orch_str
        details; /* JSON object: emoji, userId, present; or turnId, orchestratorId, error {code, message} */
} orch_feed_entry;

typedef struct orch_feed_page {
    const orch_feed_entry *items;
    size_t count;
    int64_t cursor; /* read on from here */
    bool more;
    bool gap; /* `since` is none that was given out and is still kept: the client must reload */
} orch_feed_page;
typedef void (*orch_feed_fn)(const orch_problem *problem, const orch_feed_page *page, void *user);
/* Entries after `since` in the channels of `reader`, at most 500 a call. */
ORCH_MUST_USE int orch_workspace_feed(orch_workspace *workspace, orch_user *reader, int64_t since,
                                      orch_feed_fn done, void *user);
/* The newest committed cursor. */
int64_t orch_workspace_cursor(const orch_workspace *workspace);
/* Deletes feed entries beyond the newest `keep` (at least 1), in pieces, so that writers never wait for long: `piece`
 * comes after each of them with the rows that it took, and may end it there by returning false. The last one took 0. */
typedef bool (*orch_trimmed_fn)(const orch_problem *problem, uint64_t rows, void *user);
ORCH_MUST_USE int orch_workspace_feed_trim(orch_workspace *workspace, int64_t keep, orch_trimmed_fn piece,
                                           void *user);

/* ---- people, orchestrators, channels ---- */

typedef struct orch_done {
    orch_user *user;
    orch_orchestrator *orchestrator;
    orch_channel *channel;
} orch_done;
typedef void (*orch_done_fn)(const orch_problem *problem, const orch_done *result, void *user);

/* An actor of NULL is the machine's owner (command line on the data directory): everything is allowed. */

/* The first organization with its workspace, a channel "general" and its owner. ORCH_E_EXISTS when there is one. */
typedef struct orch_setup {
    orch_str organization;
    orch_str email;
    orch_str name;
    orch_str password_hash; /* password.h */
} orch_setup;
ORCH_MUST_USE int orch_workspace_setup(orch_workspace *workspace, const orch_setup *setup, orch_done_fn done,
                                       void *user, orch_problem *problem);

/* How somebody is known to an OpenID provider: a row of `accounts`, as NextAuth writes it, without any token. */
typedef struct orch_account {
    orch_str provider; /* "google": 1 … ORCH_PROVIDER_ID_MAX bytes */
    orch_str subject;  /* `sub`: 1 … ORCH_SUBJECT_MAX bytes */
} orch_account;

typedef struct orch_user_new {
    orch_str email;
    orch_str name;
    orch_str display_name;
    orch_str password_hash; /* empty: cannot log in by password */
    bool admin;
    const orch_account *account; /* or NULL; with one, the provider has proven the e-mail address */
} orch_user_new;
/* People join every PUBLIC channel. */
ORCH_MUST_USE int orch_workspace_add_user(orch_workspace *workspace, orch_user *actor,
                                          const orch_user_new *user_new, orch_done_fn done, void *user,
                                          orch_problem *problem);
/* `before`: the hash that it takes the place of; where another one is stored by then, it does not (ORCH_E_NOT_FOUND). Empty:
 * whatever is stored. */
ORCH_MUST_USE int orch_workspace_set_password(orch_workspace *workspace, orch_user *user, orch_str before,
                                              orch_str password_hash, orch_done_fn done, void *user_data,
                                              orch_problem *problem);

/* What a user says of himself. Fields with ptr NULL stay as they are, empty ones are removed. */
typedef struct orch_user_change {
    orch_str display_name;
    orch_str avatar_url; /* https://… */
} orch_user_change;
ORCH_MUST_USE int orch_workspace_change_user(orch_workspace *workspace, orch_user *user,
                                             const orch_user_change *change, orch_done_fn done,
                                             void *user_data, orch_problem *problem);

/* ---- accounts at OpenID providers ---- */

typedef struct orch_account_found {
    orch_user *user; /* whose it is; NULL: nobody's */
    /* Of the candidate: */
    bool proven;    /* its e-mail address is known to be its own (users.email_verified) */
    bool untouched; /* nobody could log in as it so far: it has no password and no account */
} orch_account_found;
typedef void (*orch_account_fn)(const orch_problem *problem, const orch_account_found *found, void *user);
/* Whose account it is; and what is known of `candidate` (may be NULL), to whom it might be linked. */
ORCH_MUST_USE int orch_workspace_find_account(orch_workspace *workspace, const orch_account *account,
                                              const orch_user *candidate, orch_account_fn done, void *user);

typedef struct orch_account_link {
    orch_user *user;
    orch_account account;
    bool proves_email; /* the provider has proven that the user's e-mail address is his */
    bool untouched;    /* only while it is (see above); ORCH_E_CONFLICT */
} orch_account_link;
/* ORCH_E_EXISTS: it is somebody's already. */
ORCH_MUST_USE int orch_workspace_link_account(orch_workspace *workspace, const orch_account_link *link,
                                              orch_done_fn done, void *user, orch_problem *problem);

#define ORCH_ACCOUNTS_LISTED_MAX 64

typedef struct orch_account_row {
    orch_id id;
    orch_str provider;
    int64_t created_ms;
} orch_account_row;
/* Borrowed for the call. */
typedef void (*orch_accounts_fn)(const orch_problem *problem, const orch_account_row *rows, size_t count,
                                 bool password, void *user);
/* Those of a user, and whether he has a password beside them. */
ORCH_MUST_USE int orch_workspace_list_accounts(orch_workspace *workspace, const orch_user *owner,
                                               orch_accounts_fn done, void *user);
/* The last way to log in stays: ORCH_E_CONFLICT. */
ORCH_MUST_USE int orch_workspace_unlink_account(orch_workspace *workspace, orch_user *owner, orch_str id,
                                                orch_done_fn done, void *user);

typedef struct orch_orchestrator_new {
    orch_str name;
    orch_str display_name;
    orch_str email; /* empty: slug@orchestrators.local */
    orch_str role;
    orch_str discipline;
    orch_str charter;         /* JSON object or empty */
    orch_str capabilities;    /* JSON or empty */
    orch_str model_chain;     /* or empty */
    orch_str password_hash;   /* or empty */
    const orch_str *channels; /* slugs or ids; none: every PUBLIC channel */
    size_t channels_count;
    bool logged_in;
} orch_orchestrator_new;
ORCH_MUST_USE int orch_workspace_add_orchestrator(orch_workspace *workspace, orch_user *actor,
                                                  const orch_orchestrator_new *orchestrator_new,
                                                  orch_done_fn done, void *user, orch_problem *problem);
/* Fields with ptr NULL stay as they are. */
typedef struct orch_orchestrator_change {
    orch_str name;
    orch_str display_name;
    orch_str role;
    orch_str discipline;
    orch_str charter;
    orch_str capabilities;
    orch_str model_chain; /* empty: the server's again */
} orch_orchestrator_change;
ORCH_MUST_USE int orch_workspace_change_orchestrator(orch_workspace *workspace, orch_user *actor,
                                                     orch_orchestrator *orchestrator,
                                                     const orch_orchestrator_change *change,
                                                     orch_done_fn done, void *user, orch_problem *problem);
/* Whether its daemon shall run; kept over restarts. */
ORCH_MUST_USE int orch_workspace_set_logged_in(orch_workspace *workspace, orch_orchestrator *orchestrator,
                                               bool logged_in, orch_done_fn done, void *user);
/* vps.status, for other programs on the same database: "ONLINE", "OFFLINE", "BUSY", "AWAY". Not waited for. */
void orch_workspace_set_presence(orch_workspace *workspace, orch_orchestrator *orchestrator,
                                 const char *status);

typedef struct orch_channel_new {
    orch_str name;
    orch_str topic;
    orch_channel_type type;
    orch_user *const *members; /* beside the maker; PUBLIC: every user of the organization as well */
    size_t members_count;
} orch_channel_new;
ORCH_MUST_USE int orch_workspace_add_channel(orch_workspace *workspace, orch_user *actor,
                                             const orch_channel_new *channel_new, orch_done_fn done,
                                             void *user, orch_problem *problem);
/* The direct channel of exactly these two, made when there is none. */
ORCH_MUST_USE int orch_workspace_direct_channel(orch_workspace *workspace, orch_user *actor, orch_user *other,
                                                orch_done_fn done, void *user, orch_problem *problem);
/* Members add others; anyone of the organization joins a PUBLIC channel; one leaves oneself, administrators remove. */
ORCH_MUST_USE int orch_workspace_set_member(orch_workspace *workspace, orch_user *actor,
                                            orch_channel *channel, orch_user *member, bool present,
                                            orch_done_fn done, void *user, orch_problem *problem);

/* ---- sessions and tokens: 32 random bytes, stored as SHA-256 ---- */

#define ORCH_TOKEN_TEXT_MAX 64

typedef enum orch_token_kind { ORCH_TOKEN_SESSION, ORCH_TOKEN_API } orch_token_kind;

typedef struct orch_token_new {
    orch_user *user;
    orch_token_kind kind;
    orch_str name;      /* API tokens, 1 … ORCH_NAME_MAX */
    int64_t expires_ms; /* 0: never (API); sessions: 30 days */
    orch_str client;    /* sessions: with what one logged in, in words; may be empty, as the next */
    orch_str address;   /* and from where */
    /* Sessions: the stored hash of the password by which one logs in; ORCH_E_UNAUTHORIZED where there is another one by then.
     * Empty: one came in otherwise. */
    orch_str password_hash;
} orch_token_new;
typedef struct orch_token_made {
    char token[ORCH_TOKEN_TEXT_MAX]; /* shown once; wiped after the callback */
    orch_id id;
    int64_t expires_ms;
} orch_token_made;
typedef void (*orch_token_fn)(const orch_problem *problem, const orch_token_made *made, void *user);
ORCH_MUST_USE int orch_workspace_add_token(orch_workspace *workspace, const orch_token_new *token_new,
                                           orch_token_fn done, void *user, orch_problem *problem);

#define ORCH_TOKENS_LISTED_MAX 500

typedef struct orch_token_row {
    orch_id id;
    orch_str name;
    int64_t created_ms;
    int64_t expires_ms; /* 0: never */
} orch_token_row;
/* Borrowed for the call. */
typedef void (*orch_tokens_fn)(const orch_problem *problem, const orch_token_row *rows, size_t count,
                               void *user);
/* The API tokens of a user, the newest first, at most ORCH_TOKENS_LISTED_MAX. */
ORCH_MUST_USE int orch_workspace_list_tokens(orch_workspace *workspace, const orch_user *owner,
                                             orch_tokens_fn done, void *user);

#define ORCH_SESSIONS_LISTED_MAX 200

typedef struct orch_session_row {
    orch_id id;
    int64_t created_ms; /* 0: not known, as the next; it is then older than what is kept of sessions */
    int64_t used_ms;    /* exact to some minutes */
    int64_t expires_ms;
    orch_str client;
    orch_str address;
} orch_session_row;
/* Borrowed for the call. */
typedef void (*orch_sessions_fn)(const orch_problem *problem, const orch_session_row *rows, size_t count,
                                 void *user);
/* The sessions of a user that have not expired, the newest first, at most ORCH_SESSIONS_LISTED_MAX. */
ORCH_MUST_USE int orch_workspace_list_sessions(orch_workspace *workspace, const orch_user *owner,
                                               orch_sessions_fn done, void *user);

typedef struct orch_login {
    orch_user *user;
    orch_id token_id;
    orch_token_kind kind;
    int64_t expires_ms; /* 0: never */
} orch_login;
/* ORCH_E_UNAUTHORIZED for unknown, expired and revoked ones and for users that are not ACTIVE. May call back before it
 * returns: a bounded memory of recent tokens spares the query. */
typedef void (*orch_login_fn)(const orch_problem *problem, const orch_login *login, void *user);
ORCH_MUST_USE int orch_workspace_authenticate(orch_workspace *workspace, orch_str token, orch_login_fn done,
                                              void *user);
/* Takes effect at once, also in the memory above. `revoked` (see below) tells open connections. */
ORCH_MUST_USE int orch_workspace_revoke_token(orch_workspace *workspace, orch_user *owner, orch_str token_id,
                                              orch_done_fn done, void *user);
ORCH_MUST_USE int orch_workspace_revoke_all(orch_workspace *workspace, orch_user *owner, orch_token_kind kind,
                                            orch_done_fn done, void *user);
/* All sessions of the owner but the one with the id `kept`. */
ORCH_MUST_USE int orch_workspace_revoke_other_sessions(orch_workspace *workspace, orch_user *owner,
                                                       const orch_id *kept, orch_done_fn done, void *user);
/* A new password, which ends all sessions but `kept` (NULL: all of them): both or nothing. */
ORCH_MUST_USE int orch_workspace_change_password(orch_workspace *workspace, orch_user *owner,
                                                 orch_str password_hash, const orch_id *kept,
                                                 orch_done_fn done, void *user, orch_problem *problem);
void orch_workspace_on_revoked(orch_workspace *workspace,
                               void (*revoked)(const orch_id *token_id, void *user), void *user);

/* The stored password of a user, to be checked on another thread by orch_password_verify(). Empty: none. */
typedef void (*orch_password_fn)(const orch_problem *problem, orch_str hash, void *user);
ORCH_MUST_USE int orch_workspace_password(orch_workspace *workspace, orch_user *user, orch_password_fn done,
                                          void *user_data);

#endif
