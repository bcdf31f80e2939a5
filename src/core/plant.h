/* Mistakes on purpose: the simulator's tests build the core with ORCH_PLANT = 1 … 10 and must find each of them. The
 * product is built without; then none of it exists.
 *
 *     1  daemon.c        what waited is not started when the daemon starts
 *     2  turn.c          a turn that failed keeps its place among the active conversations
 *     3  seen.c          when the memory of messages is full it is emptied
 *     4  turn.c          a daemon's own messages count as messages
 *     5  turn.c          what a stop cancels is gone instead of queued again
 *     6  message.c       a conversation whose reply is being stored counts as finished
 *     7  manager.c       running well does not reset the count of restarts
 *     8  turn.c          a turn is found by its place alone: results of a cancelled attempt count
 *     9  manager.c       a stop of all forgets what does not fit into one step
 *    10  turn.c          a stopped turn that has become the first of its conversation waits on
 */
#ifndef ORCHD_PLANT_H
#define ORCHD_PLANT_H

#ifndef ORCH_PLANT
#define ORCH_PLANT 0
#endif

#endif
