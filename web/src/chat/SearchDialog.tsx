/** One field for everything: channels and people at once, messages as the server finds them. */
import { useEffect, useMemo, useRef, useState } from 'react';
import { call, type OrchestratorError } from '../app/connection.js';
import { navigate } from '../app/router.js';
import { useUser } from '../app/session.js';
import { useStore } from '../app/store.js';
import { shortTime } from '../app/time.js';
import type { WireMessage, WireUser } from '../app/wire.js';
import { Avatar } from '../ui/Avatar.js';
import { IconButton } from '../ui/Button.js';
import { Dialog } from '../ui/Dialog.js';
import { Icon } from '../ui/Icon.js';
import { Spinner } from '../ui/Spinner.js';
import { toastError } from '../ui/Toast.js';
import { excerpt } from './excerpt.js';
import { nameOf, people } from './known.js';
import { useFound } from './members.js';
import { lookUpAll } from './people.js';
import { askAgain } from './reading.js';
import { channels, openDirect, pathOf, titleOf } from './workspace.js';

const PLACES_MAX = 6;
const SOME = { limit: 2 * PLACES_MAX };
const WAIT_MS = 180;
const FOUND_MAX = 20;
const PAGES_MAX = 50;
const AGAIN_MS = 1000; // while the server has not indexed every message
const LETTERS_MIN = 2; // of what messages are searched for
const LETTERS_MAX = 256; // docs/reference/websocket.md

interface Hit {
  key: string;
  icon: React.ReactNode;
  title: React.ReactNode;
  note: string;
  /** Somebody's words: they have the width to themselves. */
  said?: boolean;
  open: () => void;
}

interface Found {
  messages: readonly WireMessage[];
  busy: boolean;
  /** What is to be said of them, or why there are none. */
  note: string;
}

interface WireFound {
  messages: WireMessage[];
  next?: string;
  incomplete?: true;
}

const NOTHING: Found = { messages: [], busy: false, note: '' };

function mayBeAsked(query: string): boolean {
  return (query.match(/[\p{L}\p{N}]/gu) ?? []).length >= LETTERS_MIN;
}

function noteOf({ next, incomplete }: WireFound): string {
  if (incomplete) return 'Older messages are still being indexed; they follow.';
  return next ? 'These are the newest; a further word shows older ones.' : '';
}

/** A page may be short, even empty, where many messages in channels that one is not in have the words: the search goes on behind it. */
async function searched(query: string, gone: () => boolean): Promise<WireFound> {
  let found = await call<WireFound>('message.search', { query, limit: FOUND_MAX });
  for (let page = 1; page < PAGES_MAX && found.next !== undefined && found.messages.length < FOUND_MAX && !gone(); page++) {
    const further = await call<WireFound>('message.search', { query, limit: FOUND_MAX - found.messages.length, before: found.next });
    found = { ...further, messages: [...found.messages, ...further.messages] };
  }
  return found;
}

