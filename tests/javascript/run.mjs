// Tests of @neolith/core as it is shipped: installed from its package into an empty project.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { finish, test } from '../harness/check.mjs';
import { app, installApp } from './app.mjs';
import { inBrowser } from './browser.mjs';
import { daemon } from './daemon.mjs';
import { document } from './document.mjs';
import { manager } from './manager.mjs';
import { packaged } from './package.mjs';
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
await packaged(test);
await size(test);
await daemon(core, test);
await manager(core, test);
await remote(core, test);
await server(core, test);
await document(test);
await inBrowser();
finish('./dev test javascript');
