/** What the server tells, brought to where it is shown. */
import { onConnected, onNotice, onSignedOut } from '../app/connection.js';
import { currentUser } from '../app/session.js';
import type { WireError, WireMessage, WireTurn } from '../app/wire.js';
import { delivered, startOutbox } from '../offline/outbox.js';
import { announce } from './announce.js';
import { addresses } from './mentions.js';
import { isLookedAt } from './reading.js';
import { allTimelines, forgetTimelines, openedTimeline, refreshTimelines, timelinesOf } from './timeline.js';
import { forgetTurns, turnAnswered, turnDelta, turnEnded, turnStarted } from './turns.js';
import { lookUpAll, startPeople } from './people.js';
import { startUnread } from './unread.js';
import { channels, countUnread, loadChannels, markRead, noteMessage, startWorkspace, stoppedTyping } from './workspace.js';

/** The messages that were taken last. */
const taken = new Set<string>();
const TAKEN_MAX = 500;

function isNew(id: string): boolean {
  if (taken.has(id)) return false;
  taken.add(id);
  if (taken.size > TAKEN_MAX) taken.delete(taken.values().next().value as string);
  return true;
}

/** A message is there, told by a notice or as the answer to one's own. The second of the two may be the older one: it changes nothing. */
function takeMessage(message: WireMessage): void {
  const { channelId, parentId, authorId } = message;
  const mine = authorId === currentUser()?.id;
  if (message.clientId && mine) delivered(message.clientId);
  if (!isNew(message.id)) return;
  void lookUpAll([message]);
  noteMessage(message);
  turnAnswered(message);
  stoppedTyping(channelId, parentId, authorId);
  const place = openedTimeline(channelId, parentId);
  const known = place?.find(message.id) !== undefined;
  if (message.metadata.replyToId) clearTurns(message);
  if (known) return;
  place?.add(message);
  if (parentId) countReply(message, parentId);
  const seen = isLookedAt(channelId, parentId) || isLookedAt(channelId, null);
  if (!mine && !seen) countUnread(message, addresses(message, currentUser()));
  else if (seen && parentId) markRead(channelId, message.id);
  if (!mine) announce(message);
  if (!channels.get().list.some((each) => each.id === channelId)) void loadChannels().catch(() => {});
}

function countReply({ channelId, createdAt }: WireMessage, parentId: string): void {
  for (const timeline of [openedTimeline(channelId, null), openedTimeline(channelId, parentId)]) {
    timeline?.change(parentId, (root, again) => {
      if (again && (root.lastReplyAt ?? '') >= createdAt) return root; // it was counted
      return { ...root, replyCount: (root.replyCount ?? 0) + 1, lastReplyAt: createdAt };
    });
  }
}

/** The message that was answered waits for one orchestrator less. */
function clearTurns({ channelId, parentId, metadata: { replyToId, orchestratorId } }: WireMessage): void {
  if (!replyToId) return;
  changeMessage({ id: replyToId, channelId, parentId }, (message) => withoutTurn(message, orchestratorId ?? ''));
}

function withoutTurn(message: WireMessage, orchestratorId: string): WireMessage {
  return message.turns ? { ...message, turns: message.turns.filter((each) => each.orchestratorId !== orchestratorId) } : message;
}

function changeMessage(message: { id: string; channelId: string; parentId: string | null }, change: (message: WireMessage) => WireMessage): void {
  for (const timeline of timelinesOf(message)) timeline.change(message.id, change);
}

interface TurnNotice {
  turnId: number;
  channelId: string;
  orchestratorId: string;
  messageId: string;
  parentId?: string;
}

function setTurn({ turnId, channelId, orchestratorId, messageId, parentId }: TurnNotice, state: WireTurn['state'], error?: WireError): void {
  const turn: WireTurn = { turnId, orchestratorId, state, ...(error ? { error } : {}) };
  changeMessage({ id: messageId, channelId, parentId: parentId ?? null }, (message) => {
    const cleared = withoutTurn(message, orchestratorId);
    return { ...cleared, turns: [...(cleared.turns ?? []), turn] };
  });
}

function takeReaction({ channelId, messageId, userId, emoji, present }: { channelId: string; messageId: string; userId: string; emoji: string; present: boolean }): void {
  const change = (message: WireMessage): WireMessage => {
    const others = (message.reactions ?? []).map((each) => (each.emoji === emoji ? { ...each, userIds: each.userIds.filter((id) => id !== userId) } : each));
    const reactions = present && !others.some((each) => each.emoji === emoji) ? [...others, { emoji, userIds: [] }] : others;
    return {
      ...message,
      reactions: reactions.map((each) => (present && each.emoji === emoji ? { ...each, userIds: [...each.userIds, userId] } : each)).filter((each) => each.userIds.length > 0),
    };
  };
  for (const timeline of allTimelines()) if (timeline.channelId === channelId) timeline.change(messageId, change);
}

export function startChat(): void {
  startPeople();
  startWorkspace();
  startUnread();
  startOutbox(takeMessage);
  onNotice('message.created', ({ message }: { message: WireMessage }) => takeMessage(message));
  const replaced = ({ message }: { message: WireMessage }): void => changeMessage(message, (old) => ({ ...old, ...message }));
  onNotice('message.updated', replaced);
  onNotice('message.deleted', replaced);
  onNotice('reaction.changed', takeReaction);
  onNotice('turn.started', (notice: TurnNotice) => {
    turnStarted(notice);
    setTurn(notice, 'running');
  });
  onNotice('message.delta', turnDelta);
  onNotice('turn.failed', (notice: TurnNotice & { error: WireError }) => {
    turnEnded(notice.turnId);
    setTurn(notice, 'failed', notice.error);
  });
  onConnected(async (fresh) => {
    forgetTurns();
    refreshTimelines(fresh);
  });
  onSignedOut(() => {
    taken.clear();
    forgetTimelines();
    forgetTurns();
  });
}
