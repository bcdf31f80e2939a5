/** Where one can go: channels, direct messages, the control room, one's own settings. */
import { lazy, memo, Suspense, useState } from 'react';
import { Link, navigate } from '../app/router.js';
import { isAdmin, signOut, useUser } from '../app/session.js';
import { openHelp, openSearch } from '../app/Shell.js';
import { MAC } from '../app/shortcuts.js';
import { useStore } from '../app/store.js';
import { setTheme, useTheme, type Theme } from '../app/theme.js';
import type { WireChannel } from '../app/wire.js';
import { Avatar } from '../ui/Avatar.js';
import { Badge } from '../ui/Badge.js';
import { IconButton } from '../ui/Button.js';
import { Icon, type IconName } from '../ui/Icon.js';
import { Menu } from '../ui/Menu.js';
import { toastError } from '../ui/Toast.js';
import { Logo } from './Logo.js';
import { useFound } from './members.js';
import { usePresent } from './people.js';
import { channels, inOrder, openDirect, pathOf, titleOf } from './workspace.js';

const CreateChannel = lazy(async () => ({ default: (await import('./ChannelDialogs.js')).CreateChannel }));
const BrowseChannels = lazy(async () => ({ default: (await import('./ChannelDialogs.js')).BrowseChannels }));
const NewDirect = lazy(async () => ({ default: (await import('./ChannelDialogs.js')).NewDirect }));

function Unread({ unread = 0, mentions = 0 }: { unread?: number | undefined; mentions?: number | undefined }) {
  if (!unread) return null;
  if (!mentions) return <span className="unread-dot" role="img" aria-label={`${unread} new`} />;
  return <Badge kind="count" label={`${unread} new, ${mentions} for you`}>{mentions > 99 ? '99+' : mentions}</Badge>;
}

const ChannelLink = memo(function ChannelLink({ channel, current }: { channel: WireChannel; current: boolean }) {
  const other = usePresent(channel.direct?.id);
  const title = titleOf(channel);
  return (
    <li>
      <Link to={pathOf(channel)} className={`place${channel.unread ? ' place--unread' : ''}`} aria-current={current ? 'page' : undefined}>
        {channel.type === 'DM'
          ? <Avatar id={channel.direct?.id ?? channel.id} name={title} orchestrator={other?.isOrchestrator ?? channel.direct?.isOrchestrator ?? false} size="small" presence={other?.presence} />
          : <Icon name={channel.type === 'PRIVATE' ? 'lock' : 'hash'} size={16} />}
        <span className="place__name ellipsis">{title}</span>
        <Unread unread={channel.unread} mentions={channel.type === 'DM' ? channel.unread : channel.mentions} />
      </Link>
    </li>
  );
});

function Group({ title, list, path, empty, children }: { title: string; list: readonly WireChannel[]; path: string; empty: React.ReactNode; children: React.ReactNode }) {
  return (
    <section className="places" aria-label={title}>
      <div className="places__head"><h2>{title}</h2>{children}</div>
      {list.length === 0 ? empty : (
        <ul role="list">{list.map((each) => <ChannelLink key={each.id} channel={each} current={path === pathOf(each) || path.startsWith(`${pathOf(each)}/`)} />)}</ul>
      )}
    </section>
  );
}

const SUGGESTED = { kind: 'orchestrator', limit: 3 };

/** To whom one could write first: on a narrow screen, where the greeting is not beside the list. */
function Suggestions() {
  const found = useFound('user.list', SUGGESTED, '');
  return (
    <>
      <p className="places__empty">Write to somebody in private.</p>
      <ul role="list" className="suggested">{found?.users.map(({ id }) => <Suggestion key={id} id={id} />)}</ul>
    </>
  );
}

function Suggestion({ id }: { id: string }) {
  const user = usePresent(id);
  const open = (): void => {
    openDirect(id).then((channel) => navigate(pathOf(channel)), (error: unknown) => toastError(error));
  };
  return user && (
    <li>
      <button type="button" className="place" onClick={open}>
        <Avatar id={id} name={user.shownName} orchestrator size="small" presence={user.presence} />
        <span className="place__name ellipsis">{user.shownName}</span>
      </button>
    </li>
  );
}

