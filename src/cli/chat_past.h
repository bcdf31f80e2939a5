/* What was said before, put in front of what is said now, each message once and in order.
 *
 * The past is asked for, and what is said until it comes is held back. Ids ascend with time, so that they tell what belongs before what.
 */
#ifndef ORCHD_CHAT_PAST_H
#define ORCHD_CHAT_PAST_H

#include <jansson.h>
#include <stdbool.h>

#define ORCH__CHAT_HELD_MAX 256 /* messages; more are shown at once */

typedef struct orch__chat_past {
    json_t *held;  /* messages that were said since the past was asked for */
    json_t *shown; /* {id: true}: the past that stands on the screen */
    bool awaited;
} orch__chat_past;

void orch__chat_past_init(orch__chat_past *past);
void orch__chat_past_fini(orch__chat_past *past);
/* Of another channel from now on. */
void orch__chat_past_forget(orch__chat_past *past);
void orch__chat_past_await(orch__chat_past *past);
/* This was said just now. False: it is to be shown; otherwise it stands there already, or comes with the past. */
bool orch__chat_past_takes(orch__chat_past *past, json_t *message);
/* The past came (NULL: it does not): shows it, and what was held back. */
void orch__chat_past_came(orch__chat_past *past, json_t *messages, void (*show)(json_t *message, void *user),
                          void *user);

#endif
