/** Logins at providers that lead to this account: connected here, and taken away here. */
import { useState } from 'react';
import { navigate, useQuery } from '../app/router.js';
import { ago, wholeTime } from '../app/time.js';
import { Button, Icon, Notice, toast, toastError } from '../ui/index.js';
import { linkAccount, unlinkAccount, type Account, type Provider } from './api.js';
import { linkFailure } from './words.js';

export function Logins({ accounts, providers, changed }: { accounts: Account[]; providers: Provider[]; changed(): Promise<void> }) {
  const failure = useQuery().get('error');
  const free = providers.filter(({ id }) => !accounts.some(({ provider }) => provider === id));
  const nameOf = (provider: string): string => providers.find(({ id }) => id === provider)?.name ?? provider;
  return (
    <>
      {failure && <Notice kind="bad" action={<Button small kind="quiet" onClick={() => navigate('/settings', { replace: true })}>Close</Button>}>{linkFailure(failure)}</Notice>}
      {accounts.length > 0 && (
        <ul role="list" className="things">
          {accounts.map((account) => <Connected key={account.id} account={account} name={nameOf(account.provider)} changed={changed} />)}
        </ul>
      )}
      {free.map((provider) => <Connect key={provider.id} provider={provider} />)}
    </>
  );
}

function Connected({ account: { id, createdAt }, name, changed }: { account: Account; name: string; changed(): Promise<void> }) {
  const [busy, setBusy] = useState(false);
  const remove = async (): Promise<void> => {
    setBusy(true);
    try {
      await unlinkAccount(id);
      toast(`${name} does not log you in any more`, { kind: 'good' });
      await changed();
    } catch (error) {
      toastError(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <li className="thing">
      <Icon name="link" size={19} />
      <div className="thing__words">
        <div className="thing__name">{name}</div>
        {createdAt && <div className="thing__note"><time dateTime={createdAt} title={wholeTime(createdAt)}>connected {ago(createdAt)}</time></div>}
      </div>
      <Button small busy={busy} aria-label={`Disconnect ${name}`} onClick={() => void remove()}>Disconnect</Button>
    </li>
  );
}

function Connect({ provider: { id, name } }: { provider: Provider }) {
  const [busy, setBusy] = useState(false);
  return (
    <Button icon="link" busy={busy} onClick={() => {
      setBusy(true);
      linkAccount(id).then(({ location }) => window.location.assign(location), (error) => {
        setBusy(false);
        toastError(error);
      });
    }}>Connect {name}</Button>
  );
}
