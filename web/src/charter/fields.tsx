/** The inputs of the charter's form: each is one path of the charter, with what is explained and what is wrong beside it. */
import { createContext, useContext, type ReactNode } from 'react';
import { Input, Segments, TextArea } from '../ui/index.js';
import { TagInput } from '../ui/TagInput.js';
import { listAt, numberAt, textAt, type Path } from './charter.js';
import type { Editing } from './draft.js';

const EditingContext = createContext<Editing | null>(null);
export const EditingProvider = EditingContext.Provider;

export function useForm(): Editing {
  const editing = useContext(EditingContext);
  if (!editing) throw new Error('there is no form here');
  return editing;
}

interface FieldProps {
  path: Path;
  label: string;
  hint?: ReactNode;
  placeholder?: string;
}

export function TextField({ path, label, hint, placeholder, rows }: FieldProps & { rows?: number }) {
  const { draft, set, touch, problem } = useForm();
  const shared = {
    label, hint, error: problem(path), placeholder, value: textAt(draft.charter, path), onBlur: () => touch(path),
    onChange: (event: { target: { value: string } }) => set(path, event.target.value === '' ? undefined : event.target.value),
  };
  return rows ? <TextArea rows={rows} {...shared} /> : <Input {...shared} />;
}

export function ListField({ path, label, hint, placeholder, suggestions, sentences }: FieldProps & { suggestions?: readonly string[]; sentences?: boolean }) {
  const { draft, set, problem } = useForm();
  return (
    <TagInput label={label} hint={hint} error={problem(path)} values={listAt(draft.charter, path)} {...(placeholder ? { placeholder } : {})}
      {...(suggestions ? { suggestions } : {})} sentences={sentences ?? false} onChange={(values) => set(path, values.length > 0 ? values : undefined)} />
  );
}

export function NumberField({ path, label, hint, placeholder, unit, max }: FieldProps & { unit?: string; max: number }) {
  const { draft, set, touch, problem } = useForm();
  return (
    <Input type="number" inputMode="numeric" min={1} max={max} step={1} className="charter__number" label={unit ? `${label} (${unit})` : label} hint={hint}
      error={problem(path)} placeholder={placeholder} value={numberAt(draft.charter, path) ?? ''} onBlur={() => touch(path)}
      onChange={(event) => set(path, event.target.value === '' ? undefined : event.target.valueAsNumber)} />
  );
}

export interface Choice {
  value: string;
  label: string;
  /** What it does, shown when it is chosen. */
  words: string;
}

/** One of few, or none of them. */
export function ChoiceField({ path, label, choices, none }: { path: Path; label: string; choices: readonly Choice[]; none: Choice }) {
  const { draft, set, problem } = useForm();
  const value = textAt(draft.charter, path);
  const chosen = choices.find((each) => each.value === value) ?? none;
  const error = problem(path);
  return (
    <div className="field">
      <span className="field__label" aria-hidden="true">{label}</span>
      <Segments label={label} value={chosen.value} options={[none, ...choices]} onChange={(next) => set(path, next === '' ? undefined : next)} />
      <div className="field__hint" aria-live="polite">{chosen.words}</div>
      {error && <div className="field__error" role="alert">{error}</div>}
    </div>
  );
}
