/** Logins at providers that lead to this account: connected here, and taken away here. */
import { useEffect, useState } from 'react';
import { useQuery } from '../app/router.js';
import { ago, wholeTime } from '../app/time.js';
import { Button, toast, toastError } from '../ui/index.js';
import { linkAccount, unlinkAccount, type Account, type Provider } from './api.js';
import { ProviderMark } from './ProviderMark.js';
import { wantsOtherAccount } from './words.js';

export function Logins({ password, accounts, providers, changed }: { password: boolean; accounts: Account[]; providers: Provider[]; changed(): Promise<void> }) {
  const choose = wantsOtherAccount(useQuery().get('error'));
  const only = !password && accounts.length === 1;
  const free = providers.filter(({ id }) => !accounts.some(({ provider }) => provider === id));
  const nameOf = (provider: string): string => providers.find(({ id }) => id === provider)?.name ?? provider;
  return (
    <>
      {accounts.length > 0 && (
        <ul role="list" className="things">
          {accounts.map((account) => <Connected key={account.id} account={account} name={nameOf(account.provider)} only={only} changed={changed} />)}
        </ul>
      )}
      {free.map((provider) => <Connect key={provider.id} provider={provider} choose={choose} />)}
    </>
  );
}

function Connected({ account: { id, provider, createdAt }, name, only, changed }: { account: Account; name: string; only: boolean; changed(): Promise<void> }) {
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
      <ProviderMark id={provider} />
      <div className="thing__words">
        <div className="thing__name">{name}</div>
        <div className="thing__note">
          {createdAt && <time dateTime={createdAt} title={wholeTime(createdAt)}>connected {ago(createdAt)}</time>}
          {createdAt && only && ' · '}
          {only && 'your only way to log in: set a password before you disconnect it'}
        </div>
      </div>
      {!only && <Button small busy={busy} aria-label={`Disconnect ${name}`} onClick={() => void remove()}>Disconnect</Button>}
    </li>
  );
}

function Connect({ provider: { id, name }, choose }: { provider: Provider; choose: boolean }) {
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    // Back from the provider by the browser's own button: the page may be the one that was left.
    const shown = (): void => setBusy(false);
    window.addEventListener('pageshow', shown);
    return () => window.removeEventListener('pageshow', shown);
  }, []);
  return (
    <Button busy={busy} onClick={() => {
      setBusy(true);
      linkAccount(id, choose).then(({ location }) => window.location.assign(location), (error) => {
        setBusy(false);
        toastError(error);
      });
    }}>{!busy && <ProviderMark id={id} />}Connect {name}</Button>
  );
}
