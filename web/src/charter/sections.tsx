/** The parts of the form that are texts and choices: who it is, how it is, how it writes, how it works, when it hands over. */
import { Input, Segments, Switch, TextArea } from '../ui/index.js';
import { TagInput } from '../ui/TagInput.js';
import { flagAt, LIMITS, textAt } from './charter.js';
import { ChoiceField, ListField, NumberField, TextField, useForm, type Choice } from './fields.js';
import type { Draft } from './draft.js';

function IdentityField({ field, label, hint, placeholder }: { field: 'name' | 'role' | 'discipline'; label: string; hint?: string; placeholder: string }) {
  const { draft, change, touch, problem } = useForm();
  return (
    <Input label={label} hint={hint} placeholder={placeholder} value={draft[field]} error={problem(field)} required maxLength={200} onBlur={() => touch(field)}
      onChange={(event) => change({ [field]: event.target.value } as Partial<Draft>)} />
  );
}

/** How a name is written behind an @: "Vera Tide" → vera-tide. */
const slug = (name: string): string => name.trim().toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '');

function calls({ name }: Draft): string {
  const [first] = name.trim().split(/\s+/);
  const names = [...new Set([slug(first ?? ''), slug(name)])].filter(Boolean);
  return names.length === 0 ? 'People call it by this name.' : `People call it ${names.map((each) => `@${each}`).join(' or ')}.`;
}

export function Identity() {
  const { draft } = useForm();
  return (
    <>
      <IdentityField field="name" label="Name" placeholder="Vera Tide" hint={calls(draft)} />
      <div className="charter__pair">
        <IdentityField field="role" label="Role" placeholder="Release manager" hint={slug(draft.role) ? `What it is here; @${slug(draft.role)} calls it too.` : 'What it is here.'} />
        <IdentityField field="discipline" label="Discipline" placeholder="Delivery" />
      </div>
    </>
  );
}

export function Instructions() {
  const { draft, set, touch, problem } = useForm();
  const text = textAt(draft.charter, 'systemPrompt');
  const size = new TextEncoder().encode(text).length;
  return (
    <TextArea label="Instructions" rows={9} value={text} error={problem('systemPrompt')} onBlur={() => touch('systemPrompt')}
      placeholder="You run the releases. You keep the list of what ships, who owns each item and what still blocks it…"
      onChange={(event) => set('systemPrompt', event.target.value === '' ? undefined : event.target.value)}
      hint={<>Its heart: what it is for, what it does first, what it never does. Write to it, as to a new colleague.
        {size > LIMITS.systemPrompt / 2 && <span className="numbers"> {size.toLocaleString()} of {LIMITS.systemPrompt.toLocaleString()} bytes.</span>}</>} />
  );
}

export function Character() {
  return (
    <>
      <div className="charter__pair">
        <TextField path="personality.tone" label="Tone" placeholder="calm, brisk, with a dry smile" />
        <TextField path="personality.decisionStyle" label="How it decides" placeholder="by checklist; when in doubt, it waits" />
      </div>
      <TextField path="personality.background" label="Background" rows={2} placeholder="Eight years of shipping on Fridays taught her to ship on Tuesdays."
        hint="Where it comes from. One sentence gives a voice more than ten adjectives." />
      <TextField path="personality.interactionStyle" label="How it deals with people" placeholder="asks for the one fact that is missing, then decides" />
      <ListField path="personality.traits" label="Traits" placeholder="organised, unhurried…" hint="Enter or a comma after each." />
      <ListField path="expertise" label="Expertise" placeholder="release planning, rollback…" hint="What one may ask it." />
    </>
  );
}

const FREE: Choice = { value: '', label: 'Free', words: '' };
const LENGTHS: readonly Choice[] = [
  { value: 'concise', label: 'Concise', words: 'One to three sentences, unless somebody asks for more.' },
  { value: 'moderate', label: 'Moderate', words: 'A few short paragraphs.' },
  { value: 'detailed', label: 'Detailed', words: 'With reasons, alternatives and examples.' },
];
const LEVELS: readonly Choice[] = [
  { value: 'basic', label: 'Basic', words: 'Everyday words; no technical knowledge is assumed.' },
  { value: 'intermediate', label: 'Some', words: 'Common technical terms; the unusual ones are explained.' },
  { value: 'advanced', label: 'Advanced', words: 'For experienced people; the basics are skipped.' },
  { value: 'expert', label: 'Expert', words: 'Precise terms and details, no introductions.' },
];
const FORMALITIES: readonly Choice[] = [
  { value: 'casual', label: 'Casual', words: 'As among colleagues who know each other well.' },
  { value: 'professional', label: 'Professional', words: 'Friendly and to the point.' },
  { value: 'formal', label: 'Formal', words: 'Complete sentences, no slang, no emoji.' },
];

