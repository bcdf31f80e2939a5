#include "search_match.h"

#include <string.h>

#include "orchd/assert.h"
#include "text.h"

/* A prefix of one letter would be half of all messages. The index knows prefixes of 2 and 3; longer ones have fewer words, and cost too
 * much to know (docs/benchmarks.md). */
#define PREFIX_MIN 2

_Static_assert(2 * ORCH_SEARCH_QUERY_MAX + 4 * ORCH_SEARCH_WORDS_MAX < ORCH__MATCH_MAX,
               "a query of nothing but quotes has room");

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Whatever is not ASCII may be a letter. */
static bool is_of_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (unsigned char)c >= 0x80;
}

static bool is_word(orch_str piece)
{
    for (size_t i = 0; i < piece.len; i++)
        if (is_of_word(piece.ptr[i]))
            return true;
    return false;
}

static size_t characters(orch_str piece)
{
    size_t count = 0;

    for (size_t i = 0; i < piece.len; i++)
        count += ((unsigned char)piece.ptr[i] & 0xc0) != 0x80;
    return count;
}

/* The piece is where the query ends: somebody may still be typing it. */
static bool ends_with(orch_str query, orch_str piece)
{
    return piece.ptr + piece.len == query.ptr + query.len;
}

/* The next piece between white space, taken off `rest`; empty at the end. */
static orch_str next_piece(orch_str *rest)
{
    size_t begin = 0, end;

    while (begin < rest->len && is_space(rest->ptr[begin]))
        begin++;
    for (end = begin; end < rest->len && !is_space(rest->ptr[end]);)
        end++;
    orch_str piece = {rest->ptr + begin, end - begin};

    *rest = (orch_str){rest->ptr + end, rest->len - end};
    return piece;
}

static size_t write_quoted(char *out, orch_str piece)
{
    size_t len = 0;

    out[len++] = '"';
    for (size_t i = 0; i < piece.len; i++) {
        if (piece.ptr[i] == '"')
            out[len++] = '"';
        out[len++] = piece.ptr[i];
    }
    out[len++] = '"';
    return len;
}

static int check_query(orch_str query, orch_problem *problem)
{
    if (query.len > ORCH_SEARCH_QUERY_MAX)
        return orch__problem(problem, ORCH_E_TOO_LARGE, "query",
                             "query has %zu bytes; at most %d are allowed", query.len, ORCH_SEARCH_QUERY_MAX);
    if (!orch__text_valid(query))
        return orch__problem(problem, ORCH_E_INVALID, "query", "query must be valid UTF-8 without NUL");
    return 0;
}

int orch__search_match(orch_str query, char out_match[ORCH__MATCH_MAX], orch_problem *problem)
{
    orch_str rest = query, piece, last = ORCH_STR_NONE;
    size_t len = 0, words = 0;
    int error = check_query(query, problem);

    while (!error && (piece = next_piece(&rest)).len > 0) {
        if (!is_word(piece))
            continue;
        if (++words > ORCH_SEARCH_WORDS_MAX)
            return orch__problem(problem, ORCH_E_INVALID, "query",
                                 "query has more than %d words, which is the limit", ORCH_SEARCH_WORDS_MAX);
        if (len > 0)
            out_match[len++] = ' ';
        len += write_quoted(out_match + len, piece);
        last = piece;
    }
    if (!error && words == 0)
        error = orch__problem(problem, ORCH_E_INVALID, "query",
                              "query has no letters or digits; at least one word is needed");
    if (error)
        return error;
    if (ends_with(query, last) && characters(last) >= PREFIX_MIN)
        out_match[len++] = '*';
    ORCH_ASSERT(len < ORCH__MATCH_MAX);
    out_match[len] = '\0';
    return 0;
}
