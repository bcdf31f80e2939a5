/** A new orchestrator in under a minute: choose who it is like, give it a name, done. The charter can be refined before or after. */
import { useMemo, useRef, useState } from 'react';
import { request, type OrchestratorError } from '../app/connection.js';
import { PageHead } from '../app/PageHead.js';
import { navigate, useTitle } from '../app/router.js';
import { useStore } from '../app/store.js';
import type { WireChannel, WireOrchestrator } from '../app/wire.js';
import { channels } from '../chat/workspace.js';
import { Avatar, Button, Checkbox, Empty, Icon, Input, toastError } from '../ui/index.js';
import type { Charter } from './charter.js';
import { createOrchestrator, sentence, type Draft } from './draft.js';
import { Editor } from './Editor.js';
import { BLANK, TEMPLATES, type Template } from './templates.js';

/** Office hours of a template are those of who creates it. */
function charterOf({ charter }: Template): Charter {
  const text = JSON.stringify(charter).replace('"timezone":"UTC"', `"timezone":${JSON.stringify(Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC')}`);
  return JSON.parse(text) as Charter;
}

type Step = { at: 'choose' } | { at: 'refine'; draft: Draft } | { at: 'done'; orchestrator: WireOrchestrator };

export function NewOrchestrator() {
  const [step, setStep] = useState<Step>({ at: 'choose' });
  useTitle('New orchestrator');
  if (step.at === 'done') return <Done orchestrator={step.orchestrator} />;
  if (step.at === 'refine') {
    return (
      <Editor initial={step.draft} id="" creating store={(draft) => createOrchestrator(draft, null)} back={() => setStep({ at: 'choose' })}
        onSaved={(orchestrator) => setStep({ at: 'done', orchestrator })} />
    );
  }
  return <Choose refine={(draft) => setStep({ at: 'refine', draft })} done={(orchestrator) => setStep({ at: 'done', orchestrator })} />;
}

function Choose({ refine, done }: { refine(draft: Draft): void; done(orchestrator: WireOrchestrator): void }) {
  const [template, setTemplate] = useState<Template | null>(null);
  const form = useRef<HTMLDivElement>(null);
  const choose = (next: Template): void => {
    setTemplate(next);
    requestAnimationFrame(() => {
      form.current?.scrollIntoView({ block: 'nearest', behavior: 'smooth' });
      form.current?.querySelector<HTMLInputElement>('input')?.select();
    });
  };
  return (
    <div className="page" data-region="new orchestrator">
      <div className="page__inner">
        <PageHead title="New orchestrator" back="/daemons" lead="Choose somebody to begin with. Everything can be changed, now or later." />
        <div className="templates" role="group" aria-label="Templates">
          {[...TEMPLATES, BLANK].map((each) => <Card key={each.id} template={each} chosen={template?.id === each.id} choose={() => choose(each)} />)}
        </div>
        {template && <div ref={form}><NameForm key={template.id} template={template} refine={refine} done={done} /></div>}
      </div>
    </div>
  );
}

function Card({ template: { id, title, summary, sample, name }, chosen, choose }: { template: Template; chosen: boolean; choose(): void }) {
  return (
    <button type="button" className="template" aria-pressed={chosen} onClick={choose}>
      <span className="template__head">
        {name ? <Avatar id={id} name={name} orchestrator /> : <span className="template__plus"><Icon name="plus" /></span>}
        <span className="template__title">{title}</span>
      </span>
      <span className="template__summary">{summary}</span>
      {sample && <span className="template__sample">“{sample}”</span>}
    </button>
  );
}

