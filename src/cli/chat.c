/* `orchd chat`: talk in a channel, by hand or with one message from a script. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "access.h"
#include "chat_link.h"
#include "chat_past.h"
#include "chat_view.h"
#include "json_output.h"
#include "session.h"
#include "terminal.h"

#define HISTORY_SHOWN 20

typedef struct chat {
    orch__place place;
    const char *email;
    const char *channel_name;
    const char *message; /* one message, then the end; NULL: interactive */
    long wait_s;
    uv_loop_t loop;
    uv_poll_t input;
    uv_timer_t patience;
    orch__chat_link *link;
    orch__chat_view *view;
    orch__line_editor *editor;
    json_t *channels; /* of channel.list */
    json_t *own;      /* ids of messages of this chat that are on the screen */
    orch__chat_past past;
    char own_id[64];
    char channel_id[64];
    char channel_slug[128];
    json_int_t cursor;   /* the highest that was seen; -1: nothing is followed yet */
    json_int_t expected; /* one message: replies that are still to come; -1: not known yet */
    json_int_t history;  /* so many messages are wanted and have not come yet; 0: none */
    bool history_asked;  /* on this connection */
    bool input_started;
    bool input_over;
    bool ending;
    int exit_code;
} chat;

static const char *string_of(json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));

    return value ? value : "";
}

static void end_chat(chat *self, int code)
{
    if (self->ending)
        return;
    self->ending = true;
    self->exit_code = code;
    orch__chat_link_close(self->link);
    if (!uv_is_closing((uv_handle_t *)&self->patience))
        uv_close((uv_handle_t *)&self->patience, NULL);
    if (uv_handle_get_type((uv_handle_t *)&self->input) == UV_POLL &&
        !uv_is_closing((uv_handle_t *)&self->input))
        uv_close((uv_handle_t *)&self->input, NULL);
}

/* ---- channels ---- */

static json_t *find_channel(const chat *self, const char *name)
{
    json_t *item;
    size_t index;

    if (*name == '#')
        name++;
    json_array_foreach(self->channels, index, item)
    {
        if (strcmp(string_of(item, "slug"), name) == 0 || strcmp(string_of(item, "name"), name) == 0 ||
            strcmp(string_of(item, "id"), name) == 0)
            return item;
    }
    return NULL;
}

/* Nothing more is to come: input is over and everything sent has its answers. */
static void end_when_done(chat *self)
{
    if (self->input_over && orch__chat_link_waiting(self->link) == 0 && self->expected == 0)
        end_chat(self, self->exit_code);
}

static void print_message(json_t *message, void *user)
{
    chat *self = user;

    if (self->place.json)
        orch__print_json(message);
    else
        orch__chat_view_message(self->view, message);
}

/* A message or a turn of the channel that is on the screen. */
static bool is_here(const chat *self, json_t *params)
{
    return strcmp(string_of(params, "channelId"), self->channel_id) == 0;
}

static void history_came(chat *self, json_t *messages)
{
    self->history = 0;
    self->history_asked = false;
    orch__chat_past_came(&self->past, messages, print_message, self);
}

static void on_history(json_t *result, json_t *error, void *user)
{
    chat *self = user;
    json_t *messages = json_object_get(result, "messages");

    if (json_array_size(messages) > 0 && !is_here(self, json_array_get(messages, 0)))
        return; /* of the channel before: that of this one is on its way */
    if (error)
        orch__chat_view_note(self->view, "no history: %s", string_of(error, "message"));
    history_came(self, messages);
    end_when_done(self);
}

/* Without a connection it is shown once there is one. */
static void show_history(chat *self, json_int_t limit)
{
    json_t *params = json_pack("{s:s,s:I}", "channelId", self->channel_id, "limit", limit);

    self->history = limit;
    orch__chat_past_await(&self->past);
    self->history_asked = orch__chat_link_call(self->link, "channel.history", params, on_history, self);
    if (!self->history_asked && orch__chat_link_is_open(self->link)) {
        orch__chat_view_note(self->view, "no history: too much is asked for at once");
        history_came(self, NULL);
    }
}

