/* Auto-start on login: an orchestrator's daemon comes with its login and goes with its logout. */
#include <stdio.h>

#include "orchestrators.h"

/* In your authentication handler */
static void handle_user_login(const orch_orchestrator_info *orchestrator, orch_finished_fn finished,
                              void *user)
{
    /* … authentication … */

    /* Starts the daemon if this is an orchestrator */
    orch_manager_on_user_login(orch_manager_get(NULL), orchestrator, finished, user);
}

/* In your logout handler */
static void handle_user_logout(const char *user_id, orch_finished_fn finished, void *user)
{
    /* Stops the daemon */
    orch_manager_on_user_logout(orch_manager_get(NULL), user_id, finished, user);
}

static void show(const char *when)
{
    printf("%s: %s\n", when,
           orch_manager_is_daemon_running(orch_manager_get(NULL), iris.id) ? "running" : "not running");
}

int main(void)
{
    orch_wait wait = ORCH_WAIT_INIT;

    if (!orch_manager_get(NULL)) { /* the environment is checked here */
        fprintf(stderr, "%s\n", orch_last_error());
        return 1;
    }
    show("before the login");

    handle_user_login(&iris, orch_wait_finished, &wait);
    orch_wait_for(&wait);
    show("after the login");

    handle_user_logout(iris.user.id, orch_wait_finished, &wait); /* the user's id or the orchestrator's */
    orch_wait_for(&wait);
    show("after the logout");

    orch_loop_close();
    return 0;
}
