// The page as it is served, and its chat: streaming, threads, without network, hostile texts, long channels, the search; one workspace for all.
import { chat } from './chat.mjs';
import { dialogs } from './dialogs.mjs';
import { long } from './long.mjs';
import { markup } from './markup.mjs';
import { SpokenModel } from './model.mjs';
import { overtaken } from './overtaken.mjs';
import { offline } from './offline.mjs';
import { search } from './search.mjs';
import { served } from './served.mjs';
import { Stage } from './stage.mjs';

export default async function (browser) {
  const model = await SpokenModel.start();
  const stage = await Stage.open(model);
  await served(stage);
  for (const part of [chat, overtaken, dialogs, offline, markup, long, search]) await part(browser, stage, model);
  await stage.server.kill();
  model.close();
}
