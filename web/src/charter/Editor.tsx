/** The editor of one orchestrator: the form, and beside it the try-out and what the model is told. */
import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { call, onConnected } from '../app/connection.js';
import { useKeys, withMod } from '../app/shortcuts.js';
import { useStore } from '../app/store.js';
import type { WireOrchestrator } from '../app/wire.js';
import { channels } from '../chat/workspace.js';
import { Avatar, Badge, Button, ConfirmDialog, Icon, IconButton, Segments, toast, toastError } from '../ui/index.js';
import { rulesOf, stepsOf, type Path } from './charter.js';
import { useEditing, type Draft, type Editing } from './draft.js';
import { EditingProvider } from './fields.js';
import { useUnsavedGuard } from './guard.js';
import { Rules } from './Rules.js';
import { Character, HandingOver, Identity, Instructions, Model, Work, Writing, type Models } from './sections.js';
import { TryOut } from './TryOut.js';
import { WorkHours } from './WorkHours.js';

interface Section {
  id: string;
  title: string;
  lead: string;
  /** The paths whose problems are shown here. */
  paths: readonly Path[];
}

const SECTIONS: readonly Section[] = [
  { id: 'who', title: 'Who it is', lead: 'How people call it, and what it is told to be.', paths: ['name', 'role', 'discipline', 'systemPrompt'] },
  { id: 'character', title: 'Character', lead: 'Everything here is optional; each line makes it less like any other.', paths: ['personality', 'expertise'] },
  { id: 'voice', title: 'How it writes', lead: 'Leave a choice free, and the conversation decides.', paths: ['communication'] },
  { id: 'work', title: 'When it works', lead: 'And how much at once.', paths: ['operational.workHours', 'operational.offlineMessage', 'operational.targetResponseTimeSeconds', 'operational.maxConcurrentConversations'] },
  { id: 'handover', title: 'When it hands over', lead: 'What people decide, not programs.', paths: ['operational.escalation'] },
  { id: 'model', title: 'Model', lead: 'Which language model speaks in its name.', paths: ['model'] },
  { id: 'rules', title: 'Rules', lead: 'Sure answers to plain questions.', paths: ['rules'] },
];

const covers = (path: Path, field: Path): boolean => stepsOf(path).every((step, index) => String(stepsOf(field)[index]) === String(step));

type Pane = 'form' | 'try' | 'prompt';

interface EditorProps {
  initial: Draft;
  /** The id for the avatar's colour; '' while it is not made. */
  id: string;
  creating: boolean;
  store(draft: Draft): Promise<WireOrchestrator>;
  onSaved(orchestrator: WireOrchestrator): void;
  back(): void;
  links?: ReactNode;
}

export function Editor({ initial, id, creating, store, onSaved, back, links }: EditorProps) {
  const editing = useEditing(initial);
  const { draft, dirty, saving, problems } = editing;
  const form = useRef<HTMLDivElement>(null);
  const [pane, setPane] = useState<Pane>('form');
  const leaving = useUnsavedGuard(dirty && !saving);
  const saved = useRef<WireOrchestrator | null>(null);

  const save = async (): Promise<void> => {
    try {
      const stored = await editing.save(store);
      if (!stored) {
        setPane('form');
        requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
        return;
      }
      toast(creating ? `${stored.name ?? 'It'} is at work` : 'Saved. It answers by this from the next message on.', { kind: 'good' });
      saved.current = stored;
    } catch (error) {
      toastError(error, 'Not saved');
    }
  };
  // Once the guard knows that nothing is unsaved any more.
  useEffect(() => {
    if (dirty || saving || !saved.current) return;
    const stored = saved.current;
    saved.current = null;
    onSaved(stored);
  });
  useKeys((event) => {
    if (!withMod(event) || event.key.toLowerCase() !== 's') return false;
    if (!saving && (dirty || creating)) void save();
    return true;
  });

  return (
    <EditingProvider value={editing}>
      <div className="charter" data-pane={pane}>
        <header className="charter__head">
          <IconButton icon="back" label="Back" onClick={back} />
          <Avatar id={id || draft.name} name={draft.name || '?'} orchestrator />
          <div className="charter__titles">
            <h1 className="charter__title ellipsis">{draft.name || 'New orchestrator'}</h1>
            <span className="charter__role ellipsis">{draft.role}</span>
          </div>
          {dirty && <Badge kind="warn">Not saved</Badge>}
          <span className="charter__actions">
            {links}
            {dirty && !creating && <Button kind="quiet" onClick={editing.discard}>Discard</Button>}
            <Button kind="primary" busy={saving} aria-disabled={!dirty && !creating} onClick={() => void ((dirty || creating) && save())}>{creating ? 'Create' : 'Save'}</Button>
          </span>
        </header>
        <div className="charter__panes">
          <Segments label="What is shown" value={pane} onChange={setPane}
            options={[{ value: 'form', label: 'Charter' }, { value: 'try', label: 'Try it' }, { value: 'prompt', label: 'Instructions' }]} />
        </div>
        <div className="charter__form" ref={form} data-region="charter">
          <SectionNav editing={editing} form={form} />
          <Sections />
          {problems.length > 0 && <p className="visually-hidden" role="status">{problems.length === 1 ? 'One field needs a look' : `${problems.length} fields need a look`}</p>}
        </div>
        <Side id={id || draft.name} draft={draft} prompt={editing.prompt} pane={pane} setPane={setPane} />
      </div>
      {leaving && (
        <ConfirmDialog title="Leave without saving?" confirm="Leave" danger onConfirm={leaving.go} onClose={leaving.stay}>
          <p>What you changed in this charter is not saved yet.</p>
        </ConfirmDialog>
      )}
    </EditingProvider>
  );
}

