/** One's own account: name, looks, password, where one is logged in, tokens for programs, logins of providers. */
import { useCallback, useEffect, useState, type ReactNode } from 'react';
import { PageHead } from '../app/PageHead.js';
import { navigate, useQuery, useTitle } from '../app/router.js';
import { signIn, signOut, useUser } from '../app/session.js';
import { setTheme, useTheme, type Theme } from '../app/theme.js';
import { Avatar, Button, Icon, Input, Notice, Segments, toast, toastError } from '../ui/index.js';
import './account.css';
import { askProviders, changePassword, changeProfile, listAccounts, type Account, type Provider } from './api.js';
import { Logins } from './Logins.js';
import { PasswordInput } from './PasswordInput.js';
import { Sessions } from './Sessions.js';
import { Tokens } from './Tokens.js';
import { fieldOf, linkFailure, refusalInWords } from './words.js';

export default function SettingsPage() {
  useTitle('Settings');
  const failure = useQuery().get('error');
  return (
    <div className="page" data-region="settings">
      <div className="page__inner settings">
        <PageHead title="Settings"><Button kind="quiet" icon="logout" onClick={() => void signOut().catch(toastError)}>Log out</Button></PageHead>
        {failure && (
          <div className="settings__failure">
            <Notice kind="bad" action={<Button small kind="quiet" onClick={() => navigate('/settings', { replace: true })}>Close</Button>}>{linkFailure(failure)}</Notice>
          </div>
        )}
        <Section title="Profile" about="How others see you."><Profile /></Section>
        <Section title="Appearance" about="On this device."><Appearance /></Section>
        <Ways />
        <Section title="Sessions" about="Where you are logged in. End what you do not know."><Sessions /></Section>
        <Section title="API tokens" about="For programs that act in your name. They may do what you may."><Tokens /></Section>
      </div>
    </div>
  );
}

/** The ways to log in: the password, and logins of providers where there are any. */
function Ways() {
  const [ways, setWays] = useState<{ password: boolean; accounts: Account[]; providers: Provider[] } | null>(null);
  const [error, setError] = useState<string | null>(null);
  const read = useCallback(async (): Promise<void> => {
    try {
      const [{ password, accounts }, { providers }] = await Promise.all([listAccounts(), askProviders()]);
      setWays({ password, accounts, providers });
      setError(null);
    } catch (failure) {
      setError(refusalInWords(failure));
    }
  }, []);
  useEffect(() => void read(), [read]);
  if (error) {
    return (
      <Section title="Ways to log in" about="Your password, and logins of providers.">
        <Notice kind="warn" action={<Button small onClick={() => void read()}>Try again</Button>}>{error}</Notice>
      </Section>
    );
  }
  if (!ways) return null;
  return (
    <>
      <Section title="Password" about={ways.password ? 'Changing it logs you out everywhere else.' : 'You have none yet. With one you can log in without a provider.'}>
        <Password exists={ways.password} changed={read} />
      </Section>
      {ways.providers.length + ways.accounts.length > 0 && (
        <Section title="Connected logins" about="At providers, to log in here as you."><Logins {...ways} changed={read} /></Section>
      )}
    </>
  );
}

export function Section({ title, about, children }: { title: string; about: string; children: ReactNode }) {
  const id = `settings-${title.toLowerCase().replaceAll(' ', '-')}`;
  return (
    <section className="settings__section" aria-labelledby={id}>
      <div>
        <h2 className="settings__title" id={id}>{title}</h2>
        <p className="settings__about">{about}</p>
      </div>
      <div className="settings__content">{children}</div>
    </section>
  );
}

function Profile() {
  const user = useUser();
  const [name, setName] = useState(user.displayName ?? user.name ?? '');
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const save = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      const { user: changed } = await changeProfile({ displayName: name.trim() });
      signIn(changed);
      toast('Saved', { kind: 'good' });
    } catch (failure) {
      if (fieldOf(failure) === 'displayName') setError(refusalInWords(failure));
      else toastError(failure, 'Not saved');
    } finally {
      setBusy(false);
    }
  };
  return (
    <form className="settings__form" onSubmit={(event) => {
      event.preventDefault();
      void save();
    }}>
      <div className="settings__who">
        <Avatar id={user.id} name={user.shownName} size="large" />
        <div><strong>{user.shownName}</strong><div className="settings__about">{user.email}</div></div>
      </div>
      <Input label="Name that others see" value={name} maxLength={200} autoComplete="name" error={error} onChange={(event) => setName(event.target.value)} />
      <Button type="submit" busy={busy}>Save</Button>
    </form>
  );
}

const THEMES: ReadonlyArray<{ value: Theme; label: ReactNode }> = [
  { value: 'system', label: <><Icon name="monitor" size={15} />As the system</> },
  { value: 'light', label: <><Icon name="sun" size={15} />Light</> },
  { value: 'dark', label: <><Icon name="moon" size={15} />Dark</> },
];

function Appearance() {
  return <Segments label="Theme" value={useTheme()} options={THEMES} onChange={setTheme} />;
}

const PASSWORD_MIN = 10;

function Password({ exists, changed }: { exists: boolean; changed(): Promise<void> }) {
  const { email } = useUser();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [wrong, setWrong] = useState<{ current?: string; password?: string }>({});
  const [busy, setBusy] = useState(false);
  const save = async (): Promise<void> => {
    setWrong(next.length < PASSWORD_MIN ? { password: `At least ${PASSWORD_MIN} characters.` } : {});
    if (next.length < PASSWORD_MIN) return;
    setBusy(true);
    try {
      await changePassword(exists ? current : null, next);
      setCurrent('');
      setNext('');
      toast(exists ? 'Your password is changed' : 'You have a password now', { kind: 'good' });
      await changed();
    } catch (failure) {
      setWrong({ [exists && fieldOf(failure) !== 'password' ? 'current' : 'password']: refusalInWords(failure) });
    } finally {
      setBusy(false);
    }
  };
  return (
    <form className="settings__form" onSubmit={(event) => {
      event.preventDefault();
      void save();
    }}>
      <input type="hidden" name="username" autoComplete="username" value={email} readOnly />
      {exists && <PasswordInput label="Current password" autoComplete="current-password" value={current} maxLength={1024} error={wrong.current} onChange={(event) => setCurrent(event.target.value)} />}
      <PasswordInput label="New password" autoComplete="new-password" value={next} maxLength={1024} error={wrong.password} hint={`At least ${PASSWORD_MIN} characters.`} onChange={(event) => setNext(event.target.value)} />
      <Button type="submit" busy={busy}>{exists ? 'Change the password' : 'Set a password'}</Button>
    </form>
  );
}