const THEMES: ReadonlyArray<{ value: Theme; label: string; icon: IconName }> = [
  { value: 'light', label: 'Light', icon: 'sun' }, { value: 'dark', label: 'Dark', icon: 'moon' }, { value: 'system', label: 'As the system', icon: 'monitor' },
];

function Self() {
  const user = useUser();
  const theme = useTheme();
  return (
    <Menu label="You" entries={[
      { label: 'Settings', icon: 'settings', onSelect: () => navigate('/settings') },
      { label: 'Keyboard', icon: 'keyboard', keys: '?', onSelect: openHelp },
      { line: true, label: '' },
      ...THEMES.map(({ value, label, icon }) => ({ label, icon, note: theme === value ? <Icon name="check" size={15} label="chosen" /> : '', onSelect: () => setTheme(value) })),
      { line: true, label: '' },
      { label: 'Log out', icon: 'logout', onSelect: () => void signOut().catch((error: unknown) => toastError(error, 'You are still logged in')) },
    ]}>
      {(open) => (
        <button type="button" className="self" {...open}>
          <Avatar id={user.id} name={user.shownName} presence="online" />
          <span className="self__name"><strong className="ellipsis">{user.shownName}</strong><span className="ellipsis">{user.email}</span></span>
          <Icon name="more" size={16} />
        </button>
      )}
    </Menu>
  );
}

export function Sidebar({ path }: { path: string }) {
  const { list, loaded } = useStore(channels, (state) => state);
  const user = useUser();
  const [dialog, setDialog] = useState<'none' | 'create' | 'browse' | 'direct'>('none');
  const { rooms, direct } = inOrder(list);
  const close = (): void => setDialog('none');
  return (
    <nav className="sidebar" aria-label="Workspace" data-region="sidebar">
      <div className="sidebar__head">
        <Link to="/" className="sidebar__brand"><Logo size={26} /><span>Neolith</span></Link>
      </div>
      <button type="button" className="search-button" onClick={openSearch}>
        <Icon name="search" size={16} /><span>Search</span><kbd className="key">{MAC ? '⌘K' : 'Ctrl K'}</kbd>
      </button>
      <div className="sidebar__scroll">
        <ul role="list" className="places">
          <li><Link to="/daemons" className="place" aria-current={/^\/(daemons|orchestrators\/(?!new$))/.test(path) ? 'page' : undefined}><Icon name="pulse" size={16} /><span className="place__name">Control room</span></Link></li>
          {isAdmin(user) && (
            <li><Link to="/orchestrators/new" className="place" aria-current={path === '/orchestrators/new' ? 'page' : undefined}><Icon name="spark" size={16} /><span className="place__name">New orchestrator</span></Link></li>
          )}
        </ul>
        <Group title="Channels" list={rooms} path={path} empty={loaded && <p className="places__empty">You are in no channel yet.</p>}>
          <Menu label="Channels" align="end" entries={[
            { label: 'Browse channels', icon: 'search', onSelect: () => setDialog('browse') },
            { label: 'Create a channel', icon: 'plus', onSelect: () => setDialog('create') },
          ]}>{(open) => <IconButton small icon="plus" label="Add a channel" {...open} />}</Menu>
        </Group>
        <Group title="Direct messages" list={direct} path={path} empty={loaded && <Suggestions />}>
          <IconButton small icon="plus" label="New direct message" onClick={() => setDialog('direct')} />
        </Group>
      </div>
      <Self />
      <Suspense>
        {dialog === 'create' && <CreateChannel onClose={close} />}
        {dialog === 'browse' && <BrowseChannels onClose={close} onCreate={() => setDialog('create')} />}
        {dialog === 'direct' && <NewDirect onClose={close} />}
      </Suspense>
    </nav>
  );
}
