/* libcurl, loaded when it is first needed. With the thirty libraries that it brings (Kerberos, LDAP, SSH …) it would be half
 * of the program's start and a fifth of its idle memory, and many starts never call a model. So the program is not linked with it:
 * its functions are looked up by name, and called as `orch__curl.easy_init()`. The header is libcurl's own, so that types are
 * checked as ever.
 */
#ifndef ORCHD_CURL_LIBRARY_H
#define ORCHD_CURL_LIBRARY_H

/* libcurl's checks of an option's type are macros over its functions' names. */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

#include "orchd/types.h"

#define ORCH__CURL_FUNCTIONS(X)                                                                              \
    X(easy_cleanup)                                                                                          \
    X(easy_getinfo)                                                                                          \
    X(easy_init)                                                                                             \
    X(easy_perform)                                                                                          \
    X(easy_reset)                                                                                            \
    X(easy_setopt)                                                                                           \
    X(easy_strerror)                                                                                         \
    X(getdate)                                                                                               \
    X(global_cleanup)                                                                                        \
    X(global_init)                                                                                           \
    X(multi_add_handle)                                                                                      \
    X(multi_assign)                                                                                          \
    X(multi_cleanup)                                                                                         \
    X(multi_info_read)                                                                                       \
    X(multi_init)                                                                                            \
    X(multi_remove_handle)                                                                                   \
    X(multi_setopt)                                                                                          \
    X(multi_socket_action)                                                                                   \
    X(slist_append)                                                                                          \
    X(slist_free_all)                                                                                        \
    X(version_info)

/* A member is named by the argument: no parentheses. */
#define ORCH__CURL_MEMBER(name) __typeof__(curl_##name) *name; /* NOLINT(bugprone-macro-parentheses) */
typedef struct orch__curl_functions {
    ORCH__CURL_FUNCTIONS(ORCH__CURL_MEMBER)
} orch__curl_functions;
#undef ORCH__CURL_MEMBER

/* Nothing in it may be called before orch__curl_load returned 0. */
extern orch__curl_functions orch__curl;

/* Once for the process; afterwards it costs nothing. Any thread. ORCH_E_UNSUPPORTED: the library is not installed or lacks a
 * function; orch__curl_problem() then says which. */
ORCH_MUST_USE int orch__curl_load(void);
/* What was wrong, for a person. Borrowed for ever; "" when nothing was. */
const char *orch__curl_problem(void);

#endif
