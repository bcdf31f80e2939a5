// Tests of @neolith/core as it is shipped: installed from its package into an empty project. `run.mjs PART …` runs some parts of them.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { finish, test } from '../harness/check.mjs';
import { app, installApp } from './app.mjs';
import { inBrowser } from './browser.mjs';
import { daemon } from './daemon.mjs';
import { document } from './document.mjs';
import { guide } from './guide.mjs';
import { manager } from './manager.mjs';
import { packaged } from './package.mjs';
import { mirror } from './mirror.mjs';
import { remote } from './remote.mjs';
import { server } from './server.mjs';
import { size } from './size.mjs';

installApp();
const core = await import(pathToFileURL(join(app, 'node_modules/@neolith/core/dist/index.js')));
await test('package: by require and by import', () => {
  const required = createRequire(join(app, 'app.js'))('@neolith/core');
  for (const name of Object.keys(core)) {
    if (typeof required[name] !== typeof core[name]) throw new Error(`require gives no ${name}`);
  }
});
const parts = {
  packaged: () => packaged(test),
  size: () => size(test),
  daemon: () => daemon(core, test),
  manager: () => manager(core, test),
  remote: () => remote(core, test),
  mirror: () => mirror(core, test),
  server: () => server(core, test),
  document: () => document(test),
  guide: () => guide(test),
  browser: () => inBrowser(),
};
const wanted = process.argv.slice(2);
for (const name of wanted) {
  if (!(name in parts)) throw new Error(`there is no part "${name}"; there are: ${Object.keys(parts).join(' ')}`);
}
for (const [name, run] of Object.entries(parts)) {
  if (wanted.length === 0 || wanted.includes(name)) await run();
}
finish('./dev test javascript');
