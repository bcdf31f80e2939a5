/* Who there is: those that fit what was asked for, in an order that suits it, a page of them.
 *
 * All of it is in memory, so that a question costs no query. It looks at everybody once and keeps the first ones in order, as many as a
 * page has; what comes behind a page is found by looking again.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lookup.h"
#include "operations.h"
#include "people_search.h"
#include "render.h"

typedef struct listed {
    const orch_user *user;
    unsigned rank;
} listed;

typedef struct asking {
    const orch__exchange *exchange;
    orch_str query;
    const char *kind; /* NULL: each */
    uint8_t *members; /* by handle: who is in the channel that was named; NULL: none was */
    bool outside;     /* only who is not in it */
    const orch_user *after;
    listed after_key;
    size_t limit;
    listed items[ORCH__USERS_PAGE_MAX];
    size_t count;
    size_t total; /* that fit, on all pages */
    bool more;
} asking;

/* ---- who fits, and where ---- */

static bool is_member(const asking *asked, const orch_user *user)
{
    return asked->members && asked->members[user->handle.v];
}

static bool is_asked_for(const asking *asked, const orch_user *user)
{
    if (user->removed || !orch__lookup_sees(asked->exchange, user->organization))
        return false;
    if (asked->kind && (strcmp(asked->kind, "orchestrator") == 0) != (user->orchestrator != NULL))
        return false;
    return !asked->outside || !is_member(asked, user);
}

/* Where a channel was named, those who are in it come first, and orchestrators before people: who writes there wants an answer. */
static unsigned rank_of(const asking *asked, const orch_user *user, unsigned match)
{
    unsigned group = 0;

    if (asked->members)
        group = (is_member(asked, user) ? 0u : 2u) + (user->orchestrator ? 0u : 1u);
    return group * (ORCH__NO_MATCH + 1) + match;
}

static bool stands_before(const listed *a, const listed *b)
{
    if (a->rank != b->rank)
        return a->rank < b->rank;
    int words = strcasecmp(orch_user_shown_name(a->user), orch_user_shown_name(b->user));

    return words ? words < 0 : a->user->handle.v < b->user->handle.v;
}

/* ---- the first ones ---- */

static void put_in_order(asking *asked, const listed *item)
{
    size_t low = 0, high = asked->count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (stands_before(&asked->items[middle], item))
            low = middle + 1;
        else
            high = middle;
    }
    if (asked->count < asked->limit)
        asked->count++;
    else
        asked->more = true;
    if (low == asked->limit)
        return;
    memmove(&asked->items[low + 1], &asked->items[low], (asked->count - low - 1) * sizeof(asked->items[0]));
    asked->items[low] = *item;
}

static void look_at(asking *asked, const orch_user *user)
{
    unsigned match = is_asked_for(asked, user) ? orch__people_match(user, asked->query) : ORCH__NO_MATCH;
    const listed item = {user, rank_of(asked, user, match)};

    if (match == ORCH__NO_MATCH)
        return;
    asked->total++;
    if (!asked->after || stands_before(&asked->after_key, &item))
        put_in_order(asked, &item);
}

/* ---- what was asked ---- */

static int read_after(asking *asked, orch_problem *problem)
{
    const orch__exchange *exchange = asked->exchange;
    orch_str id = orch__input_text(exchange->input, "after");

    if (id.len == 0)
        return 0;
    asked->after = orch_directory_user(exchange->server->directory, id);
    if (!asked->after || !orch__lookup_sees(exchange, asked->after->organization))
        return orch__input_problem(problem, ORCH_E_NOT_FOUND, "after", "there is no user with this id");
    asked->after_key =
        (listed){asked->after, rank_of(asked, asked->after, orch__people_match(asked->after, asked->query))};
    return 0;
}

static int read_members(asking *asked, const orch_channel *channel, orch_problem *problem)
{
    orch_user *const *users;
    size_t count = orch_directory_users(asked->exchange->server->directory, &users);

    asked->members = calloc(count + 1, 1); /* handles count from 1 */
    if (!asked->members)
        return orch__input_problem(problem, ORCH_E_NO_MEMORY, "", "out of memory");
    for (size_t i = 0; i < channel->members_count; i++)
        asked->members[channel->members[i]->handle.v] = 1;
    return 0;
}

static asking *asking_new(const orch__exchange *exchange)
{
    asking *asked = calloc(1, sizeof *asked);

    if (!asked)
        return NULL;
    asked->exchange = exchange;
    asked->query = orch__input_text(exchange->input, "query");
    asked->kind = json_string_value(json_object_get(exchange->input, "kind"));
    asked->outside = orch__input_boolean(exchange->input, "outside", false);
    asked->limit = (size_t)orch__input_integer(exchange->input, "limit", ORCH__USERS_PAGE_DEFAULT);
    return asked;
}

static void asking_free(asking *asked)
{
    if (asked)
        free(asked->members);
    free(asked);
}

/* ---- the answer ---- */

