/** Light, dark, or as the system has it. early.ts sets it before the first paint. */
import { remember, remembered } from './remembered.js';
import { Store, useStore } from './store.js';

export type Theme = 'system' | 'light' | 'dark';

const KEPT = 'orchd.theme';

function kept(): Theme {
  const value = remembered(KEPT);
  return value === 'light' || value === 'dark' ? value : 'system';
}

export const theme = new Store<Theme>(kept());

function show(value: Theme): void {
  if (value === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = value;
}

export function setTheme(value: Theme): void {
  remember(KEPT, value === 'system' ? null : value);
  show(value);
  theme.set(value);
}

export function useTheme(): Theme {
  return useStore(theme, (value) => value);
}

// Another tab changed it.
window.addEventListener('storage', ({ key }) => {
  if (key !== KEPT) return;
  show(kept());
  theme.set(kept());
});
