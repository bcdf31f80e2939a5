/** Which conversation the reader looks at: its end is seen, the page is in front; and which message was asked for. */
import { Store } from '../app/store.js';
import { placeKey } from './workspace.js';

/** Places whose newest message is on the screen. */
export const atEnd = new Store<ReadonlySet<string>>(new Set());

export function setAtEnd(channelId: string, parentId: string | null, seen: boolean): void {
  const key = placeKey(channelId, parentId);
  atEnd.set((set) => {
    if (set.has(key) === seen) return set;
    const next = new Set(set);
    if (seen) next.add(key);
    else next.delete(key);
    return next;
  });
}

export function pageIsSeen(): boolean {
  return document.visibilityState === 'visible' && document.hasFocus();
}

export function isLookedAt(channelId: string, parentId: string | null): boolean {
  return pageIsSeen() && atEnd.get().has(placeKey(channelId, parentId));
}

/** How often a message of the address was asked for: once more shows it once more. */
export const asked = new Store(0);

export function askAgain(go: () => void): void {
  asked.set((times) => times + 1);
  go();
}
