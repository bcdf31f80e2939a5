/** A thread beside its channel: the message that it hangs on, and the replies. */
import { useEffect, useMemo, useRef } from 'react';
import { navigate, useQuery } from '../app/router.js';
import { useKeys } from '../app/shortcuts.js';
import type { WireChannel } from '../app/wire.js';
import { IconButton } from '../ui/Button.js';
import { flush, send } from '../offline/outbox.js';
import { Composer } from './Composer.js';
import { MessageList, type MessageListHandle } from './MessageList.js';
import { timelineOf } from './timeline.js';
import { pathOf, titleOf } from './workspace.js';

export function ThreadPanel({ channel, messageId }: { channel: WireChannel; messageId: string }) {
  const list = useRef<MessageListHandle>(null);
  const panel = useRef<HTMLElement>(null);
  const timeline = useMemo(() => timelineOf(channel.id, messageId), [channel.id, messageId]);
  const path = pathOf(channel);
  const target = useQuery().get('m');
  const close = (): void => {
    const before = document.querySelector<HTMLElement>(`.channel-view [data-message="${CSS.escape(messageId)}"]`);
    navigate(path);
    before?.focus();
  };
  useKeys((event) => {
    if (event.key !== 'Escape' || !panel.current?.contains(event.target as Node)) return false;
    close();
    return true;
  });
  useEffect(() => {
    if (!target) void timeline.load(); // a thread may have grown while nobody looked
  }, [timeline, target]);
  const write = (text: string): void => {
    void send(channel.id, messageId, text).then(flush);
    list.current?.toEnd();
  };
  return (
    <aside className="thread" ref={panel} data-conversation aria-label="Thread" data-region="thread">
      <header className="chat-head">
        <div className="chat-head__text"><h2>Thread</h2><p className="ellipsis">{titleOf(channel)}</p></div>
        <div className="chat-head__tools"><IconButton icon="close" label="Close the thread" onClick={close} /></div>
      </header>
      <MessageList ref={list} timeline={timeline} path={path} label="Replies" newAfter={null} target={target} />
      <Composer channelId={channel.id} parentId={messageId} placeholder="Reply" onSend={write} onUp={() => void list.current?.editLast()}
        onEscape={close} autoFocus={matchMedia('(pointer: fine)').matches && !target} />
    </aside>
  );
}
