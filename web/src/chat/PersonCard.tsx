/** Who somebody is, beside their name: of an orchestrator also how its daemon is. */
import { lazy, Suspense, useEffect } from 'react';
import { navigate } from '../app/router.js';
import { isAdmin, useUser } from '../app/session.js';
import type { WireUser } from '../app/wire.js';
import { Avatar } from '../ui/Avatar.js';
import { Button, IconButton } from '../ui/Button.js';
import { Dialog } from '../ui/Dialog.js';
import { Spinner } from '../ui/Spinner.js';
import { toastError } from '../ui/Toast.js';
import { openCard, type OpenCard } from './person.js';
import { usePresent } from './people.js';
import { openDirect, pathOf } from './workspace.js';

const OrchestratorHealth = lazy(() => import('./OrchestratorHealth.js'));

export default function PersonCard({ card: { userId, anchor } }: { card: OpenCard }) {
  const person = usePresent(userId);
  const close = (): void => openCard.set(null);
  useEffect(() => () => openCard.set((open) => (open?.userId === userId ? null : open)), [userId]); // left by the browser's own buttons
  if (!person) return null;
  const { orchestratorId, shownName } = person;
  return (
    <Dialog title={shownName} bare beside={anchor} onClose={close}>
      <div className="person">
        <header className="person__head">
          <Avatar id={person.id} name={shownName} orchestrator={person.isOrchestrator} size="large" presence={orchestratorId ? undefined : person.presence} />
          <div className="person__names">
            <h2 className="ellipsis">{shownName}</h2>
            <p className="ellipsis">{person.title ?? person.email}</p>
          </div>
          <IconButton small icon="close" label="Close" onClick={close} />
        </header>
        {orchestratorId && (
          <Suspense fallback={<div className="person__wait"><Spinner label="Loading" /></div>}>
            <OrchestratorHealth orchestratorId={orchestratorId} name={shownName} />
          </Suspense>
        )}
        <Ways person={person} close={close} />
      </div>
    </Dialog>
  );
}

/** Where one can go from here. */
function Ways({ person, close }: { person: WireUser; close: () => void }) {
  const user = useUser();
  const go = (to: string): void => {
    close();
    navigate(to);
  };
  const write = (): void => {
    openDirect(person.id).then((channel) => go(pathOf(channel)), (error: unknown) => toastError(error));
  };
  if (person.id === user.id) return <footer className="person__ways"><Button small icon="settings" data-autofocus onClick={() => go('/settings')}>Your settings</Button></footer>;
  const { orchestratorId } = person;
  return (
    <footer className="person__ways">
      <Button small kind="primary" icon="message" data-autofocus onClick={write}>Message</Button>
      {orchestratorId && <Button small icon="pulse" onClick={() => go(`/daemons/${orchestratorId}`)}>History</Button>}
      {orchestratorId && isAdmin(user) && <Button small icon="edit" onClick={() => go(`/orchestrators/${orchestratorId}`)}>Charter</Button>}
    </footer>
  );
}
