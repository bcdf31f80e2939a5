/** What was begun to be written, by conversation; kept over reloads on this device. */
import { forgetRemembered, remember, remembered } from '../app/remembered.js';
import { currentUser } from '../app/session.js';

const PREFIX = 'orchd.draft.';
const KEPT_MAX = 32_768;

function name(place: string): string {
  return `${PREFIX}${currentUser()?.id ?? ''}.${place}`;
}

export function draftOf(place: string): string {
  return remembered(name(place)) ?? '';
}

export function keepDraft(place: string, text: string): void {
  remember(name(place), text.trim() ? text.slice(0, KEPT_MAX) : null);
}

export function forgetDrafts(): void {
  forgetRemembered(PREFIX);
}
