/* Notices as JSON-RPC notifications: `{"jsonrpc":"2.0","method":…,"params":{…,"cursor":…}}`. What is told live and what is
 * told by replay has the same shape.
 */
#ifndef ORCHD_SERVER_NOTICE_H
#define ORCHD_SERVER_NOTICE_H

#include "json.h"
#include "runtime.h"

/* Writes into `json` (which is emptied first). False: clients are not told of this. */
bool orch__notice_write(orch__writer *json, orch_runtime *runtime, const orch_notice *notice);
bool orch__notice_write_entry(orch__writer *json, const orch_feed_entry *entry);

/* "channel.read": somebody has read a channel, for their other sockets. */
bool orch__notice_write_read(orch__writer *json, const orch_channel_state *state);

/* Whether it concerns the members of a channel; otherwise the users of an organization. */
bool orch__notice_is_of_channel(const orch_notice *notice);

#endif
