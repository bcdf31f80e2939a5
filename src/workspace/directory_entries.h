/* How the directory is filled: from the database at start, and after each commit that changes it.
 *
 * There is no failure here: what is committed must be in memory as well, so that running out of memory ends the program
 * (the next start loads what was committed). All text is copied; what is replaced lives on until the directory is freed.
 */
#ifndef ORCHD_DIRECTORY_ENTRIES_H
#define ORCHD_DIRECTORY_ENTRIES_H

#include "charter.h"
#include "strmap.h"

typedef struct orch__pointers {
    void **items;
    size_t count;
    size_t room;
} orch__pointers;

struct orch_directory {
    orch__pointers users;
    orch__pointers orchestrators;
    orch__pointers channels;
    orch__pointers organizations;
    orch__strmap users_by_id;
    orch__strmap users_by_email; /* in lower case */
    orch__strmap orchestrators_by_id;
    orch__strmap orchestrators_by_slug;
    orch__strmap channels_by_id;
    orch__strmap channels_by_slug; /* organization's id, '/', slug */
    orch__strmap organizations_by_id;
    orch__strmap organizations_by_workspace;
    orch__pointers blocks;   /* of memory: entries and texts */
    orch__pointers charters; /* all that ever were, since answers may still read them */
    char *block;
    size_t block_left;
};

orch_directory *orch__directory_new(void);
void orch__directory_free(orch_directory *directory);

orch_organization *orch__directory_organization(const orch_directory *directory, orch_str id);
orch_organization *orch__directory_organization_of_workspace(const orch_directory *directory,
                                                             orch_str workspace_id);
orch_organization *orch__directory_add_organization(orch_directory *directory, orch_str id, orch_str name,
                                                    orch_str slug);
/* The first workspace of an organization becomes its default; channels of all of them belong to it. */
void orch__directory_add_workspace(orch_directory *directory, orch_organization *organization, orch_str id);

typedef struct orch__user_entry {
    orch_str id;
    orch_str email;
    orch_str name; /* this and the next two: empty reads as NULL */
    orch_str display_name;
    orch_str avatar_url;
    orch_user_status status;
} orch__user_entry;
orch_user *orch__directory_add_user(orch_directory *directory, const orch__user_entry *entry);
/* The fields whose ptr is not NULL. */
void orch__directory_change_user(orch_directory *directory, orch_user *user, const orch_user_change *change);
void orch__directory_join(orch_user *user, orch_organization *organization, orch_role role);

typedef struct orch__orchestrator_entry {
    orch_str id;
    orch_user *user;
    orch_str slug; /* empty: made from the name */
    orch_str role;
    orch_str discipline;
    orch_str model_chain;           /* empty: none */
    orch_str capabilities;          /* JSON */
    orch_charter_document *charter; /* taken */
    bool logged_in;
    bool mention_only;
    bool auto_reply;
    orch_str keywords; /* JSON array or empty */
    double temperature;
    uint32_t tokens_max; /* 0: the default */
} orch__orchestrator_entry;
orch_orchestrator *orch__directory_add_orchestrator(orch_directory *directory,
                                                    const orch__orchestrator_entry *entry);
/* The fields whose ptr is not NULL. */
void orch__directory_change_orchestrator(orch_directory *directory, orch_orchestrator *orchestrator,
                                         const orch_orchestrator_change *change,
                                         orch_charter_document *charter);
/* The slug that an orchestrator of this name gets; `self` (may be NULL) may keep its own. */
void orch__directory_free_slug(const orch_directory *directory, orch_str name, const orch_orchestrator *self,
                               char *out_slug, size_t size);

typedef struct orch__channel_entry {
    orch_str id;
    orch_organization *organization;
    orch_str name;
    orch_str slug;
    orch_str topic;
    orch_str description;
    orch_channel_type type;
    bool archived;
} orch__channel_entry;
orch_channel *orch__directory_add_channel(orch_directory *directory, const orch__channel_entry *entry);
void orch__channel_add_member(orch_channel *channel, orch_user *user);
void orch__channel_remove_member(orch_channel *channel, orch_user *user);

char *orch__directory_text(orch_directory *directory, orch_str text);

#endif
