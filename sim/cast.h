/* Who is on the stage: the orchestrators' names, and the messages that address them or only seem to. */
#ifndef SIM_CAST_H
#define SIM_CAST_H

#include "orchd/core.h"
#include "random.h"

#define SIM_SPEAKERS_MAX 24  /* orchestrators that are spoken to, numbered from 1 */
#define SIM_SPEAKERS_FEW 6   /* in most runs */
#define SIM_DAEMONS_MAX  200 /* with those that are only there, in the runs of a crowd */
#define SIM_CHANNELS_MAX 4   /* numbered from 1 */
#define SIM_HUMANS_MAX   4

/* Users: humans are 1 … SIM_HUMANS_MAX, the orchestrator d is user 100 + d. */
#define SIM_USER_OF(d) (100u + (d))

#define SIM_WORDS_MAX 4096

typedef uint32_t sim_mask; /* bit d: the speaker d */

#define SIM_BIT(d) (1u << (d))

/* What a message says. The words are made from it when the host reads the message, the same each time. */
typedef struct sim_text {
    sim_mask at;       /* named with '@' */
    sim_mask bare;     /* named without */
    sim_mask mentions; /* metadata.mentions */
    bool everyone;     /* @orchestrator */
    uint8_t form;      /* which of several wordings */
} sim_text;

typedef struct sim_persona {
    const char *name;
    const char *display_name;
    const char *slug;
    const char *email;
    const char *role;
    const char *keyword;
} sim_persona;

extern const sim_persona sim_personas[SIM_SPEAKERS_MAX + 1]; /* [0] is nobody */

/* The daemon named as `spec` says is filled in with its persona's names; those of the crowd have one name for all.
 * `keyword` is lent for the event's time. */
void sim_cast_name(uint32_t daemon, orch_daemon_spec *spec, orch_str *keyword);

/* Writes the message; returns its length. `size` of SIM_WORDS_MAX is enough. */
size_t sim_cast_write(const sim_text *text, char *buffer, size_t size);

/* What somebody says who means one of `members` with a chance of `permille`. */
sim_text sim_cast_human(sim_random *random, sim_mask members, uint32_t permille);
/* What the orchestrator `self` answers. */
sim_text sim_cast_orchestrator(sim_random *random, sim_mask members, uint32_t self, uint32_t permille);

#endif