const LANGUAGES = ['English', 'German', 'French', 'Spanish', 'Italian', 'Portuguese', 'Dutch', 'Polish', 'Ukrainian', 'Turkish', 'Arabic', 'Hindi', 'Mandarin', 'Japanese', 'Korean'];

export function Writing({ channels }: { channels: readonly string[] }) {
  return (
    <>
      <ChoiceField path="communication.responseLength" label="Length" choices={LENGTHS} none={{ ...FREE, words: 'As long as the question deserves.' }} />
      <ChoiceField path="communication.technicalLevel" label="Technical level" choices={LEVELS} none={{ ...FREE, words: 'As the conversation has it.' }} />
      <ChoiceField path="communication.formality" label="Formality" choices={FORMALITIES} none={{ ...FREE, words: 'As the conversation has it.' }} />
      <ListField path="communication.languages" label="Languages" suggestions={LANGUAGES} placeholder="English"
        hint="None: it answers in the language of the message. Several: in that of the message if it is one of these, else in the first." />
      <ListField path="communication.preferredChannels" label="Its channels" suggestions={channels} placeholder="general"
        hint="Where its subjects belong; it suggests them when a discussion belongs there." />
    </>
  );
}

export function Work() {
  return (
    <div className="charter__pair">
      <NumberField path="operational.targetResponseTimeSeconds" label="Answers within" unit="seconds" placeholder="30" max={LIMITS.responseSeconds}
        hint="What people expect. It keeps answers direct." />
      <NumberField path="operational.maxConcurrentConversations" label="Conversations at once" placeholder="10" max={LIMITS.conversations}
        hint="Further ones wait in its queue." />
    </div>
  );
}

export function HandingOver() {
  const { draft, set } = useForm();
  const path = 'operational.escalation.enabled';
  const on = flagAt(draft.charter, path);
  return (
    <>
      <div className="charter__switch">
        <Switch label="Hand over to people" on={on} onChange={(next) => set(path, next ? true : undefined)} />
        <div>
          <div className="field__label">Hand over to people</div>
          <div className="field__hint">It says openly that somebody else decides, sums up, and promises nothing in their name.</div>
        </div>
      </div>
      {on && (
        <>
          <ListField path="operational.escalation.escalateTo" label="To whom" placeholder="the engineer on call" hint="Names, roles or e-mail addresses, as people here know them." />
          <ListField path="operational.escalation.triggers" label="As soon as this comes up" placeholder="refund, data loss…" hint="Words or short phrases. None: when a matter exceeds what it knows or may do." />
        </>
      )}
    </>
  );
}

export interface Models {
  default: string[];
  providers: Array<{ name: string; configured: boolean; models?: string[] }>;
}

export function Model({ models }: { models: Models | null }) {
  const { draft, change, problem } = useForm();
  const chain = draft.model.split(',').map((each) => each.trim()).filter(Boolean);
  const own = draft.model !== '';
  const known = (models?.providers ?? []).flatMap(({ name, models: names }) => (names ?? []).map((each) => (each ? `${name}/${each}` : name)));
  const missing = [...new Set(chain.map((each) => each.split('/')[0] as string))]
    .filter((name) => models?.providers.some((each) => each.name === name && !each.configured));
  const servers = models && models.default.length > 0 ? models.default.join(', then ') : 'not known';
  return (
    <>
      <div className="field">
        <span className="field__label" aria-hidden="true">Language model</span>
        <Segments label="Language model" value={own ? 'own' : 'server'} options={[{ value: 'server', label: 'The server’s' }, { value: 'own', label: 'Its own' }]}
          onChange={(next) => change({ model: next === 'server' ? '' : models?.default.join(',') || 'rules' })} />
        {!own && <div className="field__hint">Now: {servers}. It changes when the server’s changes.</div>}
      </div>
      {own && (
        <TagInput label="Models, the first to the last to try" values={chain} suggestions={known.length > 0 ? known : ['rules']} max={8} placeholder="provider/model"
          error={problem('model')} onChange={(values) => change({ model: values.length > 0 ? values.join(',') : 'rules' })}
          hint={missing.length > 0 ? `This server has no key for ${missing.join(' and ')}: it goes on to the next.` : 'When one fails, the next is tried. “rules” needs no network and answers by the rules below.'} />
      )}
    </>
  );
}
