/** Keys that work everywhere, and the list of all of them for the help dialog. */
import { useEffect, useRef } from 'react';

export const MAC = /Mac|iPhone|iPad/.test(navigator.platform);
const MOD = MAC ? '⌘' : 'Ctrl';

export const SHORTCUTS: ReadonlyArray<{ group: string; keys: ReadonlyArray<readonly [keys: readonly string[], what: string]> }> = [
  {
    group: 'Everywhere',
    keys: [
      [[MOD, 'K'], 'Search, or go to a channel or person'],
      [['/'], 'Search'],
      [['Alt', '↑'], 'Channel above'],
      [['Alt', '↓'], 'Channel below'],
      [['Alt', 'Shift', '↓'], 'Next channel with something new'],
      [['F6'], 'Next part of the page'],
      [['?'], 'This list'],
    ],
  },
  {
    group: 'Writing',
    keys: [
      [['Enter'], 'Send'],
      [['Shift', 'Enter'], 'New line'],
      [['@'], 'Mention somebody'],
      [['↑'], 'Edit your last message (in an empty field)'],
      [['Esc'], 'Stop editing, close the thread'],
    ],
  },
  {
    group: 'On a message',
    keys: [
      [['↑', '↓'], 'Message above, below'],
      [['T'], 'Open its thread'],
      [['R'], 'React'],
      [['P'], 'Who wrote it'],
      [['E'], 'Edit'],
      [['C'], 'Copy its text'],
      [['Del'], 'Delete'],
    ],
  },
];

export function inField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/** Calls `handler` for every key of the page; true from it: dealt with. */
export function useKeys(handler: (event: KeyboardEvent) => boolean | void): void {
  const latest = useRef(handler);
  useEffect(() => {
    latest.current = handler;
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (!event.defaultPrevented && latest.current(event)) event.preventDefault();
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);
}

/** Command on a Mac, Control elsewhere. */
export function withMod(event: KeyboardEvent | React.KeyboardEvent): boolean {
  return MAC ? event.metaKey : event.ctrlKey;
}

/** What gets the focus in a part of the page, the first that there is: of messages the one that was walked to. */
const INSIDE = ['[data-region-focus], textarea', 'article[tabindex="0"]', '[tabindex="0"], a[href], button:not([disabled])'];

/** Moves the focus to the next part of the page: each names itself with data-region. */
export function nextRegion(backwards: boolean): void {
  const regions = [...document.querySelectorAll<HTMLElement>('[data-region]')].filter((each) => each.offsetParent !== null);
  const at = regions.findIndex((region) => region.contains(document.activeElement));
  const next = regions[(at + (backwards ? -1 : 1) + regions.length) % regions.length];
  const inside = INSIDE.map((each) => next?.querySelector<HTMLElement>(each)).find((each) => each);
  (inside ?? next)?.focus();
}
