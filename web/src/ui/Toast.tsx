/** Short words at the foot of the page. `toast('Saved')` from anywhere; what failed stays longer, what offers something stays. */
import { Store, useStore } from '../app/store.js';
import { Button, IconButton } from './Button.js';
import { Icon } from './Icon.js';

export interface ToastOptions {
  kind?: 'plain' | 'good' | 'bad';
  action?: { label: string; run: () => void };
  /** Milliseconds; 0: until it is closed. Default 5000, with an action or a failure 12000. */
  stays?: number;
}

interface Toast extends ToastOptions {
  id: number;
  text: string;
}

const KEPT_MAX = 3;
const toasts = new Store<readonly Toast[]>([]);
let lastId = 0;

export function dismissToast(id: number): void {
  toasts.set((list) => list.filter((each) => each.id !== id));
}

/** Returns what dismissToast() takes. */
export function toast(text: string, options: ToastOptions = {}): number {
  const id = ++lastId;
  toasts.set((list) => {
    const others = list.filter((each) => each.text !== text);
    const excess = others.find((each) => each.stays !== 0) ?? others[0];
    return [...(others.length < KEPT_MAX ? others : others.filter((each) => each !== excess)), { id, text, ...options }];
  });
  const stays = options.stays ?? (options.action || options.kind === 'bad' ? 12_000 : 5_000);
  if (stays > 0) setTimeout(() => dismissToast(id), stays);
  return id;
}

/** What went wrong, in words of the server or ours. */
export function toastError(error: unknown, what?: string): void {
  const words = error instanceof Error ? error.message : String(error);
  toast(what ? `${what}: ${words}` : words, { kind: 'bad' });
}

export function Toasts() {
  const list = useStore(toasts, (state) => state);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {list.map(({ id, text, kind, action }) => (
        <div key={id} className={`toast${kind ? ` toast--${kind}` : ''}`}>
          {kind && kind !== 'plain' && <span className="toast__mark"><Icon name={kind === 'bad' ? 'warning' : 'check'} size={16} /></span>}
          <span className="toast__text">{text}</span>
          {action && <Button small kind="primary" onClick={() => {
            dismissToast(id);
            action.run();
          }}>{action.label}</Button>}
          <IconButton small icon="close" label="Dismiss" onClick={() => dismissToast(id)} />
        </div>
      ))}
    </div>
  );
}
