#include "terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

bool orch__terminal(void)
{
    return isatty(STDOUT_FILENO);
}

bool orch__terminal_colours(void)
{
    static int known = -1;

    if (known < 0) {
        const char *no = getenv("NO_COLOR");
        const char *term = getenv("TERM");

        known = orch__terminal() && !(no && *no) && term && *term && strcmp(term, "dumb") != 0;
    }
    return known;
}

const char *orch__style_text(orch__style style)
{
    static const char *const texts[] = {
        [ORCH__STYLE_BOLD] = "\033[1m",     [ORCH__STYLE_DIM] = "\033[2m",
        [ORCH__STYLE_RED] = "\033[31m",     [ORCH__STYLE_GREEN] = "\033[32m",
        [ORCH__STYLE_YELLOW] = "\033[33m",  [ORCH__STYLE_BLUE] = "\033[34m",
        [ORCH__STYLE_MAGENTA] = "\033[35m", [ORCH__STYLE_CYAN] = "\033[36m",
        [ORCH__STYLE_PLAIN] = "\033[0m",
    };

    return orch__terminal_colours() ? texts[style] : "";
}

void orch__terminal_size(unsigned *out_columns, unsigned *out_rows)
{
    struct winsize size;

    *out_columns = 80;
    *out_rows = 24;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
        *out_columns = size.ws_col;
        *out_rows = size.ws_row;
    }
}

/* One character of valid or invalid UTF-8: its bytes; its columns in `*out_width`. */
static size_t character(const char *text, size_t len, unsigned *out_width)
{
    wchar_t wide;
    mbstate_t state = {0};
    size_t used = mbrtowc(&wide, text, len, &state);
    int width;

    *out_width = 1;
    if (used == 0 || used > len)
        return 1;
    width = wcwidth(wide);
    *out_width = width < 0 ? 0 : (unsigned)width;
    return used;
}

unsigned orch__text_width(orch_str text)
{
    unsigned total = 0;

    for (size_t at = 0; at < text.len;) {
        unsigned width;

        at += character(text.ptr + at, text.len - at, &width);
        total += width;
    }
    return total;
}

int orch__text_pad(const char *text, unsigned columns)
{
    size_t len = strlen(text);

    return (int)(columns + len - orch__text_width((orch_str){text, len}));
}

size_t orch__text_fit(orch_str text, unsigned columns)
{
    unsigned total = 0;
    size_t at = 0;

    while (at < text.len) {
        unsigned width;
        size_t used = character(text.ptr + at, text.len - at, &width);

        if (total + width > columns)
            break;
        total += width;
        at += used;
    }
    return at;
}
