/** What the core must know of an orchestrator: names, limits, work hours. */
import type { OrchestratorDaemon } from '../daemon.js';
import { zoneChanges } from '../hours.js';
import { handleOf } from './handle.js';
import type { Host } from './host.js';

const enum FIELD { NAME = 0, DISPLAY_NAME = 1, SLUG = 2, EMAIL = 3, ROLE = 4 }

/** A name as it stands in an address: lower case, words joined by hyphens. */
export function slugOf(name: string): string {
  return name.normalize('NFKD').replace(/\p{M}+/gu, '').toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-+|-+$/g, '');
}

function setText(host: Host, field: number, name: string, text: string | null | undefined): void {
  if (!text) return;
  const error = host.core.wasm.spec_text(field, host.core.putOne(text));
  if (error !== 0) throw new RangeError(`${name} has ${text.length} characters; at most 256 bytes are allowed`);
}

function setHours(host: Host, daemon: OrchestratorDaemon): void {
  const { hours } = daemon.document;
  if (!hours) return;
  const { wasm } = host.core;
  const now = host.now();
  hours.days.forEach((day, index) => {
    wasm.spec_hours_day(index, day?.start ?? 0, day?.end ?? 0);
  });
  // The core's time is not the wall's once a clock was set.
  const skew = Date.now() - now;
  for (const change of zoneChanges(hours.timezone, Date.now())) {
    wasm.spec_hours_zone(Math.max(change.from - skew, 0), change.offset + Math.round(skew / 1000));
  }
}

/** Tells the core; throws what does not fit. */
export function register(host: Host, daemon: OrchestratorDaemon): void {
  const { orchestrator, settings, document, handle } = daemon;
  const { user } = orchestrator;
  const { wasm } = host.core;
  wasm.spec_reset(handle, handleOf(user.id), settings.heartbeatInterval,
    document.maxConcurrentConversations ?? settings.maxConcurrentConversations, 1);
  wasm.spec_flags(0, settings.autoRespond ? 1 : 0);
  setText(host, FIELD.NAME, 'user.name', user.name);
  setText(host, FIELD.DISPLAY_NAME, 'user.displayName', user.displayName);
  setText(host, FIELD.SLUG, 'slug', slugOf(user.name || user.displayName || ''));
  setText(host, FIELD.EMAIL, 'user.email', user.email);
  setText(host, FIELD.ROLE, 'role', orchestrator.role);
  setHours(host, daemon);
  const error = wasm.daemon_register(host.instance, host.now());
  if (error !== 0) throw new RangeError(`orchestrator ${orchestrator.id}: ${host.core.errorText(error)}`);
}
