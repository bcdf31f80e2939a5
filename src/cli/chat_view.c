#include "chat_view.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "chat_text.h"
#include "terminal.h"

#define TIME_COLUMNS 6 /* "14:05 " */

struct orch__chat_view {
    orch__line_editor *editor;
    char *own_id;
    json_t *names;         /* id → name */
    json_t *colours;       /* name → the next colour, for each new name: few people never share one */
    json_t *missed;        /* turnIds of which a delta was not shown: they are shown whole, when complete */
    json_t *live;          /* the turn that streams: its turnId; NULL: none */
    char live_author[64];  /* its orchestrator's id */
    char live_answers[64]; /* the id of the message that it answers */
    bool live_text;        /* something of it stands on the terminal, without a line end */
    orch__chat_text text;  /* what streams */
};

orch__chat_view *orch__chat_view_new(orch__line_editor *editor, const char *own_user_id)
{
    orch__chat_view *view = calloc(1, sizeof(*view));

    if (!view)
        return NULL;
    view->editor = editor;
    view->own_id = strdup(own_user_id ? own_user_id : "");
    view->names = json_object();
    view->colours = json_object();
    view->missed = json_object();
    return view;
}

void orch__chat_view_editor(orch__chat_view *view, orch__line_editor *editor)
{
    view->editor = editor;
}

void orch__chat_view_free(orch__chat_view *view)
{
    if (!view)
        return;
    json_decref(view->names);
    json_decref(view->colours);
    json_decref(view->missed);
    json_decref(view->live);
    free(view->own_id);
    free(view);
}

void orch__chat_view_name(orch__chat_view *view, const char *id, const char *name)
{
    if (!id || !name)
        return;
    json_object_set_new(view->names, id, json_string(name));
    if (strcmp(id, view->own_id) != 0 && !json_object_get(view->colours, name))
        json_object_set_new(view->colours, name, json_integer((json_int_t)json_object_size(view->colours)));
}

const char *orch__chat_view_find(const orch__chat_view *view, const char *id)
{
    return id ? json_string_value(json_object_get(view->names, id)) : NULL;
}

/* ---- the region above the input line ---- */

/* While a reply streams, its last line has no end yet: the input line waits below it. */
static void begin_output(orch__chat_view *view)
{
    if (view->editor)
        orch__line_editor_hide(view->editor);
    if (view->live_text && orch__terminal() && view->editor) {
        /* Back up to the end of the streamed text. */
        fputs("\033[1A\r", stdout);
        if (view->text.column > 0)
            printf("\033[%uC", view->text.column);
    }
}

static void end_output(orch__chat_view *view)
{
    if (view->live_text && orch__terminal() && view->editor)
        putchar('\n');
    if (view->editor)
        orch__line_editor_show(view->editor);
    else
        fflush(stdout);
}

/* Ends the streamed text: what is printed next begins a line. */
static void end_live(orch__chat_view *view)
{
    if (view->live_text) {
        orch__chat_text_end(&view->text);
        putchar('\n');
    }
    view->live_text = false;
    json_decref(view->live);
    view->live = NULL;
}

#define MISSED_MAX 256

static void miss(orch__chat_view *view, json_t *turn)
{
    char *key = json_dumps(turn, JSON_ENCODE_ANY);

    if (json_object_size(view->missed) >= MISSED_MAX)
        json_object_clear(view->missed);
    if (key)
        json_object_set_new(view->missed, key, json_true());
    free(key);
}

static bool missed(const orch__chat_view *view, json_t *turn)
{
    char *key = json_dumps(turn, JSON_ENCODE_ANY);
    bool found = key && json_object_get(view->missed, key);

    free(key);
    return found;
}

/* Something else is printed in the middle of a stream: it is shown whole when it is complete. */
static void interrupt_live(orch__chat_view *view)
{
    if (!view->live_text)
        return;
    miss(view, view->live);
    orch__chat_text_end(&view->text);
    printf("%s …%s", orch__style_text(ORCH__STYLE_DIM), orch__style_text(ORCH__STYLE_PLAIN));
    end_live(view);
}

/* Behind the time. The column behind it. */
static unsigned print_name(const orch__chat_view *view, const char *id)
{
    static const orch__style colours[] = {ORCH__STYLE_CYAN, ORCH__STYLE_MAGENTA, ORCH__STYLE_YELLOW,
                                          ORCH__STYLE_GREEN, ORCH__STYLE_BLUE};
    const char *name = orch__chat_view_find(view, id);
    json_int_t colour;

    name = name ? name : "somebody";
    colour = json_integer_value(json_object_get(view->colours, name)) % 5;
    printf("%s%s%s%s ", orch__style_text(ORCH__STYLE_BOLD),
           orch__style_text(strcmp(id ? id : "", view->own_id) == 0 ? ORCH__STYLE_PLAIN : colours[colour]),
           name, orch__style_text(ORCH__STYLE_PLAIN));
    return TIME_COLUMNS + orch__text_width((orch_str){name, strlen(name)}) + 1;
}

