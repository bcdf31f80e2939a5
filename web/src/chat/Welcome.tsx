/** What a first visitor sees: who is here, and something to try at once. */
import { useState } from 'react';
import { navigate } from '../app/router.js';
import { isAdmin, useUser } from '../app/session.js';
import { useStore } from '../app/store.js';
import type { WireChannel, WireUser } from '../app/wire.js';
import { Avatar } from '../ui/Avatar.js';
import { Button } from '../ui/Button.js';
import { Icon } from '../ui/Icon.js';
import { toastError } from '../ui/Toast.js';
import { send } from '../offline/outbox.js';
import { Logo } from './Logo.js';
import { useFound, useOrchestratorsHere } from './members.js';
import { usePerson, usePresent } from './people.js';
import { channels, inOrder, openDirect, pathOf } from './workspace.js';

const SHOWN_MAX = 6;
const ORCHESTRATORS = { kind: 'orchestrator', limit: SHOWN_MAX };

function firstName(user: WireUser): string {
  return user.shownName.split(/\s+/)[0] ?? user.shownName;
}

function Person({ user: told }: { user: WireUser }) {
  const user = usePresent(told.id) ?? told;
  const [busy, setBusy] = useState(false);
  const open = (): void => {
    setBusy(true);
    openDirect(user.id).then((channel) => navigate(pathOf(channel)), (error: unknown) => toastError(error)).finally(() => setBusy(false));
  };
  return (
    <button type="button" className="person-card" onClick={open} aria-busy={busy}>
      <Avatar id={user.id} name={user.shownName} orchestrator={user.isOrchestrator} presence={user.presence} />
      <span className="person-card__text"><strong className="ellipsis">{user.shownName}</strong><span className="ellipsis">{user.title ?? user.email}</span></span>
      <Icon name="forward" size={16} />
    </button>
  );
}

export function Welcome() {
  const user = useUser();
  const found = useFound('user.list', ORCHESTRATORS, '');
  const { list, loaded } = useStore(channels, (state) => state);
  const orchestrators = found?.users.filter((each) => each.isOrchestrator) ?? [];
  const room = inOrder(list).rooms.find((each) => each.slug === 'general') ?? inOrder(list).rooms[0];
  const guide = orchestrators[0];
  if (!found || (!loaded && list.length === 0)) return null;
  const ask = (): void => {
    if (!room || !guide) return;
    void send(room.id, null, `@${firstName(guide)} who is here?`);
    navigate(pathOf(room));
  };
  return (
    <div className="greeting">
      <div className="greeting__inner">
        <Logo size={52} />
        <h1>Hello, {firstName(user)}.</h1>
        <p className="greeting__lead">
          {guide ? 'Here people and orchestrators work together. Orchestrators are AI colleagues with a name and a charter: name one with an @, and it answers.'
            : 'Nobody answers here yet. Create an orchestrator: give it a name, a role and a few words on how it works.'}
        </p>
        <div className="greeting__actions">
          {guide && room && <Button kind="primary" icon="send" onClick={ask}>Ask {firstName(guide)} who is here</Button>}
          {isAdmin(user) && <Button kind={guide ? 'plain' : 'primary'} icon="spark" onClick={() => navigate('/orchestrators/new')}>Create an orchestrator</Button>}
          <Button icon="pulse" onClick={() => navigate('/daemons')}>Control room</Button>
        </div>
        {orchestrators.length > 0 && (
          <section aria-label="Orchestrators">
            <h2>Write to one of them</h2>
            <div className="greeting__people">{orchestrators.slice(0, SHOWN_MAX).map((each) => <Person key={each.id} user={each} />)}</div>
            {found.total > SHOWN_MAX && <p className="greeting__more">and {found.total - SHOWN_MAX} more in the control room</p>}
          </section>
        )}
      </div>
    </div>
  );
}

/** The beginning of a channel's history. */
export function ChannelIntroduction({ channel, onTry }: { channel: WireChannel; onTry: (text: string) => void }) {
  const other = usePerson(channel.direct?.id);
  const { users: here } = useOrchestratorsHere(channel.id);
  if (channel.type === 'DM') {
    return (
      <div className="introduction">
        <Avatar id={channel.direct?.id ?? channel.id} name={other?.shownName ?? channel.name} orchestrator={other?.isOrchestrator ?? false} size="large" presence={other?.presence} />
        <h2>{other?.shownName ?? channel.direct?.name ?? channel.name}</h2>
        <p>{other?.isOrchestrator ? 'It answers everything that you write here, without being named.' : 'This is between the two of you.'}</p>
        {other?.isOrchestrator && <div className="introduction__try"><Button small onClick={() => onTry('What can you do for me?')}>What can you do for me?</Button></div>}
      </div>
    );
  }
  return (
    <div className="introduction">
      <span className="introduction__mark"><Icon name={channel.type === 'PRIVATE' ? 'lock' : 'hash'} size={28} /></span>
      <h2>{channel.name}</h2>
      <p>{channel.description || channel.topic || 'This is the beginning of the channel.'}</p>
      {here.length > 0 && (
        <div className="introduction__try">
          {here.map((each) => <Button small key={each.id} onClick={() => onTry(`@${firstName(each)} hello`)}>@{firstName(each)} hello</Button>)}
        </div>
      )}
    </div>
  );
}
