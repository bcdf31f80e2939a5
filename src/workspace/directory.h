/* Who and what there is: organizations, users, orchestrators, channels and who belongs where, in memory.
 *
 * Loaded once at start, changed only after the commit of what changes it, so that every access is checked without a
 * query. Messages, sessions and turns are not here: they stay in the database.
 *
 * Entries are owned by the directory. A pointer to a user, an orchestrator or a channel stays valid as long as the
 * workspace is open: what is removed is marked `removed`, not freed.
 * One thread: the host's.
 */
#ifndef ORCHD_DIRECTORY_H
#define ORCHD_DIRECTORY_H

#include "orchd/core.h"
#include "orchd/prompt.h"
#include "orchd/types.h"

#define ORCH_ID_MAX 40 /* ours have 25 characters; those of an existing database may be UUIDs */

typedef struct orch_id {
    char text[ORCH_ID_MAX];
} orch_id;

typedef struct orch_user orch_user;
typedef struct orch_orchestrator orch_orchestrator;
typedef struct orch_channel orch_channel;
typedef struct orch_organization orch_organization;
typedef struct orch_directory orch_directory;
typedef struct orch_charter_document orch_charter_document; /* charter.h */

typedef enum orch_user_status {
    ORCH_USER_ACTIVE,
    ORCH_USER_INACTIVE,
    ORCH_USER_PENDING,
    ORCH_USER_SUSPENDED,
} orch_user_status;
typedef enum orch_channel_type {
    ORCH_CHANNEL_PUBLIC,
    ORCH_CHANNEL_PRIVATE,
    ORCH_CHANNEL_DM,
    ORCH_CHANNEL_HUDDLE,
} orch_channel_type;
typedef enum orch_role { ORCH_ROLE_MEMBER, ORCH_ROLE_ADMIN, ORCH_ROLE_OWNER } orch_role;

struct orch_organization {
    orch_id id;
    char *name;
    char *slug;
    orch_id workspace_id; /* its default workspace, in which channels are made */
};

struct orch_user {
    orch_user_id handle;
    orch_id id;
    char *email;
    char *name; /* may be NULL, as display_name and avatar_url */
    char *display_name;
    char *avatar_url;
    orch_user_status status;
    bool removed;
    orch_organization *organization; /* the first one it belongs to */
    orch_role role;                  /* in that organization */
    orch_orchestrator *orchestrator; /* NULL for people */
};

/* display_name, else name, else the e-mail address' local part. Never NULL. */
const char *orch_user_shown_name(const orch_user *user);

/* Where vp_configs has none. */
#define ORCH_TOKENS_MAX_DEFAULT 4096

/* What an orchestrator has done since ever, as far as it is committed. Of turns that ended before orchd counted them there
 * are no tokens. */
typedef struct orch_totals {
    uint64_t answered;
    uint64_t
        failed; /* turns that ended as a failure, but for those that were stopped; one that is tried again may be
                        answered later */
    uint64_t tokens_input;
    uint64_t tokens_output;
} orch_totals;

struct orch_orchestrator {
    orch_daemon_id daemon; /* dense, from 1; the core's handle */
    orch_id id;
    orch_user *user;
    char *slug; /* unique: from the name, as in `@slug` and as the model's name of /v1 */
    char *role;
    char *discipline;
    char *model_chain;              /* its own chain as text, NULL: the server's */
    orch_charter_document *charter; /* never NULL; may be an empty one. A replaced one stays valid, too */
    bool logged_in;                 /* its daemon shall run, also after a restart of the server */
    bool mention_only;              /* vp_configs, as the next ones */
    bool auto_reply;
    orch_str *keywords;
    size_t keywords_count;
    double temperature;  /* below 0: not set */
    uint32_t tokens_max; /* of an answer; at least 1 */
    orch_totals totals;
};

struct orch_channel {
    orch_channel_id handle;
    orch_id id;
    char *name;
    char *slug;
    char *topic; /* may be NULL, as the next one */
    char *description;
    orch_channel_type type;
    bool archived;
    bool removed;
    orch_organization *organization;
    orch_user **members;
    size_t members_count;
    orch_daemon_id *daemons; /* of the members that are orchestrators, ascending */
    size_t daemons_count;
};

/* NULL when there is none. Borrowed. */
orch_user *orch_directory_user(const orch_directory *directory, orch_str id);
orch_user *orch_directory_user_by_email(const orch_directory *directory, orch_str email);
orch_user *orch_directory_user_by_handle(const orch_directory *directory, orch_user_id handle);
orch_orchestrator *orch_directory_orchestrator(const orch_directory *directory, orch_str id);
orch_orchestrator *orch_directory_orchestrator_by_slug(const orch_directory *directory, orch_str slug);
orch_orchestrator *orch_directory_orchestrator_by_daemon(const orch_directory *directory,
                                                         orch_daemon_id daemon);
orch_channel *orch_directory_channel(const orch_directory *directory, orch_str id);
orch_channel *orch_directory_channel_by_handle(const orch_directory *directory, orch_channel_id handle);
/* By slug within an organization. */
orch_channel *orch_directory_channel_by_slug(const orch_directory *directory,
                                             const orch_organization *organization, orch_str slug);

/* All of them, removed ones included, in the order of their making. */
size_t orch_directory_users(const orch_directory *directory, orch_user *const **out_items);
size_t orch_directory_orchestrators(const orch_directory *directory, orch_orchestrator *const **out_items);
size_t orch_directory_channels(const orch_directory *directory, orch_channel *const **out_items);
size_t orch_directory_organizations(const orch_directory *directory, orch_organization *const **out_items);

bool orch_channel_has_member(const orch_channel *channel, const orch_user *user);
/* Owners and administrators of that organization. */
bool orch_user_administers(const orch_user *user, const orch_organization *organization);

#endif
