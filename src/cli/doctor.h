/* What the checks of `orchd doctor` share. A check is one function in a file doctor_SUBJECT.c and one row in doctor.c. It says
 * what it found, changes nothing, and does not count on any other check having gone well.
 */
#ifndef ORCHD_DOCTOR_H
#define ORCHD_DOCTOR_H

#include <jansson.h>
#include <time.h>

#include "data_directory.h"
#include "model.h"
#include "survey.h"

typedef enum orch__verdict_kind {
    ORCH__WELL,
    ORCH__WARNING,
    ORCH__PROBLEM,
    ORCH__VERDICTS
} orch__verdict_kind;

typedef struct orch__doctor {
    const char *data;
    bool json;
    bool full; /* the long check of the database */

    orch__data_directory directory;
    bool used;   /* another process has the directory */
    bool served; /* … and it says where it listens */
    orch__server_told server;
    char *environment; /* of the running server, as /proc has it; NULL: this process's own counts */
    size_t environment_len;
    char *arguments; /* its command line, in the same form */
    size_t arguments_len;
    struct timespec wall_begin, steady_begin;

    bool models_known; /* by the check of the configuration */
    orch_model_config models;
    bool surveyed; /* by the check of the database */
    orch_survey survey;

    const char *check; /* the one that speaks */
    json_t *findings;
    unsigned counts[ORCH__VERDICTS];
} orch__doctor;

/* One finding; `advice` (or NULL) says what to do. */
void orch__doctor_say(orch__doctor *doctor, orch__verdict_kind verdict, const char *advice,
                      const char *format, ...) ORCH_PRINTF(4, 5);
/* A variable of the environment that counts: the running server's where it can be read. `user` is the doctor. */
const char *orch__doctor_variable(const char *name, void *user);

/* The value of an option that the running server was started with; NULL: none, or not known. */
const char *orch__doctor_argument(const orch__doctor *doctor, const char *option);

void orch__doctor_server(orch__doctor *doctor);
void orch__doctor_configuration(orch__doctor *doctor);
void orch__doctor_permissions(orch__doctor *doctor);
void orch__doctor_disk(orch__doctor *doctor);
void orch__doctor_database(orch__doctor *doctor);
void orch__doctor_model(orch__doctor *doctor);
void orch__doctor_login(orch__doctor *doctor);
void orch__doctor_clock(orch__doctor *doctor);
void orch__doctor_limits(orch__doctor *doctor);

#endif
