// What a network, a server, a browser and a second tab can do to the page; one workspace for all, behind a gate that fails as told.
import { SpokenModel } from './model.mjs';
import { refused } from './refused.mjs';
import { resync } from './resync.mjs';
import { Stage } from './stage.mjs';
import { tabs } from './tabs.mjs';
import { updates } from './updates.mjs';

export default async function (browser) {
  const model = await SpokenModel.start();
  const stage = await Stage.open(model);
  for (const part of [tabs, updates, refused, resync]) await part(browser, stage, model);
  await stage.server.kill();
  model.close();
}
