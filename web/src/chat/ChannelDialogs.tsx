/** Making, finding and looking at channels; beginning a direct message. */
import { useEffect, useMemo, useState } from 'react';
import { call, request, type OrchestratorError } from '../app/connection.js';
import { navigate } from '../app/router.js';
import { useUser } from '../app/session.js';
import { useStore } from '../app/store.js';
import type { WireChannel, WireUser } from '../app/wire.js';
import { Avatar } from '../ui/Avatar.js';
import { Badge } from '../ui/Badge.js';
import { Button } from '../ui/Button.js';
import { Dialog } from '../ui/Dialog.js';
import { Icon } from '../ui/Icon.js';
import { Input, Segments } from '../ui/Input.js';
import { Spinner } from '../ui/Spinner.js';
import { toast, toastError } from '../ui/Toast.js';
import { useMembers } from './ChatPage.js';
import { createChannel, joinChannel, openDirect, pathOf, people } from './workspace.js';

const SHOWN_MAX = 60;

export function CreateChannel({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('');
  const [topic, setTopic] = useState('');
  const [type, setType] = useState<'PUBLIC' | 'PRIVATE'>('PUBLIC');
  const [error, setError] = useState<OrchestratorError | null>(null);
  const [busy, setBusy] = useState(false);
  const create = async (): Promise<void> => {
    setBusy(true);
    try {
      const channel = await createChannel({ name: name.trim(), type, ...(topic.trim() ? { topic: topic.trim() } : {}) });
      onClose();
      navigate(pathOf(channel));
    } catch (thrown) {
      setError(thrown as OrchestratorError);
      setBusy(false);
    }
  };
  const at = error?.details.field;
  return (
    <Dialog title="Create a channel" onClose={onClose} foot={(
      <>
        <Button onClick={onClose}>Cancel</Button>
        <Button kind="primary" type="submit" form="create-channel" busy={busy} disabled={!name.trim()}>Create</Button>
      </>
    )}>
      <form id="create-channel" className="stack" onSubmit={(event) => {
        event.preventDefault();
        void create();
      }}>
        <Input label="Name" value={name} maxLength={200} placeholder="release-planning" onChange={(event) => setName(event.target.value)} error={error && at !== 'topic' ? error.message : null} data-autofocus />
        <Input label="Topic" hint="What it is about; seen above the messages." value={topic} maxLength={1024} onChange={(event) => setTopic(event.target.value)} error={at === 'topic' ? error?.message : null} />
        <div className="field">
          <span className="field__label">Who can come in</span>
          <Segments label="Who can come in" value={type} onChange={setType} options={[{ value: 'PUBLIC', label: 'Everybody' }, { value: 'PRIVATE', label: 'Only people who are added' }]} />
        </div>
      </form>
    </Dialog>
  );
}

interface Offer {
  id: string;
  name: string;
  slug: string;
  topic?: string | null;
  memberCount: number;
  joined: boolean;
}

export function BrowseChannels({ onClose, onCreate }: { onClose: () => void; onCreate: () => void }) {
  const [offers, setOffers] = useState<readonly Offer[] | null>(null);
  const [wanted, setWanted] = useState('');
  const [busy, setBusy] = useState('');
  useEffect(() => {
    call<{ channels: Offer[] }>('channel.browse', { limit: 500 }).then(({ channels }) => setOffers(channels), (error: unknown) => {
      toastError(error);
      onClose();
    });
  }, [onClose]);
  const shown = (offers ?? []).filter((each) => each.name.toLocaleLowerCase().includes(wanted.toLocaleLowerCase()));
  const go = async (offer: Offer): Promise<void> => {
    setBusy(offer.id);
    try {
      if (!offer.joined) await joinChannel(offer.id);
      onClose();
      navigate(`/c/${encodeURIComponent(offer.slug)}`);
    } catch (error) {
      toastError(error);
      setBusy('');
    }
  };
  return (
    <Dialog title="Channels" onClose={onClose} foot={<Button icon="plus" onClick={onCreate}>Create a channel</Button>}>
      <input className="input" type="search" placeholder="Find a channel" aria-label="Find a channel" value={wanted} onChange={(event) => setWanted(event.target.value)} />
      {offers === null ? <Spinner label="Loading" /> : shown.length === 0 ? <p className="field__hint">No public channel has this name.</p> : (
        <ul role="list" className="list">
          {shown.slice(0, SHOWN_MAX).map((offer) => (
            <li key={offer.id} className="list__row">
              <Icon name="hash" size={18} />
              <span className="list__text"><strong className="ellipsis">{offer.name}</strong><span className="ellipsis">{offer.memberCount === 1 ? '1 member' : `${offer.memberCount} members`}{offer.topic ? ` · ${offer.topic}` : ''}</span></span>
              <Button small kind={offer.joined ? 'quiet' : 'plain'} busy={busy === offer.id} onClick={() => void go(offer)}>{offer.joined ? 'Open' : 'Join'}</Button>
            </li>
          ))}
        </ul>
      )}
    </Dialog>
  );
}

function PersonRow({ user, children }: { user: WireUser; children?: React.ReactNode }) {
  return (
    <li className="list__row">
      <Avatar id={user.id} name={user.shownName} orchestrator={user.isOrchestrator} presence={user.presence} />
      <span className="list__text"><strong className="ellipsis">{user.shownName}</strong><span className="ellipsis">{user.title ?? user.email}</span></span>
      {user.isOrchestrator && <Badge kind="accent">orchestrator</Badge>}
      {children}
    </li>
  );
}

function found(list: readonly WireUser[], wanted: string): WireUser[] {
  const words = wanted.toLocaleLowerCase();
  return list.filter((user) => `${user.shownName} ${user.email}`.toLocaleLowerCase().includes(words)).sort((a, b) => a.shownName.localeCompare(b.shownName));
}

export function NewDirect({ onClose }: { onClose: () => void }) {
  const user = useUser();
  const all = useStore(people, (map) => map);
  const [wanted, setWanted] = useState('');
  const [busy, setBusy] = useState('');
  const shown = useMemo(() => found([...all.values()].filter((each) => each.id !== user.id && each.status !== 'SUSPENDED'), wanted), [all, wanted, user.id]);
  const open = (other: WireUser): void => {
    setBusy(other.id);
    openDirect(other.id).then((channel) => {
      onClose();
      navigate(pathOf(channel));
    }, (error: unknown) => {
      toastError(error);
      setBusy('');
    });
  };
  return (
    <Dialog title="New direct message" onClose={onClose}>
      <input className="input" type="search" placeholder="To whom?" aria-label="To whom?" value={wanted} onChange={(event) => setWanted(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && shown[0]) open(shown[0]);
        }} />
      <ul role="list" className="list">
        {shown.slice(0, SHOWN_MAX).map((each) => <PersonRow key={each.id} user={each}><Button small busy={busy === each.id} onClick={() => open(each)}>Write</Button></PersonRow>)}
      </ul>
      {shown.length === 0 && <p className="field__hint">Nobody has this name.</p>}
    </Dialog>
  );
}