function useMessages(query: string): Found {
  const [state, setState] = useState({ ...NOTHING, query: '' });
  useEffect(() => {
    if (!mayBeAsked(query)) return undefined;
    let gone = false;
    const ask = async (): Promise<void> => {
      try {
        const found = await searched(query, () => gone);
        await lookUpAll(found.messages);
        if (gone) return;
        setState({ messages: found.messages, busy: false, note: noteOf(found), query });
        if (found.incomplete) timer = setTimeout(ask, AGAIN_MS);
      } catch (thrown) {
        const { code, message } = thrown as OrchestratorError;
        if (!gone) setState({ ...NOTHING, query, note: code === 'connection' ? 'Messages are searched when the server is back.' : message });
      }
    };
    let timer = setTimeout(ask, WAIT_MS);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [query]);
  if (!mayBeAsked(query)) return { ...NOTHING, note: query.trim() && 'Messages are searched by words of two letters or more.' };
  return state.query === query ? state : { ...state, busy: true, note: '' };
}

export function SearchDialog({ onClose }: { onClose: () => void }) {
  const user = useUser();
  const { list } = useStore(channels, (state) => state);
  useStore(people, (map) => map);
  const [query, setQuery] = useState('');
  const [picked, setPicked] = useState({ query: '', index: 0 });
  const chosen = picked.query === query ? picked.index : 0;
  const setChosen = (index: number): void => setPicked({ query, index });
  /** Enter was pressed before the answer to this was there. */
  const [eager, setEager] = useState<string | null>(null);
  const results = useRef<HTMLUListElement>(null);
  const { messages, busy, note } = useMessages(query);
  const wanted = query.trim().replace(/^[#@]/, '').toLocaleLowerCase();
  const found = useFound('user.list', SOME, wanted);

  const places = useMemo((): Hit[] => {
    const rooms = list.filter((each) => titleOf(each).toLocaleLowerCase().includes(wanted))
      .sort((a, b) => (b.unread ?? 0) - (a.unread ?? 0) || titleOf(a).localeCompare(titleOf(b))).slice(0, PLACES_MAX)
      .map((each): Hit => ({
        key: each.id, icon: <Icon name={each.type === 'DM' ? 'message' : each.type === 'PRIVATE' ? 'lock' : 'hash'} size={18} />, title: titleOf(each),
        note: each.unread ? `${each.unread} new` : each.type === 'DM' ? 'Direct message' : 'Channel', open: () => navigate(pathOf(each)),
      }));
    const known = new Set(list.map((each) => each.direct?.id));
    const fits = found?.query === wanted ? () => true : ({ shownName }: WireUser) => shownName.toLocaleLowerCase().includes(wanted); // of an earlier question
    const others = wanted ? (found?.users ?? []).filter((each) => each.id !== user.id && !known.has(each.id) && fits(each)).slice(0, PLACES_MAX) : [];
    return [...rooms, ...others.map((each): Hit => ({
      key: each.id, icon: <Avatar id={each.id} name={each.shownName} orchestrator={each.isOrchestrator} size="small" presence={each.presence} />, title: each.shownName,
      note: each.title ?? 'Person', open: () => void openDirect(each.id).then((channel) => navigate(pathOf(channel)), toastError),
    }))];
  }, [list, found, wanted, user.id]);

  const said = messages.map((message): Hit => {
    const channel = list.find((each) => each.id === message.channelId);
    const place = channel ? pathOf(channel) : '/';
    return {
      key: message.id, icon: <Icon name="message" size={18} />, title: excerpt(message.content, query), said: true,
      note: `${nameOf(message.authorId)}, ${channel ? `${channel.type === 'DM' ? '' : '#'}${titleOf(channel)}, ` : ''}${shortTime(message.createdAt)}`,
      open: () => askAgain(() => navigate(message.parentId ? `${place}/t/${message.parentId}?m=${message.id}` : `${place}?m=${message.id}`)),
    };
  });
  const hits = [...places, ...said];
  useEffect(() => {
    results.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);
  useEffect(() => {
    if (eager === query && !busy) go(hits[chosen]);
  }, [eager, query, busy]);

  const go = (hit: Hit | undefined): void => {
    if (!hit) return;
    onClose();
    setTimeout(hit.open, 0); // the dialog gives the focus back first
  };
  const key = (event: React.KeyboardEvent): void => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) setChosen((chosen + by + hits.length) % Math.max(1, hits.length));
    else if (event.key === 'Enter' && busy && chosen >= places.length) setEager(query); // what stands there answers an earlier question
    else if (event.key === 'Enter') go(hits[chosen]);
    else return;
    event.preventDefault();
  };
  const row = (hit: Hit, index: number): React.ReactNode => (
    <li key={hit.key} id={`hit-${index}`} role="option" aria-selected={index === chosen} className={`menu__item hit${hit.said ? ' hit--said' : ''}`} onClick={() => go(hit)} onPointerMove={() => setChosen(index)}>
      {hit.icon}<span className={`hit__title${hit.said ? '' : ' ellipsis'}`}>{hit.title}</span><span className="menu__note">{hit.note}</span>
    </li>
  );
  return (
    <Dialog title="Search" onClose={onClose} bare>
      <div className="search">
        <div className="search__field">
          <Icon name="search" size={19} />
          <input type="text" value={query} placeholder="Messages, channels, people" aria-label="Search" maxLength={LETTERS_MAX} role="combobox" aria-expanded="true" aria-controls="hits"
            aria-activedescendant={hits.length > 0 ? `hit-${chosen}` : undefined} onChange={(event) => setQuery(event.target.value)} onKeyDown={key} autoComplete="off" />
          {busy ? <Spinner label="Searching" /> : <kbd className="key">Esc</kbd>}
          <IconButton icon="close" label="Close" onClick={onClose} />
        </div>
        <ul ref={results} id="hits" role="listbox" aria-label="Results" className="search__hits">
          {places.map((hit, index) => row(hit, index))}
          {said.length > 0 && <li role="presentation" className="search__group">Messages</li>}
          {said.map((hit, index) => row(hit, places.length + index))}
        </ul>
        <div role="status">
          {note && <p className="search__note">{note}</p>}
          {!busy && !note && hits.length === 0 && <p className="search__note">Nothing was found for <span className="search__query">“{query.trim()}”</span>.</p>}
        </div>
      </div>
    </Dialog>
  );
}