static void answer(orch__exchange *exchange, const asking *asked, const char *name)
{
    orch__writer *json = orch__exchange_begin(exchange, 200);
    size_t shown = 0;

    orch__writer_open(json, NULL, '{');
    orch__writer_open(json, name, '[');
    for (; shown < asked->count && json->len <= ORCH_REPLY_BYTES_MAX; shown++)
        orch__render_user(json, NULL, asked->items[shown].user, exchange->server);
    orch__writer_close(json, ']');
    orch__writer_integer(json, "total", (int64_t)asked->total);
    if (asked->more || shown < asked->count)
        orch__writer_string(json, "next", asked->items[shown - 1].user->id.text);
    orch__writer_close(json, '}');
    orch__exchange_end(exchange);
}

static int list_users(asking *asked, orch_problem *problem)
{
    orch_user *const *users;
    size_t count = orch_directory_users(asked->exchange->server->directory, &users);
    orch_channel *channel;

    if (orch__input_given(asked->exchange->input, "channelId") &&
        (orch__lookup_readable_channel(asked->exchange, &channel, problem) ||
         read_members(asked, channel, problem)))
        return problem->error;
    if (asked->outside && !asked->members)
        return orch__input_problem(problem, ORCH_E_INVALID, "outside",
                                   "outside is of a channel: channelId is needed");
    if (read_after(asked, problem))
        return problem->error;
    for (size_t i = 0; i < count; i++)
        look_at(asked, users[i]);
    return 0;
}

void orch__do_user_list(orch__exchange *exchange)
{
    orch_problem problem = {.error = ORCH_E_NO_MEMORY};
    asking *asked = asking_new(exchange);

    if (!asked || list_users(asked, &problem))
        orch__exchange_problem(exchange, &problem);
    else
        answer(exchange, asked, "users");
    asking_free(asked);
}

void orch__do_member_list(orch__exchange *exchange)
{
    orch_problem problem = {.error = ORCH_E_NO_MEMORY};
    asking *asked = asking_new(exchange);
    orch_channel *channel;

    if (!asked || orch__lookup_readable_channel(exchange, &channel, &problem) ||
        read_after(asked, &problem)) {
        orch__exchange_problem(exchange, &problem);
    } else {
        for (size_t i = 0; i < channel->members_count; i++)
            look_at(asked, channel->members[i]);
        answer(exchange, asked, "members");
    }
    asking_free(asked);
}

/* ---- those that are named ---- */

static size_t add_once(const orch_user **found, size_t count, const orch_user *user)
{
    for (size_t i = 0; i < count; i++)
        if (found[i] == user)
            return count;
    found[count] = user;
    return count + 1;
}

static const orch_user *by_id(const orch__exchange *exchange, orch_str id)
{
    const orch_directory *directory = exchange->server->directory;
    const orch_user *user = orch_directory_user(directory, id);
    const orch_orchestrator *orchestrator = user ? NULL : orch_directory_orchestrator(directory, id);

    user = orchestrator ? orchestrator->user : user;
    return user && !user->removed && orch__lookup_sees(exchange, user->organization) ? user : NULL;
}

/* Whose name takes most of each text; of several the first one. Everybody is looked at once. */
static void find_named(const orch__exchange *exchange, const orch_str *texts, size_t texts_count,
                       const orch_user **out_found)
{
    size_t longest[ORCH__TEXTS_NAMED_MAX] = {0};
    orch_user *const *users;
    size_t count = orch_directory_users(exchange->server->directory, &users);

    for (size_t i = 0; i < count; i++) {
        if (users[i]->removed || !orch__lookup_sees(exchange, users[i]->organization))
            continue;
        for (size_t n = 0; n < texts_count; n++) {
            size_t len = orch__people_named(users[i], texts[n]);

            if (len > longest[n]) {
                out_found[n] = users[i];
                longest[n] = len;
            }
        }
    }
}

static size_t look_up(const orch__exchange *exchange, const orch_user **found)
{
    orch_str ids[ORCH__USERS_NAMED_MAX], texts[ORCH__TEXTS_NAMED_MAX];
    size_t ids_count = orch__input_texts(exchange->input, "ids", ids);
    size_t texts_count = orch__input_texts(exchange->input, "mentions", texts);
    const orch_user *named[ORCH__TEXTS_NAMED_MAX] = {0};
    size_t count = 0;

    find_named(exchange, texts, texts_count, named);
    for (size_t i = 0; i < ids_count + texts_count; i++) {
        const orch_user *user = i < ids_count ? by_id(exchange, ids[i]) : named[i - ids_count];

        if (user)
            count = add_once(found, count, user);
    }
    return count;
}

void orch__do_user_lookup(orch__exchange *exchange)
{
    const orch_user *found[ORCH__USERS_NAMED_MAX + ORCH__TEXTS_NAMED_MAX];
    size_t count = look_up(exchange, found);
    orch__writer *json;

    json = orch__exchange_begin(exchange, 200);
    orch__writer_open(json, NULL, '{');
    orch__writer_open(json, "users", '[');
    for (size_t i = 0; i < count; i++)
        orch__render_user(json, NULL, found[i], exchange->server);
    orch__writer_close(json, ']');
    orch__writer_close(json, '}');
    orch__exchange_end(exchange);
}
