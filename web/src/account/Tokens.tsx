/** Tokens for programs: made here, shown once, revoked at any time. */
import { useCallback, useEffect, useState } from 'react';
import { ago, wholeTime } from '../app/time.js';
import { copyText } from '../ui/clipboard.js';
import { Button, ConfirmDialog, Dialog, Icon, IconButton, Input, Notice, Select, Spinner, toast, toastError } from '../ui/index.js';
import { listTokens, makeToken, revokeToken, type ApiToken } from './api.js';
import { fieldOf, refusalInWords } from './words.js';

const DAY_MS = 86_400_000;
const LIVES = [
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: 'A year' },
  { value: '', label: 'No end' },
] as const;

export function Tokens() {
  const [tokens, setTokens] = useState<ApiToken[] | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<ApiToken | null>(null);
  const read = useCallback(() => listTokens().then((answer) => {
    setTokens(answer.tokens);
    setError(null);
  }, (failure: Error) => setError(failure.message)), []);
  useEffect(() => void read(), [read]);
  const revoke = async ({ id, name }: ApiToken): Promise<void> => {
    setRevoking(null);
    try {
      await revokeToken(id);
      toast(`The token “${name}” is revoked`, { kind: 'good' });
    } catch (failure) {
      toastError(failure);
    }
    await read();
  };
  return (
    <>
      {error && <Notice kind="warn">{error}</Notice>}
      {!tokens && !error && <Spinner label="Loading the tokens" />}
      {tokens && tokens.length > 0 && (
        <ul role="list" className="things">
          {tokens.map((token) => (
            <li key={token.id} className="thing">
              <Icon name="key" size={19} />
              <div className="thing__words">
                <div className="thing__name">{token.name}</div>
                <div className="thing__note"><time dateTime={token.createdAt} title={wholeTime(token.createdAt)}>made {ago(token.createdAt)}</time> · {endOf(token.expiresAt)}</div>
              </div>
              <Button small aria-label={`Revoke ${token.name}`} onClick={() => setRevoking(token)}>Revoke</Button>
            </li>
          ))}
        </ul>
      )}
      <Button icon="plus" onClick={() => setMaking(true)}>New token</Button>
      {making && <NewToken onClose={() => setMaking(false)} onMade={read} />}
      {revoking && (
        <ConfirmDialog title={`Revoke “${revoking.name}”?`} confirm="Revoke" danger onConfirm={() => void revoke(revoking)} onClose={() => setRevoking(null)}>
          <p>Programs that use it are refused from now on.</p>
        </ConfirmDialog>
      )}
    </>
  );
}

function endOf(expiresAt: string | null): string {
  if (!expiresAt) return 'no end';
  const days = Math.ceil((Date.parse(expiresAt) - Date.now()) / DAY_MS);
  return days <= 0 ? 'expired' : days === 1 ? 'ends tomorrow' : `ends in ${days} days`;
}

function NewToken({ onClose, onMade }: { onClose(): void; onMade(): Promise<void> }) {
  const [name, setName] = useState('');
  const [life, setLife] = useState('90');
  const [token, setToken] = useState<string | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const make = async (): Promise<void> => {
    setError(name.trim() ? null : 'What is it for?');
    if (!name.trim()) return;
    setBusy(true);
    try {
      const made = await makeToken(name.trim(), life === '' ? null : new Date(Date.now() + Number(life) * DAY_MS).toISOString());
      setToken(made.token);
      await onMade();
    } catch (failure) {
      if (fieldOf(failure) === 'name') setError(refusalInWords(failure));
      else toastError(failure, 'No token was made');
    } finally {
      setBusy(false);
    }
  };
  if (token) {
    return (
      <Dialog title="Your new token" onClose={onClose} foot={<Button kind="primary" data-autofocus onClick={onClose}>I have kept it</Button>}>
        <p>This is the only time that it is shown. Keep it where you keep passwords.</p>
        <Secret text={token} />
        <p className="field__hint">Programs send it as <code>Authorization: Bearer …</code></p>
      </Dialog>
    );
  }
  return (
    <Dialog title="New token" onClose={onClose} foot={<><Button onClick={onClose}>Cancel</Button><Button kind="primary" type="submit" form="new-token" busy={busy}>Make it</Button></>}>
      <form id="new-token" className="settings__form" noValidate onSubmit={(event) => {
        event.preventDefault();
        void make();
      }}>
        <Input label="What it is for" placeholder="Backup script" maxLength={200} value={name} error={error} onChange={(event) => setName(event.target.value)} />
        <Select label="How long it is good" value={life} onChange={(event) => setLife(event.target.value)}>
          {LIVES.map(({ value, label }) => <option key={value} value={value}>{label}</option>)}
        </Select>
      </form>
    </Dialog>
  );
}

function Secret({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  const copy = (): void => {
    copyText(text).then(() => setCopied(true), toastError);
  };
  return <div className="secret"><code>{text}</code><IconButton icon={copied ? 'check' : 'copy'} label={copied ? 'Copied' : 'Copy the token'} onClick={copy} /></div>;
}