static void enter_channel(chat *self, json_t *channel, bool with_history)
{
    char prompt[150];

    snprintf(self->channel_id, sizeof(self->channel_id), "%s", string_of(channel, "id"));
    snprintf(self->channel_slug, sizeof(self->channel_slug), "%s", string_of(channel, "slug"));
    snprintf(prompt, sizeof(prompt), "#%s> ", self->channel_slug);
    if (self->editor)
        orch__line_editor_prompt(self->editor, prompt);
    orch__chat_past_forget(&self->past);
    if (with_history) {
        orch__chat_view_note(self->view, "── #%s ──", self->channel_slug);
        show_history(self, HISTORY_SHOWN);
    }
}

/* ---- what was typed ---- */

static void send_message(chat *self, orch_str text)
{
    if (!orch__chat_link_post(self->link, self->channel_id, text))
        orch__chat_view_note(self->view, "out of memory: the message was not sent");
}

static void list_channels(chat *self)
{
    json_t *item;
    size_t index;

    json_array_foreach(self->channels, index, item)
    {
        const char *slug = string_of(item, "slug");
        long long members = json_integer_value(json_object_get(item, "memberCount"));

        orch__chat_view_note(self->view, "  #%-*s %s%lld member%s", orch__text_pad(slug, 20), slug,
                             strcmp(string_of(item, "id"), self->channel_id) == 0 ? "(here) " : "", members,
                             members == 1 ? "" : "s");
    }
}

static void on_daemons(json_t *result, json_t *error, void *user)
{
    chat *self = user;
    json_t *item;
    size_t index;

    (void)error;
    json_array_foreach(json_object_get(result, "daemons"), index, item)
    {
        const char *slug = string_of(item, "slug"), *name = string_of(item, "name");
        const char *role = string_of(item, "role");

        orch__chat_view_note(self->view, "  @%-*s %-*s %-*s %s", orch__text_pad(slug, 16), slug,
                             orch__text_pad(name, 24), name, orch__text_pad(role, 14), role,
                             string_of(json_object_get(item, "health"), "status"));
    }
    end_when_done(self);
}

static void print_help(chat *self)
{
    orch__chat_view_note(self->view,
                         "Write to the channel. An orchestrator answers when it is addressed: @name,\n"
                         "@role or its whole name; @orchestrator addresses all of them.\n"
                         "  /who            the orchestrators and how they are\n"
                         "  /channels       the channels\n"
                         "  /join CHANNEL   go to another one\n"
                         "  /history [N]    the last N messages (20)\n"
                         "  /help           this\n"
                         "  /quit           leave (or Ctrl-D)");
}

static void run_command(chat *self, const char *text)
{
    char word[32] = "", rest[256] = "";

    (void)sscanf(text, "/%31s %255[^\n]", word, rest);
    if (strcmp(word, "help") == 0) {
        print_help(self);
    } else if (strcmp(word, "who") == 0) {
        if (!orch__chat_link_call(self->link, "daemon.list", json_object(), on_daemons, self))
            orch__chat_view_note(self->view, "no connection at the moment");
    } else if (strcmp(word, "channels") == 0) {
        list_channels(self);
    } else if (strcmp(word, "history") == 0) {
        long limit = strtol(rest, NULL, 10);

        show_history(self, limit > 0 && limit <= 200 ? limit : HISTORY_SHOWN);
    } else if (strcmp(word, "join") == 0) {
        json_t *channel = find_channel(self, rest);

        if (channel)
            enter_channel(self, channel, true);
        else
            orch__chat_view_note(self->view, "there is no channel \"%s\"; /channels lists them", rest);
    } else if (strcmp(word, "quit") == 0 || strcmp(word, "exit") == 0) {
        end_chat(self, ORCH_EXIT_OK);
    } else {
        orch__chat_view_note(self->view, "there is no command /%s; /help lists them", word);
    }
}

static void on_line(orch_str text, void *user)
{
    chat *self = user;
    char line[ORCH_LINE_MAX];

    snprintf(line, sizeof(line), "%.*s", (int)text.len, text.ptr);
    if (line[strspn(line, " \t")] == '\0')
        return;
    if (line[0] == '/')
        run_command(self, line);
    else if (self->channel_id[0] == '\0')
        orch__chat_view_note(self->view, "not connected yet");
    else
        send_message(self, text);
}

