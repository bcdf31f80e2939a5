/** Whose card is open, and beside what. */
import { Store } from '../app/store.js';

export interface OpenCard {
  userId: string;
  anchor: HTMLElement;
}

export const openCard = new Store<OpenCard | null>(null);

export function showPerson(userId: string | null | undefined, anchor: HTMLElement): void {
  if (userId) openCard.set({ userId, anchor });
}
