/** What is unread, told where one sees it from another tab: before the title, on the tab's icon, on the icon of the installed page. */
import { markTitle } from '../app/router.js';
import { channels } from './workspace.js';

let shown = '';

function show(): void {
  const unread = channels.get().list.filter((each) => each.unread && !each.archived);
  const forMe = unread.reduce((sum, { type, unread: all = 0, mentions = 0 }) => sum + (type === 'DM' ? all : mentions), 0);
  const mark = forMe > 0 ? `(${forMe}) ` : unread.length > 0 ? '• ' : '';
  if (mark === shown) return;
  shown = mark;
  markTitle(mark);
  document.querySelector('link[rel="icon"]')?.setAttribute('href', mark ? '/icons/icon-unread.svg' : '/icons/icon.svg');
  if (forMe > 0) void navigator.setAppBadge?.(forMe).catch(() => {});
  else void navigator.clearAppBadge?.().catch(() => {});
}

export function startUnread(): void {
  channels.watch(show);
}
