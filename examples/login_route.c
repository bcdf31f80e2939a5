/* A login route of a web application, POST {email, password} → user: an orchestrator's login starts its daemon. */
#include <stdio.h>
#include <string.h>

#include "orchestrators.h"

/* ---- the application's own ---- */

static const orch_user_info ann = {.id = "user_ann", .name = "Ann", .email = "ann@example.com"};

static const orch_user_info *authenticate_user(const char *email, const char *password)
{
    static const orch_user_info *const users[] = {&ann, &iris.user, &max.user};

    for (size_t i = 0; i < sizeof users / sizeof *users; i++) {
        if (strcmp(users[i]->email, email) == 0 && strcmp(password, "correct horse") == 0)
            return users[i];
    }
    return NULL;
}

/* Which orchestrator is this user? Here two constants, in an application a query. */
static const orch_orchestrator_info *find_orchestrator(const char *user_id, void *user)
{
    (void)user;
    if (strcmp(user_id, iris.user.id) == 0)
        return &iris;
    return strcmp(user_id, max.user.id) == 0 ? &max : NULL;
}

/* ---- the route ---- */

static const orch_user_info *post(const char *email, const char *password)
{
    orch_wait wait = ORCH_WAIT_INIT;

    /* Authenticate the user */
    const orch_user_info *user = authenticate_user(email, password);
    if (!user)
        return NULL;

    /* Check if the user is an orchestrator */
    if (user->is_orchestrator) {
        const orch_orchestrator_info *orchestrator = orch_orchestrator_get(user->id);

        if (orchestrator) {
            /* Start the daemon */
            orch_manager_on_user_login(orch_manager_get(NULL), orchestrator, orch_wait_finished, &wait);
            if (orch_wait_for(&wait) != 0)
                fprintf(stderr, "%s\n", wait.message); /* the login holds all the same */
        }
    }
    return user;
}

static void log_in(const char *email, const char *password)
{
    const orch_user_info *user = post(email, password);

    if (user)
        printf("200 {\"user\":{\"id\":\"%s\",\"name\":\"%s\"}}", user->id, user->name);
    else
        printf("401");
    printf("  %zu daemons\n", orch_manager_get_running_daemons(orch_manager_get(NULL), NULL, 0));
}

int main(void)
{
    orch_orchestrator_set_lookup(find_orchestrator, NULL);
    if (!orch_manager_get(NULL)) {
        fprintf(stderr, "%s\n", orch_last_error());
        return 1;
    }
    log_in("ann@example.com", "correct horse");
    log_in("iris@example.com", "wrong");
    log_in("iris@example.com", "correct horse");
    orch_loop_close();
    return 0;
}
