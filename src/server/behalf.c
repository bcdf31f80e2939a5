#include "behalf.h"

#include "auth.h"
#include "lookup.h"

orch_user *orch__first_owner(const orch_server *server)
{
    orch_user *const *users;
    size_t count = orch_directory_users(server->directory, &users);

    for (size_t i = 0; i < count; i++) {
        if (!users[i]->orchestrator && orch__user_is_welcome(users[i]) && users[i]->role == ORCH_ROLE_OWNER)
            return users[i];
    }
    return NULL;
}

int orch__behalf(const orch__exchange *exchange, orch_user **out_user, orch_problem *problem)
{
    orch_user *user;

    if (orch__input_given(exchange->input, "email")) {
        if (orch__lookup_user(exchange, "email", orch__input_text(exchange->input, "email"), &user, problem))
            return problem->error;
    } else {
        user = orch__first_owner(exchange->server);
    }
    if (!user)
        return orch__input_problem(problem, ORCH_E_NOT_FOUND, "email", "there is no user yet");
    if (!orch__user_is_welcome(user))
        return orch__input_problem(problem, ORCH_E_STATE, "email", "%s is not active", user->email);
    *out_user = user;
    return 0;
}