export function ChannelDetails({ channel, onClose }: { channel: WireChannel; onClose: () => void }) {
  const members = useMembers(channel);
  const all = useStore(people, (map) => map);
  const [wanted, setWanted] = useState('');
  const [adding, setAdding] = useState(false);
  const inside = useMemo(() => new Set(members.map((each) => each.id)), [members]);
  const shown = found(adding ? [...all.values()].filter((each) => !inside.has(each.id)) : members, wanted);
  const add = (user: WireUser): void => {
    request('POST', `/api/channels/${encodeURIComponent(channel.id)}/members`, { userId: user.id })
      .then(() => toast(`${user.shownName} is in #${channel.name} now`, { kind: 'good' }), (error: unknown) => toastError(error));
  };
  return (
    <Dialog title={`#${channel.name}`} onClose={onClose}>
      {channel.topic && <p className="field__hint">{channel.topic}</p>}
      <Segments label="People" value={adding ? 'add' : 'members'} onChange={(value) => setAdding(value === 'add')}
        options={[{ value: 'members', label: `Members (${members.length})` }, { value: 'add', label: 'Add people' }]} />
      <input className="input" type="search" placeholder="Find somebody" aria-label="Find somebody" value={wanted} onChange={(event) => setWanted(event.target.value)} />
      <ul role="list" className="list">
        {shown.slice(0, SHOWN_MAX).map((user) => <PersonRow key={user.id} user={user}>{adding && <Button small onClick={() => add(user)}>Add</Button>}</PersonRow>)}
      </ul>
      {shown.length > SHOWN_MAX && <p className="field__hint">and {shown.length - SHOWN_MAX} more: write a part of the name</p>}
      {shown.length === 0 && <p className="field__hint">{adding ? 'Everybody is in it.' : 'Nobody has this name.'}</p>}
    </Dialog>
  );
}
