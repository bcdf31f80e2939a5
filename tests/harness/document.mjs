// The user's document: it lies beside the checkout, or where ORCHD_DOCUMENT says. Its samples are what the module must run.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { root } from './orchd.mjs';

function findDocument() {
  if (process.env.ORCHD_DOCUMENT) return process.env.ORCHD_DOCUMENT;
  const above = dirname(root);
  return readdirSync(above)
    .map((folder) => join(above, folder, 'seed/neolith-orchestrator-daemon.md'))
    .find((path) => existsSync(path));
}

/** Its blocks of TypeScript as they stand; null where it is absent. */
export function samples() {
  const document = findDocument();
  if (!document) return null;
  return [...readFileSync(document, 'utf8').matchAll(/```typescript\n([\s\S]*?)```/g)].map(([, code]) => code);
}
