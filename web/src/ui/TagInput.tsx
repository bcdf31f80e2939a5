/** A list of short texts: Enter or a comma adds one, Backspace in an empty field takes the last away. */
import { useId, useRef, useState } from 'react';
import { Icon } from './Icon.js';
import { Field } from './Input.js';
import './tags.css';

interface TagInputProps {
  label: string;
  values: readonly string[];
  onChange(values: string[]): void;
  hint?: React.ReactNode;
  error?: string | null | undefined;
  placeholder?: string;
  suggestions?: readonly string[];
  max?: number;
  /** One entry may have a comma in it: only Enter adds. */
  sentences?: boolean;
}

export function TagInput({ label, values, onChange, hint, error, placeholder, suggestions = [], max = 32, sentences = false }: TagInputProps) {
  const [typed, setTyped] = useState('');
  const input = useRef<HTMLInputElement>(null);
  const listId = useId();
  const full = values.length >= max;

  const add = (text: string): void => {
    const entries = (sentences ? [text] : text.split(',')).map((entry) => entry.trim()).filter((entry) => entry !== '' && !values.includes(entry));
    if (entries.length > 0) onChange([...values, ...new Set(entries)].slice(0, max));
    setTyped('');
  };
  const remove = (index: number): void => {
    onChange(values.filter((_, at) => at !== index));
    input.current?.focus();
  };
  const key = (event: React.KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Enter' || (event.key === ',' && !sentences)) {
      event.preventDefault();
      add(typed);
    } else if (event.key === 'Backspace' && typed === '' && values.length > 0) {
      event.preventDefault();
      remove(values.length - 1);
    }
  };
  const changed = (text: string): void => {
    // Chosen from the list, or pasted with commas.
    if (suggestions.includes(text) || (!sentences && text.includes(','))) add(text);
    else setTyped(text);
  };
  return (
    <Field label={label} hint={full ? `These are ${max}, as many as there may be.` : hint} error={error}>
      {(wiring) => (
        <div className="tags input" onMouseDown={(event) => {
          if (event.target !== event.currentTarget) return;
          event.preventDefault();
          input.current?.focus();
        }}>
          {values.map((value, index) => (
            <span key={value} className="tag">
              <span className="tag__text">{value}</span>
              <button type="button" className="tag__remove" aria-label={`Remove ${value}`} onClick={() => remove(index)}><Icon name="close" size={12} /></button>
            </span>
          ))}
          <input ref={input} className="tags__input" {...wiring} value={typed} readOnly={full} list={suggestions.length > 0 ? listId : undefined}
            placeholder={values.length === 0 ? placeholder : undefined} onChange={(event) => changed(event.target.value)} onKeyDown={key} onBlur={() => add(typed)} />
          {suggestions.length > 0 && <datalist id={listId}>{suggestions.filter((each) => !values.includes(each)).map((each) => <option key={each} value={each} />)}</datalist>}
        </div>
      )}
    </Field>
  );
}
