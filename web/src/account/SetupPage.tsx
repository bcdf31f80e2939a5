/** The first visit: who installed orchd becomes its owner, with the code that the server printed. */
import { useEffect, useRef, useState } from 'react';
import { OrchestratorError } from '../app/connection.js';
import { navigate, useTitle } from '../app/router.js';
import { signIn } from '../app/session.js';
import { Button, Input, Notice } from '../ui/index.js';
import { askProviders, setUp } from './api.js';
import { PasswordInput } from './PasswordInput.js';
import { fieldOf, refusalInWords } from './words.js';
import { Door } from './Door.js';
import { takeFragment } from './fragment.js';

const PASSWORD_MIN = 10;

interface Fields {
  code: string;
  organization: string;
  name: string;
  email: string;
  password: string;
}

function missing({ code, name, email, password }: Fields): Partial<Fields> {
  return {
    ...(code.trim() ? {} : { code: 'The code that the server printed when it started.' }),
    ...(name.trim() ? {} : { name: 'What are you called?' }),
    ...(/^[^\s@]+@[^\s@]+$/.test(email.trim()) ? {} : { email: 'An e-mail address, please.' }),
    ...(password.length >= PASSWORD_MIN ? {} : { password: `At least ${PASSWORD_MIN} characters.` }),
  };
}

export default function SetupPage() {
  const [given] = useState(takeFragment);
  const [fields, setFields] = useState<Fields>({ code: given, organization: '', name: '', email: '', password: '' });
  const [wrong, setWrong] = useState<Partial<Fields>>({});
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [closed, setClosed] = useState(false);
  useTitle('Set up');
  useEffect(() => {
    askProviders().then(({ setup }) => setClosed(!setup), () => {}); // sending says why it cannot
  }, []);

  const form = useRef<HTMLFormElement>(null);
  const refuse = (lacking: Partial<Fields>): void => {
    setWrong(lacking);
    form.current?.querySelector<HTMLInputElement>(`[name="${Object.keys(lacking)[0]}"]`)?.focus();
  };
  const submit = async (): Promise<void> => {
    const lacking = missing(fields);
    setWrong({});
    setError(null);
    if (Object.keys(lacking).length > 0) {
      refuse(lacking);
      return;
    }
    setBusy(true);
    try {
      const { code, organization, name, email, password } = fields;
      const { user } = await setUp({
        code: code.trim(), name: name.trim(), email: email.trim(), password, ...(organization.trim() ? { organization: organization.trim() } : {}),
      });
      signIn(user);
      navigate('/', { replace: true });
    } catch (failure) {
      const field = fieldOf(failure);
      if (field !== null && field in fields) refuse({ [field]: refusalInWords(failure) });
      else if (failure instanceof OrchestratorError && failure.code === 'exists') setClosed(true);
      else setError(refusalInWords(failure));
    } finally {
      setBusy(false);
    }
  };
  const wire = (field: keyof Fields) => ({
    name: field, value: fields[field], error: wrong[field],
    onChange: (event: { target: { value: string } }) => {
      setFields((before) => ({ ...before, [field]: event.target.value }));
      setWrong((before) => ({ ...before, [field]: undefined }));
    },
  });

  if (closed) {
    return (
      <Door title="This workspace is set up" lead="Its first user was made already.">
        <Button kind="primary" wide onClick={() => navigate('/login')}>Log in</Button>
      </Door>
    );
  }
  return (
    <Door title="Set the first stone" lead="You are the first one here: you become the owner of this workspace.">
      <form ref={form} className="door__form" noValidate onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}>
        {error && <Notice kind="bad">{error}</Notice>}
        <Input label="Set-up code" autoComplete="off" spellCheck={false} className="mono" maxLength={128} autoFocus={given === ''} hint={given ? undefined : 'The server prints it when it starts, behind the # of an address.'} {...wire('code')} />
        <Input label="Your name" autoComplete="name" maxLength={200} autoFocus={given !== ''} {...wire('name')} />
        <Input label="E-mail" type="email" autoComplete="username" maxLength={254} {...wire('email')} />
        <PasswordInput label="Password" autoComplete="new-password" maxLength={1024} hint={`At least ${PASSWORD_MIN} characters. A short sentence is easy to keep.`} {...wire('password')} />
        <Input label="What the workspace is called (optional)" autoComplete="organization" maxLength={200} placeholder="Lighthouse" {...wire('organization')} />
        <Button kind="primary" wide type="submit" busy={busy}>Set up</Button>
      </form>
    </Door>
  );
}
