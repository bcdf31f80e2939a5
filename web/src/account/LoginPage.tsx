/** Login by password or by a provider. What went wrong is said in plain words, and the focus goes where it can be mended. */
import { useEffect, useRef, useState } from 'react';
import { type OrchestratorError } from '../app/connection.js';
import { Link, navigate, Redirect, useQuery, useTitle } from '../app/router.js';
import { signIn, useSession } from '../app/session.js';
import { Button, Input, Notice, toast } from '../ui/index.js';
import { askProviders, logIn, logInWith, safeReturn, type Providers } from './api.js';
import { PasswordInput } from './PasswordInput.js';
import { ProviderMark } from './ProviderMark.js';
import { loginFailure, refusalInWords, wantsOtherAccount } from './words.js';
import { Door } from './Door.js';

/** On the machine of the server, where its owner can make a link. */
const HERE = ['localhost', '127.0.0.1', '[::1]'].includes(window.location.hostname);

/** null: not known; what needs no answer of the server is shown meanwhile. */
function useProviders(): Providers | null {
  const [known, setKnown] = useState<Providers | null>(null);
  useEffect(() => {
    askProviders().then(setKnown, () => setKnown({ password: true, providers: [], setup: false }));
  }, []);
  return known;
}

export default function LoginPage() {
  const query = useQuery();
  const session = useSession();
  const known = useProviders();
  const then = safeReturn(query.get('return'));
  const failure = query.get('error');
  useTitle('Log in');
  if (session.status === 'in') return <AlreadyIn then={then} failed={failure !== null} />;
  return (
    <Door title="Welcome back" lead="Log in to your workspace."
      foot={known?.setup ? <>Nobody is here yet. <Link to="/setup">Set up this workspace</Link></>
        : HERE && <>No password at hand? <code>orchd login-link</code> prints a link that logs you in.</>}>
      {failure && <Notice kind={failure === 'denied' ? 'info' : 'bad'}>{loginFailure(failure)}</Notice>}
      {!failure && session.status === 'out' && session.how === 'ended' && (
        <Notice kind="warn">Your session has ended: it was too old, or it was ended from elsewhere, in the settings or by a new password. Log in to go on.</Notice>
      )}
      {known?.providers.length ? (
        <div className="door__providers">
          {known.providers.map(({ id, name }) => (
            <Button key={id} wide onClick={() => logInWith(id, then, wantsOtherAccount(failure))}><ProviderMark id={id} />Continue with {name}</Button>
          ))}
        </div>
      ) : null}
      {known?.providers.length && known.password ? <div className="door__or"><span>or</span></div> : null}
      {known?.password !== false && <PasswordForm then={then} />}
    </Door>
  );
}

/** Nothing to do here. Whoever comes back from a provider once more (a second tab, the back button) is told that it changed nothing. */
function AlreadyIn({ then, failed }: { then: string; failed: boolean }) {
  useEffect(() => {
    if (failed) toast('You are logged in. The answer of the login provider that came just now was not used.');
  }, [failed]);
  return <Redirect to={then} />;
}

function PasswordForm({ then }: { then: string }) {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const focus = (name: string): void => form.current?.querySelector<HTMLInputElement>(`[name="${name}"]`)?.focus();

  const submit = async (): Promise<void> => {
    if (!email.trim() || !password) {
      setError(email.trim() ? 'Your password, please.' : 'Your e-mail address, please.');
      focus(email.trim() ? 'password' : 'email');
      return;
    }
    setBusy(true);
    setError(null);
    try {
      const { user } = await logIn(email.trim(), password);
      signIn(user);
      navigate(then, { replace: true });
    } catch (failure) {
      const wrong = (failure as OrchestratorError).details?.status === 401;
      setError(wrong ? 'The e-mail address or the password is not right.' : refusalInWords(failure));
      if (wrong) {
        setPassword('');
        focus('password');
      }
    } finally {
      setBusy(false);
    }
  };
  return (
    <form ref={form} className="door__form" noValidate onSubmit={(event) => {
      event.preventDefault();
      void submit();
    }}>
      {error && <Notice kind="bad">{error}</Notice>}
      <Input label="E-mail" name="email" type="email" autoComplete="username" autoFocus maxLength={254} value={email} onChange={(event) => setEmail(event.target.value)} />
      <PasswordInput label="Password" name="password" autoComplete="current-password" maxLength={1024} value={password} onChange={(event) => setPassword(event.target.value)} />
      <Button kind="primary" wide type="submit" busy={busy}>Log in</Button>
    </form>
  );
}