static void on_patience(uv_timer_t *timer)
{
    chat *self = timer->data;

    fprintf(stderr, "error: no answer within %ld s\n", self->wait_s);
    end_chat(self, ORCH_EXIT_FAILURE);
}

static void on_input_end(void *user)
{
    chat *self = user;

    self->input_over = true;
    if (orch__terminal()) {
        end_chat(self, ORCH_EXIT_OK);
        return;
    }
    uv_timer_start(&self->patience, on_patience, (uint64_t)self->wait_s * 1000, 0);
    end_when_done(self);
}

static void on_input(uv_poll_t *poll, int status, int events)
{
    chat *self = poll->data;
    char bytes[4096];
    ssize_t got = read(STDIN_FILENO, bytes, sizeof(bytes));

    (void)status;
    (void)events;
    if (got > 0) {
        orch__line_editor_feed(self->editor, bytes, (size_t)got);
        return;
    }
    uv_poll_stop(poll);
    on_input_end(self);
}

/* ---- what arrives ---- */

/* A file cannot be polled, and need not be: it is all there. */
static void read_file(chat *self)
{
    char bytes[4096];
    ssize_t got;

    while ((got = read(STDIN_FILENO, bytes, sizeof(bytes))) > 0)
        orch__line_editor_feed(self->editor, bytes, (size_t)got);
    on_input_end(self);
}

static void start_input(chat *self)
{
    if (self->message || self->input_started)
        return;
    self->input_started = true;
    if (uv_handle_get_type((uv_handle_t *)&self->input) != UV_POLL) {
        read_file(self);
        return;
    }
    uv_poll_start(&self->input, UV_READABLE, on_input);
    if (orch__terminal())
        orch__chat_view_note(self->view, "/help tells what there is; Ctrl-D leaves");
}

/* The channel to begin in. False: there is none, which has been told. */
static bool enter_first(chat *self)
{
    json_t *channel = find_channel(self, self->channel_name ? self->channel_name : "general");

    if (!channel && !self->channel_name)
        channel = json_array_get(self->channels, 0);
    if (!channel) {
        fprintf(stderr, "error: you are in no channel \"%s\"\n",
                self->channel_name ? self->channel_name : "general");
        end_chat(self, ORCH_EXIT_FAILURE);
        return false;
    }
    enter_channel(self, channel, !self->message && orch__terminal());
    return true;
}

static void on_channels(json_t *result, json_t *error, void *user)
{
    chat *self = user;

    if (error) {
        fprintf(stderr, "error: %s\n", string_of(error, "message"));
        end_chat(self, ORCH_EXIT_FAILURE);
        return;
    }
    json_decref(self->channels);
    self->channels = json_incref(json_object_get(result, "channels"));
    if (self->channel_id[0] != '\0') {
        if (self->history && !self->history_asked)
            show_history(self, self->history);
    } else if (!enter_first(self)) {
        return;
    }
    if (self->message && self->expected < 0 && orch__chat_link_waiting(self->link) == 0)
        send_message(self, (orch_str){self->message, strlen(self->message)});
    start_input(self);
}

/* Names come before anything is shown. */
static void on_names(json_t *result, json_t *error, void *user)
{
    chat *self = user;
    json_t *item;
    size_t index;

    (void)error;
    json_array_foreach(json_object_get(result, "daemons"), index, item)
    {
        orch__chat_view_name(self->view, string_of(item, "orchestratorId"), string_of(item, "name"));
        orch__chat_view_name(self->view, string_of(item, "userId"), string_of(item, "name"));
    }
    orch__chat_link_call(self->link, "channel.list", json_object(), on_channels, self);
}

static void on_subscribed(json_t *result, json_t *error, void *user)
{
    chat *self = user;

    if (error) {
        orch__chat_view_note(self->view, "cannot follow the channels: %s", string_of(error, "message"));
    } else {
        self->cursor = json_integer_value(json_object_get(result, "cursor"));
        if (json_is_true(json_object_get(result, "gap")))
            orch__chat_view_note(self->view, "what was said meanwhile is not shown: /history shows it");
    }
    end_when_done(self);
}

