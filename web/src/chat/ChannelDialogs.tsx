/** Making, finding and looking at channels; beginning a direct message. */
import { useEffect, useState } from 'react';
import { call, request, type OrchestratorError } from '../app/connection.js';
import { navigate } from '../app/router.js';
import { useUser } from '../app/session.js';
import type { WireChannel, WireUser } from '../app/wire.js';
import { Avatar } from '../ui/Avatar.js';
import { Badge } from '../ui/Badge.js';
import { Button } from '../ui/Button.js';
import { Dialog } from '../ui/Dialog.js';
import { Icon } from '../ui/Icon.js';
import { Input, Segments } from '../ui/Input.js';
import { Spinner } from '../ui/Spinner.js';
import { toast, toastError } from '../ui/Toast.js';
import { useFound, type Found } from './members.js';
import { createChannel, joinChannel, openDirect, pathOf } from './workspace.js';

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

/** What stands below a list of people: how many more there are, or that there is nobody. */
function Others({ found, shown, nobody }: { found: Found | null; shown: number; nobody: string }) {
  if (found === null) return <Spinner label="Loading" />;
  if (shown === 0) return <p className="field__hint">{nobody}</p>;
  const more = found.total - found.users.length;
  return more > 0 ? <p className="field__hint">and {more} more: write how the name begins</p> : null;
}

export function NewDirect({ onClose }: { onClose: () => void }) {
  const user = useUser();
  const [wanted, setWanted] = useState('');
  const [busy, setBusy] = useState('');
  const found = useFound('user.list', {}, wanted);
  const shown = found?.users.filter((each) => each.id !== user.id && each.status !== 'SUSPENDED') ?? [];
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
        {shown.map((each) => <PersonRow key={each.id} user={each}><Button small busy={busy === each.id} onClick={() => open(each)}>Write</Button></PersonRow>)}
      </ul>
      <Others found={found} shown={shown.length} nobody="Nobody has this name." />
    </Dialog>
  );
}

export function ChannelDetails({ channel, onClose }: { channel: WireChannel; onClose: () => void }) {
  const [wanted, setWanted] = useState('');
  const [adding, setAdding] = useState(false);
  const [added, setAdded] = useState(0);
  const members = useFound('channel.members', { channelId: channel.id }, adding ? '' : wanted, added);
  const outside = useFound('user.list', { channelId: channel.id, outside: true }, adding ? wanted : '', added);
  const found = adding ? outside : members;
  const add = (user: WireUser): void => {
    request('POST', `/api/channels/${encodeURIComponent(channel.id)}/members`, { userId: user.id })
      .then(() => {
        toast(`${user.shownName} is in #${channel.name} now`, { kind: 'good' });
        setAdded((count) => count + 1);
      }, (error: unknown) => toastError(error));
  };
  return (
    <Dialog title={`#${channel.name}`} onClose={onClose}>
      {channel.topic && <p className="field__hint">{channel.topic}</p>}
      <Segments label="People" value={adding ? 'add' : 'members'} onChange={(value) => setAdding(value === 'add')}
        options={[{ value: 'members', label: `Members (${channel.memberCount})` }, { value: 'add', label: 'Add people' }]} />
      <input className="input" type="search" placeholder="Find somebody" aria-label="Find somebody" value={wanted} onChange={(event) => setWanted(event.target.value)} />
      <ul role="list" className="list">
        {found?.users.map((user) => <PersonRow key={user.id} user={user}>{adding && <Button small onClick={() => add(user)}>Add</Button>}</PersonRow>)}
      </ul>
      <Others found={found} shown={found?.users.length ?? 0} nobody={adding && !wanted ? 'Everybody is in it.' : 'Nobody has this name.'} />
    </Dialog>
  );
}
