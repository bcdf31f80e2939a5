#include "survey.h"

#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "schema.h"
#include "sqlite_file.h"

typedef struct surveying {
    orch_survey survey;
    int error;
    char *message;
    size_t message_size;
} surveying;

enum statement { NUMBERS, NEWEST_MESSAGE, OLDEST_TURN, MODELS, STATEMENTS };

static const char sql_schema[] = "SELECT max(number) FROM orchd_migrations";
static const char *const sql[STATEMENTS] = {
    [NUMBERS] = "SELECT (SELECT count(*) FROM orchd_turns WHERE state = 0), (SELECT count(*) FROM users), "
                "(SELECT count(*) FROM vps)",
    [NEWEST_MESSAGE] = "SELECT created_at FROM messages ORDER BY id DESC LIMIT 1",
    [OLDEST_TURN] = "SELECT created_at FROM orchd_turns WHERE state = 0 ORDER BY id LIMIT 1",
    /* As the directory reads it: a chain of orchd's own, else the model of vp_configs. */
    [MODELS] = "SELECT coalesce(nullif(d.model_chain, ''), c.llm_provider || '/' || c.llm_model) AS chain, "
               "min(coalesce(u.display_name, u.name, u.email)) FROM vps v JOIN users u ON u.id = v.user_id "
               "LEFT JOIN orchd_daemons d ON d.vp_id = v.id LEFT JOIN vp_configs c ON c.vp_id = v.id "
               "WHERE coalesce(nullif(d.model_chain, ''), c.llm_provider || '/' || c.llm_model) IS NOT NULL "
               "GROUP BY 1 ORDER BY 1",
};

static void note_failure(surveying *work, int error, const orch_result *result)
{
    work->error = error;
    snprintf(work->message, work->message_size, "%s (%s)", result ? orch_result_message(result) : "",
             orch_error_text(error));
}

/* A missing table is an error of the statement: this is not ours. */
static void read_schema(int error, const orch_result *result, void *user)
{
    surveying *work = user;

    if (error == ORCH_E_INTERNAL || (!error && orch_result_integer(result, 0, 0, 0) == 0)) {
        work->error = ORCH_E_NOT_FOUND;
        snprintf(work->message, work->message_size, "it is a database, but not a workspace of orchd");
    } else if (error) {
        note_failure(work, error, result);
    } else {
        work->survey.schema = orch_result_integer(result, 0, 0, 0);
    }
}

static int64_t time_of(const orch_result *result, enum statement statement)
{
    return orch_result_rows(result, statement) ? orch__time_read(orch_result_text(result, statement, 0, 0))
                                               : 0;
}

static void read_models(orch_survey *survey, const orch_result *result)
{
    size_t count = orch_result_rows(result, MODELS);

    for (size_t i = 0; i < count && i < ORCH_SURVEY_MODELS_MAX; i++) {
        orch_str chain = orch_result_text(result, MODELS, i, 0);
        orch_str name = orch_result_text(result, MODELS, i, 1);

        snprintf(survey->models[i].chain, sizeof survey->models[i].chain, "%.*s", (int)chain.len, chain.ptr);
        snprintf(survey->models[i].name, sizeof survey->models[i].name, "%.*s", (int)name.len, name.ptr);
        survey->models_count++;
    }
}

static void read_all(int error, const orch_result *result, void *user)
{
    surveying *work = user;
    orch_survey *survey = &work->survey;

    if (error) {
        note_failure(work, error, result);
        return;
    }
    survey->turns_unfinished = orch_result_integer(result, NUMBERS, 0, 0);
    survey->users = orch_result_integer(result, NUMBERS, 0, 1);
    survey->orchestrators = orch_result_integer(result, NUMBERS, 0, 2);
    survey->message_newest_ms = time_of(result, NEWEST_MESSAGE);
    survey->turn_oldest_ms = time_of(result, OLDEST_TURN);
    read_models(survey, result);
}

static void ask(orch_database *database, surveying *work, const char *const *statements, size_t count,
                orch_batch_done done)
{
    orch_batch *batch = orch_batch_new();
    int error = batch ? 0 : ORCH_E_NO_MEMORY;

    for (size_t i = 0; i < count && error >= 0; i++)
        error = orch_batch_add(batch, statements[i], NULL, 0);
    if (error >= 0) {
        error = orch_database_submit(database, batch, ORCH_BATCH_READ, done, work);
        batch = NULL;
    }
    if (error < 0) {
        orch_batch_free(batch);
        note_failure(work, error, NULL);
        return;
    }
    orch_database_drain(database);
}

int orch_workspace_survey(const char *database_path, orch_survey *out_survey, char *out_message,
                          size_t message_size)
{
    const char *const schema[] = {sql_schema};
    surveying work = {.message = out_message, .message_size = message_size};
    orch_database_config config;
    orch_database *database;
    int error;

    orch_database_config_init(&config);
    config.path = database_path;
    config.read_only = true;
    config.unshared = !orch_sqlite_has_log(database_path);
    error = orch_sqlite_open(&config, &database, out_message, message_size);
    if (error)
        return error;
    work.survey.schema_known = orch__migrations[orch__migrations_count - 1].number;
    ask(database, &work, schema, 1, read_schema);
    if (!work.error && work.survey.schema <= work.survey.schema_known)
        ask(database, &work, sql, STATEMENTS, read_all);
    orch_database_close(database);
    if (!work.error)
        *out_survey = work.survey;
    return work.error;
}
