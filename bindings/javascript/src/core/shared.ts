/** The one instance of the core in this realm, made by the first use. */
import { Core } from './core.js';

let core: Core | null = null;

export function sharedCore(): Core {
  return (core ??= new Core());
}
