/** A chat beside the form: it answers by what the form says now, saved or not. */
import { useEffect, useMemo, useRef, useState } from 'react';
import { Markdown } from '../chat/Markdown.js';
import { useStore } from '../app/store.js';
import { Avatar, Button, Icon, IconButton, Spinner } from '../ui/index.js';
import { isRegex, listAt, rulesOf, type Charter } from './charter.js';
import type { Draft } from './draft.js';
import { Talk, type Said } from './talk.js';

const TEXT_MAX = 8000;

/** Things worth asking this very charter. */
function suggestions(charter: Charter): string[] {
  const [first] = listAt(charter, 'expertise');
  const [trigger] = listAt(charter, 'operational.escalation.triggers');
  const words = rulesOf(charter).find(({ match }) => match !== '' && !isRegex(match))?.match;
  return [
    'Hello! Who are you?',
    ...(first ? [`What should I know about ${first}?`] : []),
    ...(words ? [words.replace(/^./, (letter) => letter.toUpperCase())] : []),
    ...(trigger ? [`I need help: ${trigger}`] : []),
  ].slice(0, 4);
}

export function TryOut({ id, draft }: { id: string; draft: Draft }) {
  const talk = useMemo(() => new Talk(), []);
  useStore(talk.version, (version) => version);
  useEffect(() => () => talk.stop(), [talk]);
  const end = useRef<HTMLDivElement>(null);
  const [text, setText] = useState('');
  const input = useRef<HTMLTextAreaElement>(null);
  const { said, busy } = talk;
  const newest = said[said.length - 1]?.content.length ?? 0;
  useEffect(() => {
    if (end.current) end.current.scrollTop = end.current.scrollHeight;
  }, [said.length, newest]);

  const say = (words: string): void => {
    if (words.trim() === '' || busy) return;
    setText('');
    void talk.say(words.trim(), draft);
    input.current?.focus();
  };
  const name = draft.name.trim() || 'it';
  return (
    <div className="tryout">
      <div className="tryout__said" ref={end} role="log" aria-label="Try-out" tabIndex={0}>
        {said.length === 0 ? (
          <div className="tryout__hello">
            <Avatar id={id} name={draft.name || '?'} orchestrator size="large" />
            <p>{draft.name.trim() || 'It'} answers by what the form says now, saved or not. Nothing of this is stored.</p>
            <div className="tryout__suggestions">{suggestions(draft.charter).map((each) => <Button key={each} small onClick={() => say(each)}>{each}</Button>)}</div>
          </div>
        ) : said.map((each) => <Bubble key={each.id} said={each} name={name} />)}
      </div>
      <form className="tryout__write" onSubmit={(event) => {
        event.preventDefault();
        say(text);
      }}>
        <textarea ref={input} className="input" rows={1} aria-label={`Say something to ${name}`} placeholder={`Say something to ${name}`} value={text} maxLength={TEXT_MAX}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
              event.preventDefault();
              say(text);
            } else if (event.key === 'Escape' && busy) talk.stop();
          }} />
        {busy ? <IconButton icon="stop" kind="plain" label="Stop the answer" onClick={() => talk.stop()} /> : <IconButton icon="send" kind="primary" label="Send" type="submit" />}
        {said.length > 0 && <IconButton icon="retry" label="Begin anew" onClick={() => talk.clear()} />}
      </form>
    </div>
  );
}

function Bubble({ said: { role, content, state, error, model, tokens }, name }: { said: Said; name: string }) {
  const mine = role === 'user';
  return (
    <div className={`bubble${mine ? ' bubble--mine' : ''}`}>
      <span className="visually-hidden">{mine ? 'You' : name}: </span>
      {content ? <Markdown text={content} live={state === 'waiting'} /> : state === 'waiting' && <span className="bubble__waits"><Spinner label={`${name} is answering`} /></span>}
      {state === 'failed' && <div className="bubble__error" role="alert"><Icon name="warning" size={14} />{error}</div>}
      {state === 'stopped' && <div className="bubble__note">Stopped</div>}
      {state === 'done' && model && <div className="bubble__note">{model}{tokens ? ` · ${tokens.toLocaleString()} tokens` : ''}</div>}
    </div>
  );
}
