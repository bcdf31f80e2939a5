/** An orchestrator while it is edited: what is stored, what is changed, what is wrong with it, and how it is saved. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { call, request, useConnection, type OrchestratorError } from '../app/connection.js';
import type { WireOrchestrator } from '../app/wire.js';
import { same, setAt, tidy, type Charter, type Json, type Path, type Problem } from './charter.js';
import { merged, problemAt, problemsOf } from './problems.js';

const CHECK_MS = 450;

export interface Draft {
  name: string;
  role: string;
  discipline: string;
  /** The chain as text; empty: the server's. */
  model: string;
  charter: Charter;
}

export const draftOf = (orchestrator: WireOrchestrator): Draft => ({
  name: orchestrator.name ?? '', role: orchestrator.role, discipline: orchestrator.discipline, model: orchestrator.model ?? '',
  charter: (orchestrator.charter ?? {}) as Charter,
});

const stored = (draft: Draft): Draft => ({
  name: draft.name.trim(), role: draft.role.trim(), discipline: draft.discipline.trim(), model: draft.model.trim(), charter: tidy(draft.charter),
});

export interface Editing {
  draft: Draft;
  dirty: boolean;
  saving: boolean;
  /** The prompt that the server would word; null: not yet known. */
  prompt: string | null;
  /** The fields that are wrong, also those that are not shown yet. */
  problems: Problem[];
  change(part: Partial<Draft>): void;
  set(path: Path, value: Json | undefined): void;
  /** What is wrong with a field, once somebody has been there or tried to save. */
  problem(path: Path): string | undefined;
  touch(path: Path): void;
  discard(): void;
  /** The stored orchestrator; null: something is wrong and is shown now. */
  save(store: (draft: Draft) => Promise<WireOrchestrator>): Promise<WireOrchestrator | null>;
}

export function useEditing(initial: Draft): Editing {
  const [baseline, setBaseline] = useState(initial);
  const [draft, setDraft] = useState(initial);
  const [touched, setTouched] = useState<ReadonlySet<Path>>(new Set());
  const [tried, setTried] = useState(false);
  const [saving, setSaving] = useState(false);
  const [refused, setRefused] = useState<Problem | null>(null);
  const { prompt, checked, stale } = useCheck(draft);

  const ours = useMemo(() => [...identityProblems(draft), ...problemsOf(draft.charter)], [draft]);
  const problems = useMemo(() => merged(refused ? [refused, ...checked] : checked, ours), [ours, checked, refused]);

  const change = useCallback((part: Partial<Draft>): void => {
    setRefused(null);
    setDraft((before) => ({ ...before, ...part }));
  }, []);
  const set = useCallback((path: Path, value: Json | undefined): void => {
    setRefused(null);
    setDraft((before) => ({ ...before, charter: setAt(before.charter, path, value) }));
  }, []);
  const touch = useCallback((path: Path) => setTouched((before) => (before.has(path) ? before : new Set(before).add(path))), []);
  const problem = (path: Path): string | undefined => (tried || [...touched].some((each) => each.startsWith(path)) ? problemAt(problems, path) : undefined);

  const save = async (store: (draft: Draft) => Promise<WireOrchestrator>): Promise<WireOrchestrator | null> => {
    setTried(true);
    if ((stale ? ours : problems).length > 0) return null;
    setSaving(true);
    try {
      const saved = await store(stored(draft));
      setBaseline(draftOf(saved));
      setDraft(draftOf(saved));
      setTried(false);
      setTouched(new Set());
      return saved;
    } catch (error) {
      const { details, message } = error as OrchestratorError;
      if (details?.field === undefined) throw error;
      setRefused(located({ field: details.field, message }));
      return null;
    } finally {
      setSaving(false);
    }
  };

  return {
    draft, saving, prompt, problems, change, set, touch, problem, save,
    dirty: !same(stored(draft) as never, stored(baseline) as never),
    discard: () => {
      setDraft(baseline);
      setTried(false);
      setTouched(new Set());
      setRefused(null);
    },
  };
}

function identityProblems({ name, role, discipline }: Draft): Problem[] {
  return Object.entries({ name, role, discipline }).flatMap(([field, value]) => {
    if (value.trim() === '') return [{ field, message: field === 'name' ? 'What is it called?' : 'One line, please.' }];
    return new TextEncoder().encode(value).length > 200 ? [{ field, message: 'At most 200 bytes are allowed.' }] : [];
  });
}

export const sentence = (words: string): string => words.replace(/^./, (first) => first.toUpperCase()).replace(/([^.!?])$/, '$1.');

/** The rules are compiled as a whole: which of them is wrong stands in the words, "rules: rule 2: the regular expression …". */
function located({ field, message }: Problem): Problem {
  const [, number, rest] = /^rules: rule (\d+): (.*)$/s.exec(message) ?? [];
  if (number === undefined || rest === undefined) return { field: field.replace(/^charter\./, ''), message: sentence(message) };
  const part = /^"?reply/.test(rest) ? 'reply' : 'match';
  return { field: `rules[${Number(number) - 1}].${part}`, message: sentence(rest) };
}

interface Checked {
  prompt: string | null;
  checked: Problem[];
  /** The answer is to an older draft. */
  stale: boolean;
}

/** Asks the server, a moment after the last change, what it thinks of the draft. */
function useCheck({ name, role, discipline, model, charter }: Draft): Checked {
  const [answer, setAnswer] = useState<Checked>({ prompt: null, checked: [], stale: true });
  const latest = useRef(0);
  const online = useConnection((state) => state.phase === 'online');
  useEffect(() => {
    if (!online) return undefined;
    const mine = ++latest.current;
    setAnswer((before) => ({ ...before, stale: true }));
    const timer = setTimeout(() => {
      const who = Object.fromEntries(Object.entries({ name, role, discipline, model }).map(([key, value]) => [key, value.trim()]).filter(([, value]) => value !== ''));
      call<{ problems: Problem[]; prompt: string | null }>('charter.check', { charter: tidy(charter), ...who }).then(({ problems, prompt }) => {
        if (mine !== latest.current) return;
        const checked = problems.map(located);
        setAnswer((before) => ({ prompt: prompt ?? before.prompt, checked, stale: false }));
      }, () => {}); // offline, or not allowed: saving says it
    }, CHECK_MS);
    return () => clearTimeout(timer);
  }, [name, role, discipline, model, charter, online]);
  return answer;
}

/* ---- the server ---- */

export async function readOrchestrator(slug: string): Promise<WireOrchestrator> {
  return (await request<{ orchestrator: WireOrchestrator }>('GET', `/api/orchestrators/${encodeURIComponent(slug)}`)).orchestrator;
}

export async function changeOrchestrator(id: string, draft: Draft): Promise<WireOrchestrator> {
  return (await request<{ orchestrator: WireOrchestrator }>('PATCH', `/api/orchestrators/${encodeURIComponent(id)}`, draft)).orchestrator;
}

export async function createOrchestrator({ model, ...draft }: Draft, channels: readonly string[] | null): Promise<WireOrchestrator> {
  const body = { ...draft, ...(model ? { model } : {}), ...(channels ? { channels } : {}) };
  return (await request<{ orchestrator: WireOrchestrator }>('POST', '/api/orchestrators', body)).orchestrator;
}
