/** Where messages are written: it grows with the text, completes names, keeps what was begun. */
import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent, type Ref } from 'react';
import { useStore } from '../app/store.js';
import type { WireMessage } from '../app/wire.js';
import { Avatar } from '../ui/Avatar.js';
import { Button, IconButton } from '../ui/Button.js';
import { Icon } from '../ui/Icon.js';
import { draftOf, keepDraft } from './drafts.js';
import { EmojiPicker } from './EmojiPicker.js';
import { useSuggestions, type Suggestion } from './completion.js';
import { useNames } from './people.js';
import { placeKey, sentTyping, tellTyping, typing } from './workspace.js';

const BYTES_MAX = 32_768; // of a message (docs/reference/http.md)
const BYTES_SHOWN_FROM = 30_000;
const TYPING_NAMED = 3;
const encoder = new TextEncoder();

/** The name that is being typed before the caret. */
function typedName(text: string, caret: number): { from: number; name: string } | null {
  const found = /(?:^|[\s(])@([\p{L}\p{N}._'-]*(?: [\p{L}\p{N}._'-]*)?)$/u.exec(text.slice(0, caret));
  return found ? { from: caret - (found[1] as string).length, name: found[1] as string } : null;
}

interface FieldProps {
  value: string;
  onChange: (text: string) => void;
  onSend: () => void;
  onEscape?: () => void;
  /** The arrow up in an empty field. */
  onUp?: () => void;
  /** Where it is written, for the completion of names; null: none. */
  channelId: string | null;
  placeholder: string;
  label: string;
  autoFocus?: boolean;
  ref?: Ref<HTMLTextAreaElement>;
}

/** The text with its completion of names: a listbox that the arrows walk and Enter or Tab takes from. */
function WritingField({ value, onChange, onSend, onEscape, onUp, channelId, placeholder, label, autoFocus }: FieldProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const [caret, setCaret] = useState(0);
  const [chosen, setChosen] = useState(0);
  const [closed, setClosed] = useState(-1);
  const typed = useMemo(() => typedName(value, caret), [value, caret]);
  const offered = useSuggestions(typed && typed.from !== closed ? typed.name : null, channelId);
  const open = offered.length > 0 && document.activeElement === area.current;

  useLayoutEffect(() => {
    const field = area.current as HTMLTextAreaElement;
    field.style.height = 'auto';
    field.style.height = `${field.scrollHeight}px`;
  }, [value]);
  useEffect(() => setChosen(0), [typed?.name]);
  useEffect(() => {
    if (!autoFocus) return;
    const field = area.current as HTMLTextAreaElement;
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
  }, [autoFocus]);

  const take = ({ text }: Suggestion): void => {
    if (!typed) return;
    const before = value.slice(0, typed.from) + text;
    const after = value.slice(caret);
    onChange(`${before}${after.startsWith(' ') ? '' : ' '}${after}`);
    requestAnimationFrame(() => {
      area.current?.setSelectionRange(before.length + 1, before.length + 1);
      setCaret(before.length + 1);
    });
  };

  const key = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    if (event.nativeEvent.isComposing) return;
    if (open) {
      const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (by) setChosen((chosen + by + offered.length) % offered.length);
      else if ((event.key === 'Enter' && !event.shiftKey) || event.key === 'Tab') take(offered[chosen] as Suggestion);
      else if (event.key === 'Escape') setClosed(typed?.from ?? -1);
      else return;
    } else if (event.key === 'Enter' && !event.shiftKey && !matchMedia('(pointer: coarse)').matches) onSend();
    else if (event.key === 'Escape' && onEscape) onEscape();
    else if (event.key === 'ArrowUp' && value === '' && onUp) onUp();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const moved = (): void => setCaret(area.current?.selectionStart ?? 0);

  return (
    <div className="writing">
      {open && (
        <ul className="menu completion" role="listbox" id={`${id}-names`} aria-label="People">
          {offered.map((each, index) => (
            <li key={each.user?.id ?? 'all'} id={`${id}-${index}`} role="option" aria-selected={index === chosen} className="menu__item"
              onPointerDown={(event) => {
                event.preventDefault();
                take(each);
              }}>
              {each.user ? <Avatar id={each.user.id} name={each.name} orchestrator={each.user.isOrchestrator} size="small" presence={each.user.presence} /> : <Icon name="users" size={18} />}
              <span className="ellipsis">{each.name}</span>
              <span className="menu__note">{each.user ? each.user.title : `@${each.text}`}</span>
            </li>
          ))}
        </ul>
      )}
      <textarea ref={area} rows={1} value={value} placeholder={placeholder} aria-label={label} aria-haspopup="listbox" aria-autocomplete="list"
        aria-controls={open ? `${id}-names` : undefined} aria-activedescendant={open ? `${id}-${chosen}` : undefined} data-region-focus
        onChange={(event) => {
          onChange(event.target.value);
          moved();
        }} onSelect={moved} onKeyDown={key} onBlur={() => setCaret(-1)} enterKeyHint="enter" autoComplete="off" />
    </div>
  );
}

