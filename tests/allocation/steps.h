/* What scenarios do with a server of which an allocation fails: each answer is the right one or says that the server is at fault
 * (500, 503, the connection closed), never that the client is; asked again it works. A demand that does not hold ends the
 * process (failing_unless).
 */
#ifndef ORCHD_ALLOCATION_STEPS_H
#define ORCHD_ALLOCATION_STEPS_H

#include "inside.h"

#define STEPS_TRIES    4
#define STEPS_LIMIT_MS 20000

orch_str step_str(const char *text);

/* Opens; where the failure comes in between, the second time works. `variable` is the environment, NULL: empty. */
void step_open(inside *self, const char *folder, const char *(*variable)(const char *name, void *user));
void step_close(inside *self);

/* Asks until it is answered by `wanted`. */
void step_ask(inside *self, const char *method, const char *path, const char *body, int wanted);
/* What an administrator makes. The second time it may be there already: the failure came after the commit. */
void step_make(inside *self, const char *path, const char *body);
/* A text in the last body, copied: body[object][key]. */
void step_value(inside *self, const char *object, const char *key, char *out_text, size_t size);
/* The last answer or frame holds it. */
bool step_holds(const inside *self, const char *part);

/* A WebSocket, also where one was closed by the failure. */
void step_connect(inside *self);
/* Calls until there is a result; what is refused for want of memory is asked again. `id` is in the call. */
void step_call(inside *self, const char *id, const char *text);
/* Subscribes from the beginning of the feed until all of `parts` have come, in any order. */
void step_replay(inside *self, const char *const *parts, size_t count);

#endif
