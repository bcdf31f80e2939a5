/** A password that one can look at while typing it. */
import { useState, type InputHTMLAttributes, type ReactNode } from 'react';
import { Field } from '../ui/index.js';

interface PasswordInputProps extends Omit<InputHTMLAttributes<HTMLInputElement>, 'type'> {
  label: string;
  hint?: ReactNode;
  error?: string | null | undefined;
}

export function PasswordInput({ label, hint, error, ...rest }: PasswordInputProps) {
  const [shown, setShown] = useState(false);
  return (
    <Field label={label} hint={hint} error={error}>
      {(wiring) => (
        <span className="password">
          <input className="input" type={shown ? 'text' : 'password'} autoCapitalize="off" spellCheck={false} {...wiring} {...rest} />
          <button type="button" className="password__show" aria-pressed={shown} aria-label={`Show the ${label.toLowerCase()}`} onClick={() => setShown(!shown)}>
            {shown ? 'Hide' : 'Show'}
          </button>
        </span>
      )}
    </Field>
  );
}