function SectionNav({ editing: { problem, problems, draft }, form }: { editing: Editing; form: React.RefObject<HTMLDivElement | null> }) {
  const current = useCurrentSection(form);
  const rules = rulesOf(draft.charter).length;
  return (
    <nav className="charter__nav" aria-label="Parts of the charter">
      {SECTIONS.map(({ id, title, paths }) => {
        const wrong = problems.filter(({ field }) => paths.some((path) => covers(path, field)) && problem(field) !== undefined).length;
        return (
          <a key={id} href={`#${id}`} aria-current={current === id ? 'true' : undefined} onClick={(event) => {
            event.preventDefault();
            const section = form.current?.querySelector<HTMLElement>(`#section-${id}`);
            section?.scrollIntoView({ block: 'start' });
            section?.querySelector<HTMLElement>('h2')?.focus({ preventScroll: true });
          }}>
            {title}
            {id === 'rules' && rules > 0 && wrong === 0 && <span className="charter__count">{rules}</span>}
            {wrong > 0 && <Badge kind="bad" label={`${wrong} to look at`}>{wrong}</Badge>}
          </a>
        );
      })}
    </nav>
  );
}

/** The section that is read: the last whose head has passed the upper third. */
function useCurrentSection(form: React.RefObject<HTMLDivElement | null>): string {
  const [current, setCurrent] = useState('who');
  useEffect(() => {
    const element = form.current;
    if (!element) return undefined;
    const look = (): void => {
      const { top, height } = element.getBoundingClientRect();
      const atEnd = element.scrollTop + element.clientHeight >= element.scrollHeight - 4;
      const passed = SECTIONS.filter(({ id }) => (element.querySelector(`#section-${id}`)?.getBoundingClientRect().top ?? Infinity) < top + height / 3);
      setCurrent((atEnd && element.scrollTop > 0 ? SECTIONS[SECTIONS.length - 1] : passed[passed.length - 1])?.id ?? 'who');
    };
    element.addEventListener('scroll', look, { passive: true });
    return () => element.removeEventListener('scroll', look);
  }, [form]);
  return current;
}

function useModels(): Models | null {
  const [models, setModels] = useState<Models | null>(null);
  useEffect(() => {
    return onConnected(() => call<Models>('model.list').then(setModels, () => {})); // the field works without
  }, []);
  return models;
}

function Sections() {
  const models = useModels();
  const list = useStore(channels, (state) => state.list);
  const slugs = useMemo(() => list.filter(({ type }) => type !== 'DM').map(({ slug }) => slug), [list]);
  const parts: { [id: string]: ReactNode } = {
    who: <><Identity /><Instructions /></>, character: <Character />, voice: <Writing channels={slugs} />, work: <><WorkHours /><Work /></>,
    handover: <HandingOver />, model: <Model models={models} />, rules: <Rules />,
  };
  return SECTIONS.map(({ id, title, lead }) => (
    <section key={id} className="charter__section" id={`section-${id}`} aria-labelledby={`title-${id}`}>
      <div className="charter__about">
        <h2 id={`title-${id}`} tabIndex={-1}>{title}</h2>
        <p>{lead}</p>
      </div>
      <div className="charter__fields">{parts[id]}</div>
    </section>
  ));
}

function Side({ id, draft, prompt, pane, setPane }: { id: string; draft: Draft; prompt: string | null; pane: Pane; setPane(pane: Pane): void }) {
  const shown = pane === 'prompt' ? 'prompt' : 'try';
  return (
    <aside className="charter__side" data-region="try-out" aria-label="Try-out">
      <div className="charter__side-head">
        <Segments label="Beside the form" value={shown} onChange={setPane} options={[{ value: 'try', label: 'Try it' }, { value: 'prompt', label: 'What the model is told' }]} />
      </div>
      <div className="charter__side-body" hidden={shown !== 'try'}><TryOut id={id} draft={draft} /></div>
      {shown === 'prompt' && (
        <div className="prompt" tabIndex={0} role="region" aria-label="What the model is told">
          <p className="field__hint"><Icon name="info" size={14} /> This is how the charter is worded for a language model. It follows the form.</p>
          <pre>{prompt ?? 'It is worded as soon as the charter can be read.'}</pre>
        </div>
      )}
    </aside>
  );
}
