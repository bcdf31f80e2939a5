/** The address of the page, and views by pattern. `/c/:slug/t/:messageId` hands over {slug, messageId}. */
import { useEffect, type AnchorHTMLAttributes, type MouseEvent } from 'react';
import { Store, useStore } from './store.js';

const location$ = new Store(location.pathname + location.search);

function changed(): void {
  location$.set(location.pathname + location.search);
}

/** Holds back whoever leaves a path; it is handed what goes on. */
type Guard = (proceed: () => void) => void;

let guard: Guard | null = null;

/** Until the returned function is called, nobody leaves this path without `hold` letting them: something is not saved yet. */
export function guardNavigation(hold: Guard): () => void {
  guard = hold;
  return () => {
    if (guard === hold) guard = null;
  };
}

const pathOf = (to: string): string => to.split('?')[0] as string;

window.addEventListener('popstate', () => {
  const to = location.pathname + location.search;
  if (!guard || pathOf(to) === pathOf(location$.get())) {
    changed();
    return;
  }
  history.pushState(null, '', location$.get());
  guard(() => navigate(to, { unguarded: true }));
});

export function navigate(to: string, { replace = false, unguarded = false }: { replace?: boolean; unguarded?: boolean } = {}): void {
  if (to === location$.get()) return;
  if (guard && !unguarded && pathOf(to) !== pathOf(location$.get())) {
    guard(() => navigate(to, { replace, unguarded: true }));
    return;
  }
  history[replace ? 'replaceState' : 'pushState'](null, '', to);
  changed();
}

/** The path with its query. */
export function useAddress(): string {
  return useStore(location$, (address) => address);
}

export function usePath(): string {
  return useStore(location$, (path) => path.split('?')[0] as string);
}

export function useQuery(): URLSearchParams {
  return new URLSearchParams(useStore(location$, (path) => path.split('?')[1] ?? ''));
}

export type Parameters = { [name: string]: string };

/** null: another path. */
export function match(pattern: string, path: string): Parameters | null {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return null;
  const found: Parameters = {};
  for (const [i, part] of wanted.entries()) {
    const value = given[i] as string;
    if (part.startsWith(':')) {
      if (!value) return null;
      try {
        found[part.slice(1)] = decodeURIComponent(value);
      } catch {
        return null;
      }
    } else if (part !== value) return null;
  }
  return found;
}

/** An ordinary link that stays within the page; modified clicks are the browser's. */
export function Link({ to, onClick, ...rest }: { to: string } & AnchorHTMLAttributes<HTMLAnchorElement>) {
  const follow = (event: MouseEvent<HTMLAnchorElement>): void => {
    onClick?.(event);
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(to);
  };
  return <a href={to} onClick={follow} {...rest} />;
}

/** Goes there instead. */
export function Redirect({ to }: { to: string }) {
  useEffect(() => navigate(to, { replace: true }), [to]);
  return null;
}

let title = '';
let mark = '';

function showTitle(): void {
  document.title = `${mark}${title ? `${title} · orchd` : 'orchd'}`;
}

/** The window's title while the view is shown. */
export function useTitle(text: string): void {
  useEffect(() => {
    title = text;
    showTitle();
  }, [text]);
}

/** Stands before every title. */
export function markTitle(text: string): void {
  mark = text;
  showTitle();
}
