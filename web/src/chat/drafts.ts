/** What was begun to be written, by conversation; kept over reloads on this device. */
import { currentUser } from '../app/session.js';

const PREFIX = 'orchd.draft.';
const KEPT_MAX = 32_768;

function name(place: string): string {
  return `${PREFIX}${currentUser()?.id ?? ''}.${place}`;
}

export function draftOf(place: string): string {
  return localStorage.getItem(name(place)) ?? '';
}

export function keepDraft(place: string, text: string): void {
  try {
    if (text.trim()) localStorage.setItem(name(place), text.slice(0, KEPT_MAX));
    else localStorage.removeItem(name(place));
  } catch {
    // A full device keeps no drafts.
  }
}

export function forgetDrafts(): void {
  for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
}
