/** Fields of forms: a label, the input, a hint, and what is wrong with it. */
import { useId, type InputHTMLAttributes, type ReactNode, type Ref, type SelectHTMLAttributes, type TextareaHTMLAttributes } from 'react';
import { Icon } from './Icon.js';

interface FieldProps {
  label: string;
  hint?: ReactNode;
  error?: string | null | undefined;
}

/** The wiring of a label to what it names. `children` gets the attributes that the input needs. */
export function Field({ label, hint, error, children }: FieldProps & {
  children: (wiring: { id: string; 'aria-describedby': string | undefined; 'aria-invalid': boolean | undefined }) => ReactNode;
}) {
  const id = useId();
  const described = [hint ? `${id}-hint` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ');
  return (
    <div className="field">
      <label className="field__label" htmlFor={id}>{label}</label>
      {children({ id, 'aria-describedby': described || undefined, 'aria-invalid': error ? true : undefined })}
      {hint && <div className="field__hint" id={`${id}-hint`}>{hint}</div>}
      {error && <div className="field__error" id={`${id}-error`} role="alert"><Icon name="warning" size={14} />{error}</div>}
    </div>
  );
}

export function Input({ label, hint, error, className = '', ...rest }: FieldProps & InputHTMLAttributes<HTMLInputElement> & { ref?: Ref<HTMLInputElement> }) {
  return <Field label={label} hint={hint} error={error}>{(wiring) => <input className={`input ${className}`} {...wiring} {...rest} />}</Field>;
}

export function TextArea({ label, hint, error, className = '', ...rest }: FieldProps & TextareaHTMLAttributes<HTMLTextAreaElement> & { ref?: Ref<HTMLTextAreaElement> }) {
  return <Field label={label} hint={hint} error={error}>{(wiring) => <textarea className={`input ${className}`} {...wiring} {...rest} />}</Field>;
}

export function Select({ label, hint, error, className = '', children, ...rest }: FieldProps & SelectHTMLAttributes<HTMLSelectElement> & { children: ReactNode }) {
  return <Field label={label} hint={hint} error={error}>{(wiring) => <select className={`input ${className}`} {...wiring} {...rest}>{children}</select>}</Field>;
}

export function Checkbox({ label, hint, ...rest }: { label: ReactNode; hint?: ReactNode } & Omit<InputHTMLAttributes<HTMLInputElement>, 'type'>) {
  return (
    <label className="check">
      <input type="checkbox" {...rest} />
      <span>{label}{hint && <span className="field__hint"><br />{hint}</span>}</span>
    </label>
  );
}

export function Switch({ label, on, onChange, disabled }: { label: string; on: boolean; onChange: (on: boolean) => void; disabled?: boolean }) {
  return <button type="button" role="switch" className="switch" aria-checked={on} aria-label={label} disabled={disabled} onClick={() => onChange(!on)} />;
}

/** One of few, all seen at once. Arrow keys move, as between radio buttons. */
export function Segments<Value extends string>({ label, value, options, onChange }: {
  label: string; value: Value; options: ReadonlyArray<{ value: Value; label: ReactNode }>; onChange: (value: Value) => void;
}) {
  const step = (event: React.KeyboardEvent<HTMLDivElement>): void => {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const at = options.findIndex((option) => option.value === value);
    const next = (at + by + options.length) % options.length;
    onChange((options[next] as { value: Value }).value);
    (event.currentTarget.children[next] as HTMLElement).focus();
  };
  return (
    <div className="segments" role="radiogroup" aria-label={label} onKeyDown={step}>
      {options.map((option) => (
        <button key={option.value} type="button" role="radio" className="segments__option" aria-checked={option.value === value}
          tabIndex={option.value === value ? 0 : -1} onClick={() => onChange(option.value)}>{option.label}</button>
      ))}
    </div>
  );
}
