/** The frame of the page: the sidebar, the view beside it, and what works from everywhere. */
import { lazy, Suspense, type ReactNode } from 'react';
import { SearchDialog } from '../chat/SearchDialog.js';
import { Sidebar } from '../chat/Sidebar.js';
import { goToNeighbour } from '../chat/workspace.js';
import { Button } from '../ui/Button.js';
import { Icon } from '../ui/Icon.js';
import { retryNow, useConnection } from './connection.js';
import { useNow } from './now.js';
import { inField, nextRegion, useKeys, withMod } from './shortcuts.js';
import { Store, useStore } from './store.js';

const HelpDialog = lazy(async () => ({ default: (await import('./HelpDialog.js')).HelpDialog }));

/** What lies over the page. */
const overlay = new Store<'none' | 'help' | 'search'>('none');

export function openSearch(): void {
  overlay.set('search');
}

export function openHelp(): void {
  overlay.set('help');
}

function handleKey(event: KeyboardEvent): boolean {
  if (withMod(event) && event.key.toLowerCase() === 'k') openSearch();
  else if (event.key === 'F6') nextRegion(event.shiftKey);
  else if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) goToNeighbour(event.key === 'ArrowUp' ? -1 : 1, event.shiftKey);
  else if (inField(event.target) || withMod(event) || event.altKey) return false;
  else if (event.key === '/') openSearch();
  else if (event.key === '?') openHelp();
  else return false;
  return true;
}

function OfflineBar() {
  const phase = useConnection((state) => state.phase);
  const retryAt = useConnection((state) => state.retryAt);
  const blocked = useConnection((state) => state.blocked);
  const now = useNow(phase === 'offline' ? 1000 : 0);
  if (phase !== 'offline') return null;
  const seconds = Math.max(0, Math.ceil((retryAt - now) / 1000));
  return (
    <div className="offline-bar" role="status">
      <Icon name="offline" size={16} />
      <span>{blocked ? 'The server answers, but no WebSocket reaches it: a proxy on the way must pass upgrades of /ws on.'
        : 'You are offline. What you write is sent when the server is back.'}</span>
      <span aria-hidden="true" className="numbers offline-bar__wait">{seconds > 0 ? `${seconds} s` : '…'}</span>
      <Button small kind="quiet" onClick={retryNow}>Try now</Button>
    </div>
  );
}

export function Shell({ path, children }: { path: string; children: ReactNode }) {
  const shown = useStore(overlay, (state) => state);
  useKeys((event) => shown === 'none' && handleKey(event));
  const close = (): void => overlay.set('none');
  return (
    <div className="shell" data-place={path === '/' ? 'list' : 'view'}>
      <a className="skip" href="#main" onClick={(event) => {
        event.preventDefault();
        document.getElementById('main')?.focus();
      }}>Skip to the content</a>
      <Sidebar path={path} />
      <div className="stage">
        <OfflineBar />
        <main className="main" id="main" tabIndex={-1}>{children}</main>
      </div>
      <Suspense>
        {shown === 'help' && <HelpDialog onClose={close} />}
      </Suspense>
      {shown === 'search' && <SearchDialog onClose={close} />}
    </div>
  );
}