/** Where it goes: every public channel, or only some. */
function useChannelChoice(): { options: readonly WireChannel[]; everywhere: boolean; chosen: ReadonlySet<string>; setEverywhere(on: boolean): void; toggle(id: string): void } {
  const list = useStore(channels, (state) => state.list);
  const options = useMemo(() => list.filter(({ type, archived }) => type !== 'DM' && !archived).slice(0, 64), [list]);
  const [everywhere, setEverywhere] = useState(true);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const toggle = (id: string): void => setChosen((before) => new Set(before.has(id) ? [...before].filter((each) => each !== id) : [...before, id]));
  return { options, everywhere, chosen, setEverywhere, toggle };
}

function NameForm({ template, refine, done }: { template: Template; refine(draft: Draft): void; done(orchestrator: WireOrchestrator): void }) {
  const [fields, setFields] = useState({ name: template.name, role: template.role, discipline: template.discipline });
  const [refused, setRefused] = useState<{ field: string; message: string } | null>(null);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const { options, everywhere, chosen, setEverywhere, toggle } = useChannelChoice();
  const draft = (): Draft => ({ name: fields.name.trim(), role: fields.role.trim(), discipline: fields.discipline.trim() || 'General', model: '', charter: charterOf(template) });

  const create = async (): Promise<void> => {
    setTried(true);
    if (!fields.name.trim() || !fields.role.trim()) return;
    setBusy(true);
    try {
      done(await createOrchestrator(draft(), everywhere ? null : [...chosen]));
    } catch (error) {
      const { details, message } = error as OrchestratorError;
      if (details?.field && details.field in fields) setRefused({ field: details.field, message: sentence(message) });
      else toastError(error, 'Not created');
    } finally {
      setBusy(false);
    }
  };
  const input = (field: keyof typeof fields, label: string, hint?: string) => (
    <Input label={label} hint={hint} value={fields[field]} maxLength={200} required
      error={refused?.field === field ? refused.message : tried && field !== 'discipline' && !fields[field].trim() ? 'One line, please.' : undefined}
      onChange={(event) => {
        setRefused(null);
        setFields({ ...fields, [field]: event.target.value });
      }} />
  );
  return (
    <form className="naming" noValidate onSubmit={(event) => {
      event.preventDefault();
      void create();
    }}>
      <h2 className="naming__title">What is it called?</h2>
      <div className="naming__fields">
        {input('name', 'Name', 'People write @ and this name.')}
        {input('role', 'Role')}
        {input('discipline', 'Discipline')}
      </div>
      <div className="naming__places">
        <Checkbox label="It joins every public channel" checked={everywhere} onChange={(event) => setEverywhere(event.target.checked)} />
        {!everywhere && (
          <div className="naming__channels" role="group" aria-label="Channels that it joins">
            {options.map(({ id, name }) => <Checkbox key={id} label={name} checked={chosen.has(id)} onChange={() => toggle(id)} />)}
          </div>
        )}
      </div>
      <div className="naming__actions">
        <Button kind="primary" type="submit" busy={busy}>Create</Button>
        <Button onClick={() => refine(draft())}>Look at its charter first</Button>
      </div>
    </form>
  );
}

function Done({ orchestrator: { name, userId, slug } }: { orchestrator: WireOrchestrator }) {
  const write = async (): Promise<void> => {
    try {
      const { channel } = await request<{ channel: WireChannel }>('POST', '/api/channels/direct', { userId });
      navigate(`/c/${encodeURIComponent(channel.slug)}`);
    } catch (error) {
      toastError(error);
    }
  };
  return (
    <Empty picture={<Avatar id={userId} name={name ?? '?'} orchestrator size="large" presence="online" />} title={`${name ?? 'It'} is at work`} actions={(
      <>
        <Button kind="primary" icon="message" onClick={() => void write()}>Say hello</Button>
        <Button icon="edit" onClick={() => navigate(`/orchestrators/${slug}`)}>Refine the charter</Button>
        <Button icon="pulse" onClick={() => navigate(`/daemons/${slug}`)}>See how it is</Button>
      </>
    )}>
      Its daemon runs, and it reads its channels. It answers whoever writes its name with an @.
    </Empty>
  );
}
