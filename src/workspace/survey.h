/* What a workspace's database holds, read beside a server or without one, for `orchd doctor` and `orchd restore`. */
#ifndef ORCHD_SURVEY_H
#define ORCHD_SURVEY_H

#include "orchd/error.h"
#include "orchd/types.h"

#define ORCH_SURVEY_MODELS_MAX 32

typedef struct orch_survey {
    int64_t schema;       /* number of the newest migration that was applied */
    int64_t schema_known; /* … that this program knows */
    int64_t turns_unfinished;
    int64_t turn_oldest_ms;    /* when the oldest of them was stored; 0: there is none */
    int64_t message_newest_ms; /* 0: there is none */
    int64_t users;
    int64_t orchestrators;
    /* Chains that orchestrators have of their own, each once, with one of those who have it. */
    struct {
        char chain[512];
        char name[128];
    } models[ORCH_SURVEY_MODELS_MAX];
    size_t models_count;
} orch_survey;

/* Changes nothing and makes no file. ORCH_E_NOT_FOUND: it is a database, but no workspace of orchd. Blocks. */
ORCH_MUST_USE int orch_workspace_survey(const char *database_path, orch_survey *out_survey, char *out_message,
                                        size_t message_size);

#endif