/* "14:05" in the reader's zone. */
static void print_time(const char *iso)
{
    struct tm parts = {0}, local;
    time_t at;

    if (!iso || !strptime(iso, "%Y-%m-%dT%H:%M:%S", &parts))
        return;
    at = timegm(&parts);
    localtime_r(&at, &local);
    printf("%s%02d:%02d%s ", orch__style_text(ORCH__STYLE_DIM), local.tm_hour, local.tm_min,
           orch__style_text(ORCH__STYLE_PLAIN));
}

static const char *string_of(json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));

    return value ? value : "";
}

/* The turn of this orchestrator for that message is the one that streams. */
static bool is_live(const orch__chat_view *view, const char *orchestrator, const char *answers)
{
    return view->live_text && strcmp(orchestrator, view->live_author) == 0 &&
           strcmp(answers, view->live_answers) == 0;
}

/* The id under which the author's name is known. */
static const char *author_of(const orch__chat_view *view, json_t *message)
{
    const char *author = string_of(message, "authorId");

    if (orch__chat_view_find(view, author))
        return author;
    return string_of(json_object_get(message, "metadata"), "orchestratorId");
}

void orch__chat_view_message(orch__chat_view *view, json_t *message)
{
    json_t *metadata = json_object_get(message, "metadata");
    orch__chat_text text;

    begin_output(view);
    if (is_live(view, string_of(metadata, "orchestratorId"), string_of(metadata, "replyToId"))) {
        end_live(view); /* it stands there already */
    } else {
        interrupt_live(view);
        print_time(string_of(message, "createdAt"));
        orch__chat_text_begin(&text, print_name(view, author_of(view, message)));
        orch__chat_text_put(&text, string_of(message, "content"));
        orch__chat_text_end(&text);
        putchar('\n');
    }
    end_output(view);
}

void orch__chat_view_turn_started(orch__chat_view *view, json_t *params)
{
    if (!is_live(view, string_of(params, "orchestratorId"), string_of(params, "messageId")))
        return;
    /* Another attempt: what was streamed of the last one does not count. */
    begin_output(view);
    orch__chat_text_end(&view->text);
    printf("%s … begins again%s", orch__style_text(ORCH__STYLE_DIM), orch__style_text(ORCH__STYLE_PLAIN));
    end_live(view);
    end_output(view);
}

static void start_live(orch__chat_view *view, json_t *params)
{
    time_t now = time(NULL);
    struct tm local;
    char clock[8];

    json_decref(view->live);
    view->live = json_incref(json_object_get(params, "turnId"));
    snprintf(view->live_author, sizeof(view->live_author), "%s", string_of(params, "orchestratorId"));
    snprintf(view->live_answers, sizeof(view->live_answers), "%s", string_of(params, "messageId"));
    localtime_r(&now, &local);
    strftime(clock, sizeof(clock), "%H:%M", &local);
    printf("%s%s%s ", orch__style_text(ORCH__STYLE_DIM), clock, orch__style_text(ORCH__STYLE_PLAIN));
    orch__chat_text_begin(&view->text, print_name(view, view->live_author));
    view->live_text = true;
}

void orch__chat_view_delta(orch__chat_view *view, json_t *params)
{
    const char *text = string_of(params, "text");

    if (missed(view, json_object_get(params, "turnId")))
        return;
    if (view->live && !json_equal(view->live, json_object_get(params, "turnId"))) {
        miss(view, json_object_get(params, "turnId"));
        return;
    }
    begin_output(view);
    if (!view->live_text)
        start_live(view, params);
    orch__chat_text_put(&view->text, text);
    end_output(view);
}

void orch__chat_view_turn_failed(orch__chat_view *view, json_t *params)
{
    json_t *error = json_object_get(params, "error");

    begin_output(view);
    if (is_live(view, string_of(params, "orchestratorId"), string_of(params, "messageId")))
        end_live(view);
    else
        interrupt_live(view);
    /* The words say who. */
    printf("      %s%s%s\n", orch__style_text(ORCH__STYLE_RED), string_of(error, "message"),
           orch__style_text(ORCH__STYLE_PLAIN));
    end_output(view);
}

void orch__chat_view_note(orch__chat_view *view, const char *format, ...)
{
    va_list arguments;

    begin_output(view);
    interrupt_live(view);
    fputs(orch__style_text(ORCH__STYLE_DIM), stdout);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("%s\n", orch__style_text(ORCH__STYLE_PLAIN));
    end_output(view);
}
