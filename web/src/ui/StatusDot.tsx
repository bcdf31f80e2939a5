import type { DaemonState, Presence } from '../app/wire.js';

/** A dot; `label` where no word beside it says the same. The shapes differ as well as the colours. */
export function StatusDot({ status, label }: { status: Presence | DaemonState; label?: string }) {
  return <span className={`dot dot--${status}`} role={label ? 'img' : undefined} aria-label={label} title={label} />;
}