/* From now on, or from where the last connection had come to: what was said meanwhile is told first. */
static void follow(chat *self, orch__chat_answered on_answer)
{
    json_t *params = self->cursor >= 0 ? json_pack("{s:I}", "since", self->cursor) : json_object();

    orch__chat_link_follow(self->link, params, on_answer, self);
}

static void on_followed(json_t *result, json_t *error, void *user)
{
    chat *self = user;

    on_subscribed(result, error, user);
    if (error && self->message)
        end_chat(self, ORCH_EXIT_FAILURE);
    if (!self->ending)
        orch__chat_link_call(self->link, "daemon.list", json_object(), on_names, self);
}

/* Followed before anything else: once a channel is on the screen, nothing that is said in it is missed, whenever the
 * connection is lost. */
static void on_opened(bool again, void *user)
{
    chat *self = user;

    self->history_asked = false;
    if (again && orch__terminal())
        orch__chat_view_note(self->view, "connected again");
    follow(self, on_followed);
}

static void on_lost(const char *reason, void *user)
{
    chat *self = user;

    if (!self->ending)
        orch__chat_view_note(self->view, "no connection (%s); trying again, what you write is kept", reason);
}

static void one_answered(chat *self)
{
    if (self->expected > 0)
        self->expected--;
    end_when_done(self);
}

static void show_message(chat *self, json_t *message)
{
    if (!orch__chat_past_takes(&self->past, message))
        print_message(message, self);
}

/* One's own message is told twice, as acknowledged and as created, in either order: it is shown once. */
static void show_own(chat *self, json_t *message)
{
    const char *id = string_of(message, "id");

    if (json_object_get(self->own, id))
        return;
    json_object_set_new(self->own, id, json_true());
    show_message(self, message);
}

static void on_created(chat *self, json_t *message)
{
    const char *answered = string_of(json_object_get(message, "metadata"), "replyToId");

    if (!is_here(self, message))
        return;
    if (strcmp(string_of(message, "authorId"), self->own_id) == 0)
        show_own(self, message);
    else
        show_message(self, message);
    if (json_object_get(self->own, answered))
        one_answered(self);
}

static void on_failed(chat *self, json_t *params)
{
    if (!is_here(self, params))
        return;
    if (self->place.json) {
        orch__print_json(params);
    } else {
        orch__chat_view_turn_failed(self->view, params);
    }
    if (!json_object_get(self->own, string_of(params, "messageId")))
        return;
    self->exit_code = self->message ? ORCH_EXIT_FAILURE : self->exit_code;
    one_answered(self);
}

static void on_notified(const char *method, json_t *params, void *user)
{
    chat *self = user;
    json_int_t cursor = json_integer_value(json_object_get(params, "cursor"));

    if (cursor > self->cursor)
        self->cursor = cursor;
    if (strcmp(method, "resync") == 0)
        follow(self, on_subscribed); /* too slow for a moment: the rest from there on */
    else if (strcmp(method, "message.created") == 0)
        on_created(self, json_object_get(params, "message"));
    else if (strcmp(method, "turn.failed") == 0)
        on_failed(self, params);
    else if (self->place.json || !orch__terminal() || !is_here(self, params))
        return;
    else if (strcmp(method, "message.delta") == 0)
        orch__chat_view_delta(self->view, params);
    else if (strcmp(method, "turn.started") == 0)
        orch__chat_view_turn_started(self->view, params);
}

static void on_posted(json_t *result, json_t *error, void *user)
{
    chat *self = user;

    if (error) {
        orch__chat_view_note(self->view, "not sent: %s", string_of(error, "message"));
        self->exit_code = ORCH_EXIT_FAILURE;
    } else {
        show_own(self, json_object_get(result, "message"));
    }
    if (self->expected < 0)
        self->expected = 0;
    if (!orch__terminal() || self->message)
        self->expected += json_integer_value(json_object_get(result, "turns"));
    end_when_done(self);
}

/* ---- running ---- */

