/** What it answers without a language model: the first rule that fits. Also with one, where its chain comes to `rules`. */
import { useRef } from 'react';
import { Badge, Button, IconButton, Input, TextArea } from '../ui/index.js';
import { isRegex, LIMITS, rulesOf, type Json, type Rule } from './charter.js';
import { useForm } from './fields.js';

export function Rules() {
  const { draft, set } = useForm();
  const list = useRef<HTMLOListElement>(null);
  const rules = rulesOf(draft.charter);
  const store = (next: Rule[]): void => set('rules', next.length > 0 ? (next as Json[]) : undefined);
  const focus = (index: number): void => {
    requestAnimationFrame(() => list.current?.children[index]?.querySelector('input')?.focus());
  };
  const add = (): void => {
    store([...rules, { match: '', reply: '' }]);
    focus(rules.length);
  };
  const move = (from: number, to: number): void => {
    const next = [...rules];
    const [moved] = next.splice(from, 1);
    next.splice(to, 0, moved as Rule);
    store(next);
    focus(to);
  };
  return (
    <>
      <p className="field__hint">
        The first rule that fits answers; it needs no network. <b>Words</b> fit where a message has them, as whole words.
        Between slashes stands a <b>regular expression</b>: <code>/\b(hi|hello)\b/i</code>.
      </p>
      <ol role="list" className="rules" ref={list}>
        {rules.map((rule, index) => (
          // Rules have no ids; their place is what they are.
          <li key={index} className="rule">
            <RuleFields index={index} rule={rule} />
            <div className="rule__tools">
              <IconButton small icon="up" label={`Rule ${index + 1}: earlier`} disabled={index === 0} onClick={() => move(index, index - 1)} />
              <IconButton small icon="down" label={`Rule ${index + 1}: later`} disabled={index === rules.length - 1} onClick={() => move(index, index + 1)} />
              <IconButton small icon="trash" label={`Rule ${index + 1}: remove`} onClick={() => {
                store(rules.filter((_, at) => at !== index));
                focus(Math.max(0, index - 1));
              }} />
            </div>
          </li>
        ))}
      </ol>
      <Button icon="plus" disabled={rules.length >= LIMITS.rules} onClick={add}>{rules.length === 0 ? 'Add the first rule' : 'Add a rule'}</Button>
    </>
  );
}

function RuleFields({ index, rule }: { index: number; rule: Rule }) {
  const { set, touch, problem } = useForm();
  const at = `rules[${index}]`;
  const actions = Array.isArray(rule.actions) ? rule.actions.length : 0;
  return (
    <div className="rule__fields" role="group" aria-label={`Rule ${index + 1}`}>
      <Input label="When a message has" value={rule.match} className={isRegex(rule.match) ? 'mono' : ''} spellCheck={false} placeholder="hello, or /\bh(i|ello)\b/i"
        error={problem(`${at}.match`)} onBlur={() => touch(`${at}.match`)} onChange={(event) => set(`${at}.match`, event.target.value)} />
      <TextArea label="it answers" rows={2} value={rule.reply} placeholder="Hello! What are you shipping today?" error={problem(`${at}.reply`)} onBlur={() => touch(`${at}.reply`)}
        onChange={(event) => set(`${at}.reply`, event.target.value)} />
      {(isRegex(rule.match) || actions > 0) && (
        <div className="rule__badges">
          {isRegex(rule.match) && <Badge kind="accent">regular expression</Badge>}
          {actions > 0 && <Badge>{actions === 1 ? 'one action' : `${actions} actions`}</Badge>}
        </div>
      )}
    </div>
  );
}
