/* Small value types that the whole project shares: borrowed text and typed handles.
 *
 * A handle is a number that the host chose for something whose real id is text. The core compares
 * handles and never looks behind them. Each handle is a struct of its own, so that a channel is
 * never passed for a daemon. The value 0 means "none" for every handle.
 */
#ifndef ORCHD_TYPES_H
#define ORCHD_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Borrowed text: UTF-8, not NUL-terminated. Valid as long as its owner says. */
typedef struct orch_str {
    const char *ptr;
    size_t len;
} orch_str;

#define ORCH_STR(literal) ((orch_str){"" literal, sizeof(literal) - 1})
#define ORCH_STR_NONE     ((orch_str){NULL, 0})

/* An orchestrator and its daemon. Hosts choose small dense numbers from 1: the core indexes by it. */
typedef struct orch_daemon_id {
    uint32_t v;
} orch_daemon_id;

typedef struct orch_user_id {
    uint64_t v;
} orch_user_id;

typedef struct orch_channel_id {
    uint64_t v;
} orch_channel_id;

/* The message that a thread hangs on; 0 is the channel itself. */
typedef struct orch_thread_id {
    uint64_t v;
} orch_thread_id;

typedef struct orch_message_id {
    uint64_t v;
} orch_message_id;

/* A turn, chosen by the core: slot in the low 32 bits, generation in the high 32. */
typedef struct orch_turn_id {
    uint64_t v;
} orch_turn_id;

#if defined(__GNUC__)
#define ORCH_MUST_USE            __attribute__((warn_unused_result))
#define ORCH_PRINTF(text, first) __attribute__((__format__(__printf__, text, first)))
#else
#define ORCH_MUST_USE
#define ORCH_PRINTF(text, first)
#endif

#endif