/* Of everybody in the workspace, page by page. */
static void learn_names(chat *self, orch__access *session)
{
    char path[128] = "/api/users";

    while (path[0]) {
        json_t *reply = orch__ask(session, "GET", path, NULL);
        const char *next = string_of(reply, "next");
        json_t *item;
        size_t index;

        json_array_foreach(json_object_get(reply, "users"), index, item)
        {
            const char *name = string_of(item, "shownName");

            orch__chat_view_name(self->view, string_of(item, "id"), name);
            if (json_object_get(item, "orchestratorId"))
                orch__chat_view_name(self->view, string_of(item, "orchestratorId"), name);
        }
        if (!next[0] || (size_t)snprintf(path, sizeof path, "/api/users?after=%s", next) >= sizeof path)
            path[0] = '\0';
        json_decref(reply);
    }
}

static bool set_up(chat *self, orch__access *session)
{
    json_t *me = orch__ask(session, "GET", "/api/auth/me", NULL);
    json_t *user = json_object_get(me, "user");
    orch__chat_link_config config = {
        .loop = &self->loop,
        .pin = orch__access_pin(session),
        .address = orch__access_address(session),
        .token = orch__access_token(session),
        .opened = on_opened,
        .lost = on_lost,
        .notified = on_notified,
        .posted = on_posted,
        .user = self,
    };

    if (!me)
        return false;
    self->view = orch__chat_view_new(NULL, string_of(user, "id"));
    self->editor = self->message ? NULL : orch__line_editor_new(on_line, on_input_end, self);
    self->link = orch__chat_link_new(&config);
    if (!self->view || !self->link || (!self->message && !self->editor)) {
        json_decref(me);
        return false;
    }
    snprintf(self->own_id, sizeof(self->own_id), "%s", string_of(user, "id"));
    orch__chat_view_editor(self->view, orch__terminal() ? self->editor : NULL);
    learn_names(self, session);
    json_decref(me);
    return true;
}

static int talk(chat *self, orch__access *session)
{
    self->cursor = -1;
    self->expected = self->message ? -1 : 0;
    self->input_over = self->message != NULL;
    self->own = json_object();
    orch__chat_past_init(&self->past);
    uv_loop_init(&self->loop);
    uv_timer_init(&self->loop, &self->patience);
    self->patience.data = self;
    if (!self->message && uv_poll_init(&self->loop, &self->input, STDIN_FILENO) == 0)
        self->input.data = self;
    if (set_up(self, session)) {
        if (self->message)
            uv_timer_start(&self->patience, on_patience, (uint64_t)self->wait_s * 1000, 0);
        uv_run(&self->loop, UV_RUN_DEFAULT);
    } else {
        self->exit_code = ORCH_EXIT_FAILURE; /* the reason was told */
    }
    orch__line_editor_free(self->editor);
    orch__chat_view_free(self->view);
    orch__chat_link_free(self->link);
    json_decref(self->channels);
    json_decref(self->own);
    orch__chat_past_fini(&self->past);
    (void)uv_loop_close(&self->loop);
    return self->exit_code;
}

int orch__command_chat(const orch_command *command, int argc, char **argv)
{
    chat *self = calloc(1, sizeof(*self));
    const char *wait = "60";
    const orch__option table[] = {
        {"--channel", "C", "the channel (default: general)", ORCH__OPTION_TEXT, &self->channel_name},
        {"--email", "E", "who speaks (default: the first administrator)", ORCH__OPTION_TEXT, &self->email},
        {"--wait", "SECONDS", "with a MESSAGE: how long to wait for replies (default 60)", ORCH__OPTION_TEXT,
         &wait},
        ORCH__PLACE_OPTIONS(&self->place),
        {0},
    };
    orch__parsed parsed = orch__parse(command, table, argc, argv, &self->message, 1, NULL);
    orch__access *access;
    orch__session session;
    char *end;
    int code = ORCH_EXIT_FAILURE;

    if (parsed != ORCH__PARSED_OK) {
        free(self);
        return orch__parsed_exit(parsed);
    }
    self->wait_s = strtol(wait, &end, 10);
    if (*end || self->wait_s < 1 || self->wait_s > 86400) {
        free(self);
        return orch__usage_error(command, "--wait %s: 1 to 86400 seconds are allowed", wait);
    }
    access = orch__access_open(&self->place, false, true);
    if (access && orch__session_open(&session, access, self->email)) {
        code = talk(self, session.access);
        orch__session_close(&session);
    }
    orch__access_close(access);
    free(self);
    return code;
}