function Typing({ place }: { place: string }) {
  const here = useStore(typing, (map) => map.get(place));
  const names = useNames([...(here?.keys() ?? [])].slice(0, TYPING_NAMED + 1));
  const words = names.length === 0 ? '' : names.length === 1 ? `${names[0]} is writing …` : names.length <= TYPING_NAMED ? `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]} are writing …` : 'Several people are writing …';
  return <div className="composer__typing" aria-hidden={words === ''}>{words}</div>;
}

export interface ComposerProps {
  channelId: string;
  parentId: string | null;
  placeholder: string;
  onSend: (text: string) => void;
  onUp?: () => void;
  onEscape?: () => void;
  autoFocus?: boolean;
}

export function Composer({ channelId, parentId, placeholder, onSend, onUp, onEscape, autoFocus }: ComposerProps) {
  const place = placeKey(channelId, parentId);
  const [text, setText] = useState(() => draftOf(place));
  const [picking, setPicking] = useState<HTMLElement | null>(null);
  const bytes = useMemo(() => encoder.encode(text).length, [text]);
  const tooLong = bytes > BYTES_MAX;
  const ready = text.trim() !== '' && !tooLong;

  const change = (next: string): void => {
    setText(next);
    keepDraft(place, next);
    if (next.trim()) tellTyping(channelId, parentId);
  };
  const send = (): void => {
    if (!ready) return;
    onSend(text.trim());
    change('');
    sentTyping();
  };
  return (
    <form className="composer" data-region="composer" onSubmit={(event) => {
      event.preventDefault();
      send();
    }}>
      <div className={`composer__box${tooLong ? ' composer__box--bad' : ''}`}>
        <WritingField value={text} onChange={change} onSend={send} channelId={channelId} placeholder={placeholder} label={placeholder} autoFocus={autoFocus ?? false}
          {...(onUp ? { onUp } : {})} {...(onEscape ? { onEscape } : {})} />
        <div className="composer__tools">
          {bytes > BYTES_SHOWN_FROM && <span className={`composer__count numbers${tooLong ? ' composer__count--bad' : ''}`}>{BYTES_MAX - bytes}</span>}
          <IconButton icon="smile" label="Add an emoji" aria-haspopup="dialog" onClick={(event) => setPicking(event.currentTarget)} />
          <Button type="submit" kind={ready ? 'primary' : 'quiet'} className="button--icon" aria-label="Send" aria-disabled={!ready} title="Send"><Icon name="send" /></Button>
        </div>
      </div>
      <Typing place={place} />
      {picking && <EmojiPicker anchor={picking} onPick={(emoji) => change(text + emoji)} onClose={() => setPicking(null)} />}
    </form>
  );
}

/** A message of one's own that is being changed, where it stands. */
export function MessageEditor({ message, onSave, onCancel }: { message: WireMessage; onSave: (text: string) => Promise<void>; onCancel: () => void }) {
  const [text, setText] = useState(message.content);
  const [busy, setBusy] = useState(false);
  const save = (): void => {
    const next = text.trim();
    if (!next || next === message.content) {
      onCancel();
      return;
    }
    setBusy(true);
    void onSave(next).finally(() => setBusy(false));
  };
  return (
    <div className="message-editor">
      <div className="composer__box">
        <WritingField value={text} onChange={setText} onSend={save} onEscape={onCancel} channelId={null} placeholder="" label="Edit the message" autoFocus />
      </div>
      <div className="message-editor__foot">
        <Button small onClick={onCancel}>Cancel</Button>
        <Button small kind="primary" busy={busy} onClick={save}>Save</Button>
        <span className="field__hint">Esc cancels, Enter saves</span>
      </div>
    </div>
  );
}
