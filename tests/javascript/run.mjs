// Tests of @neolith/core as it is shipped: installed from its package into an empty project.
import { finish, test } from '../harness/check.mjs';
import { installApp } from './app.mjs';
import { document } from './document.mjs';

installApp();
await document(test);
finish('./dev test javascript');
