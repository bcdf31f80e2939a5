/** A channel and, beside it, the thread that is open. Without a channel: what to try. */
import { lazy, Suspense, useRef, useState } from 'react';
import { navigate, useQuery, useTitle, type Parameters } from '../app/router.js';
import { useUser } from '../app/session.js';
import { useStore } from '../app/store.js';
import type { Presence, WireChannel } from '../app/wire.js';
import { Avatar } from '../ui/Avatar.js';
import { Button, IconButton } from '../ui/Button.js';
import { Empty } from '../ui/Empty.js';
import { Icon } from '../ui/Icon.js';
import { Menu } from '../ui/Menu.js';
import { toastError } from '../ui/Toast.js';
import { flush, send } from '../offline/outbox.js';
import { announcement } from './announce.js';
import { Composer } from './Composer.js';
import { MessageList, type MessageListHandle } from './MessageList.js';
import { openCard, showPerson } from './person.js';
import { ThreadPanel } from './ThreadPanel.js';
import { timelineOf } from './timeline.js';
import { ChannelIntroduction, Welcome } from './Welcome.js';
import { usePresent } from './people.js';
import { channels, joinChannel, leaveChannel, pathOf, titleOf, useChannel } from './workspace.js';

const PersonCard = lazy(() => import('./PersonCard.js'));
const ChannelDetails = lazy(async () => ({ default: (await import('./ChannelDialogs.js')).ChannelDetails }));

const PRESENCE: { [presence in Presence]: string } = {
  online: 'online', busy: 'busy with other conversations', away: 'away, outside its hours', error: 'in trouble', offline: 'offline',
};

function Title({ channel }: { channel: WireChannel }) {
  const other = usePresent(channel.direct?.id);
  if (channel.type === 'DM') {
    return (
      <>
        <Avatar id={channel.direct?.id ?? channel.id} name={titleOf(channel)} orchestrator={other?.isOrchestrator ?? false} presence={other?.presence} />
        <div className="chat-head__text">
          <h1><button type="button" className="chat-head__who ellipsis" aria-haspopup="dialog" onClick={(event) => showPerson(channel.direct?.id, event.currentTarget)}>{titleOf(channel)}</button></h1>
          {other?.presence && <p className="ellipsis">{other.title ? `${other.title}, ` : ''}{PRESENCE[other.presence]}</p>}
        </div>
      </>
    );
  }
  return (
    <>
      <span className="chat-head__mark"><Icon name={channel.type === 'PRIVATE' ? 'lock' : 'hash'} size={20} /></span>
      <div className="chat-head__text">
        <h1 className="ellipsis">{channel.name}</h1>
        {(channel.topic || channel.description) && <p className="ellipsis">{channel.topic || channel.description}</p>}
      </div>
    </>
  );
}

function Head({ channel }: { channel: WireChannel }) {
  const [details, setDetails] = useState(false);
  const leave = (): void => {
    leaveChannel(channel).then(() => navigate('/'), (error: unknown) => toastError(error, 'You are still in it'));
  };
  return (
    <header className="chat-head">
      <IconButton className="page-back" icon="back" label="To the channels" onClick={() => navigate('/')} />
      <Title channel={channel} />
      <div className="chat-head__tools">
        {channel.type !== 'DM' && (
          <>
            <Button kind="quiet" icon="users" onClick={() => setDetails(true)} aria-label={`${channel.memberCount} members`}><span className="numbers">{channel.memberCount}</span></Button>
            <Menu label="Channel" align="end" entries={[
              { label: 'Members', icon: 'users', onSelect: () => setDetails(true) },
              { label: 'Leave the channel', icon: 'logout', onSelect: leave },
            ]}>{(open) => <IconButton icon="more" label="More" {...open} />}</Menu>
          </>
        )}
      </div>
      <Suspense>{details && <ChannelDetails channel={channel} onClose={() => setDetails(false)} />}</Suspense>
    </header>
  );
}

function Conversation({ channel, thread }: { channel: WireChannel; thread: string | undefined }) {
  const list = useRef<MessageListHandle>(null);
  const sought = useQuery().get('m');
  const target = sought && (thread ?? sought); // a reply is in the thread of what is shown here
  // The line above what is new stays where it was when the channel was opened.
  const [newAfter] = useState(() => (channel.unread ? channel.lastReadId ?? null : null));
  const path = pathOf(channel);
  const title = titleOf(channel);
  const write = (text: string): void => {
    void send(channel.id, null, text).then(flush);
    list.current?.toEnd();
  };
  return (
    <section className="channel-view" data-conversation aria-label={title}>
      <Head channel={channel} />
      <MessageList ref={list} timeline={timelineOf(channel.id)} path={path} label={`Messages in ${title}`} newAfter={newAfter} target={target} focusTarget={!thread}
        head={<ChannelIntroduction channel={channel} onTry={write} />} />
      {channel.archived ? <p className="composer__closed">This channel is archived.</p> : (
        <Composer channelId={channel.id} parentId={null} placeholder={channel.type === 'DM' ? `Message ${title}` : `Message #${channel.name}`}
          onSend={write} onUp={() => void list.current?.editLast()} autoFocus={matchMedia('(pointer: fine)').matches && !target} />
      )}
    </section>
  );
}

function Unknown({ slug }: { slug: string }) {
  const [busy, setBusy] = useState(false);
  const join = (): void => {
    setBusy(true);
    joinChannel(slug).then((channel) => channel && navigate(pathOf(channel), { replace: true }), (error: unknown) => toastError(error)).finally(() => setBusy(false));
  };
  return (
    <Empty icon="hash" title={`You are not in #${slug}`} actions={(
      <>
        <Button kind="primary" busy={busy} onClick={join}>Join the channel</Button>
        <Button onClick={() => navigate('/')}>To the channels</Button>
      </>
    )}>
      It may be public, and then you can join it; or it does not exist.
    </Empty>
  );
}

export function ChatPage({ slug, messageId }: Parameters) {
  const channel = useChannel(slug);
  const loaded = useStore(channels, (state) => state.loaded);
  const card = useStore(openCard, (state) => state);
  const spoken = useStore(announcement, (text) => text);
  useUser();
  useTitle(channel ? `${messageId ? 'Thread in ' : ''}${titleOf(channel)}` : '');
  return (
    <div className="chat">
      {channel ? <Conversation key={channel.id} channel={channel} thread={messageId} /> : slug && loaded ? <Unknown slug={slug} /> : !slug ? <Welcome /> : null}
      {channel && messageId && <ThreadPanel key={messageId} channel={channel} messageId={messageId} />}
      <Suspense>{card && <PersonCard key={card.userId} card={card} />}</Suspense>
      <div className="visually-hidden" role="status" aria-live="polite">{spoken}</div>
    </div>
  );
}
