// A page that falls behind, a server that comes back with an older state, another server at the same address.
import assert from 'node:assert/strict';
import { join } from 'node:path';

import { until } from '../harness/check.mjs';
import { api, orchdOk, Server, tokenOf } from '../harness/orchd.mjs';
import { Rpc } from '../harness/rpc.mjs';
import { write } from './chat.mjs';
import { Gate } from './gate.mjs';
import { Stage } from './stage.mjs';

const AWAY = { expected: [/WebSocket/, /Failed to load resource/, /ERR_(CONNECTION|EMPTY|SOCKET)/, /status of 401/] };
const said = (page, text) => page.locator('article.message', { hasText: text });
const shown = (page) => page.locator('article.message .md').allTextContents();

async function metric(stage, name) {
  return Number(new RegExp(`^${name} (\\d+)`, 'm').exec(await (await fetch(`${stage.address}/metrics`)).text())[1]);
}

export async function resync(browser, stage, model) {
  const gate = await Gate.open(stage.server);
  const ann = await stage.person(browser, 'ann', { baseURL: gate.address });
  const ben = await tokenOf(stage.data, 'ben@test.example');
  const { body: { channels } } = await stage.api('GET', '/api/channels');
  const idOf = (slug) => channels.find((each) => each.slug === slug).id;
  const [kitchen, room] = [idOf('kitchen'), idOf('engine-room')];

  await browser.test('resync: what came while the page did not keep up is there, once and in order, also answers', async () => {
    await ann.goto('/c/kitchen');
    await ann.getByRole('textbox', { name: /^Message / }).waitFor();
    const rpc = await Rpc.open(stage.address, ben);
    const before = await metric(stage, 'orchd_resyncs_total');
    const asked = model.asked;
    await rpc.call('message.send', { channelId: kitchen, content: 'tide 0' });
    await said(ann, 'tide 0').waitFor();
    gate.hold();
    // Until the buffers of both machines and the server's queue for this client are full.
    const wanted = ['tide 0'];
    let flood = 0;
    await rpc.call('message.send', { channelId: kitchen, content: '@mei is the tide in?' });
    for (; flood < 800 && (await metric(stage, 'orchd_resyncs_total')) === before; flood += 8) {
      wanted.push(`tide ${wanted.length}`);
      await rpc.call('message.send', { channelId: kitchen, content: wanted.at(-1) });
      await Promise.all(Array.from({ length: 8 }, (_, i) => rpc.call('message.send', { channelId: room, content: `flood ${flood + i} ${'x'.repeat(30000)}` })));
    }
    assert.equal(await metric(stage, 'orchd_resyncs_total'), before + 1);
    await until('the model is asked', () => model.asked > asked);
    model.say('It is in.');
    model.end();
    await rpc.call('message.send', { channelId: kitchen, content: '@mei and out again?' });
    await until('the model is asked again', () => model.waiting === 1);
    wanted.push('the last tide');
    await rpc.call('message.send', { channelId: kitchen, content: 'the last tide' });
    gate.release();
    await said(ann, 'the last tide').waitFor();
    await ann.locator('article.message:not(.message--live)', { hasText: 'It is in.' }).waitFor();
    await ann.locator('.message--live').waitFor(); // the second answer is under way
    model.say('Not yet.');
    model.end();
    await ann.locator('article.message:not(.message--live)', { hasText: 'Not yet.' }).waitFor();
    const texts = await shown(ann);
    assert.deepEqual(texts.filter((text) => /tide \d|last tide/.test(text)), wanted.slice(-texts.filter((text) => /tide \d|last tide/.test(text)).length));
    for (const text of ['It is in.', 'Not yet.', 'the last tide']) assert.equal(texts.filter((each) => each === text).length, 1, text);
    await ann.getByRole('img', { name: `${Math.min(flood, 100)} new` }).waitFor(); // the server counts up to 100
    await rpc.close();
  });

  await browser.test('resync: a server that was restored from an older backup: what it does not have is not shown', async () => {
    const backup = join(stage.data, 'older.db');
    await ann.goto('/c/general');
    await write(ann, 'Before the backup.');
    await said(ann, 'Before the backup.').and(ann.locator(':not(.message--waiting):not(.message--sending)')).waitFor();
    await orchdOk(['backup', backup, '--data', stage.data]);
    await write(ann, 'After the backup.');
    await until('the server has it', async () => JSON.stringify((await stage.api('GET', '/api/channels/general/messages?limit=3')).body).includes('After the backup.'));
    await stage.server.kill('SIGTERM');
    await orchdOk(['restore', backup, '--data', stage.data, '--force']);
    await stage.server.start();
    const written = await api(stage.address, ben, 'POST', '/api/channels/general/messages', { content: 'Since the restore.' });
    assert.equal(written.status, 201);
    await said(ann, 'Since the restore.').waitFor();
    await said(ann, 'After the backup.').waitFor({ state: 'detached' });
    assert.deepEqual((await shown(ann)).filter((text) => /backup|restore/.test(text)), ['Before the backup.', 'Since the restore.']);
    await ann.reload();
    await said(ann, 'Since the restore.').waitFor();
    assert.equal(await said(ann, 'After the backup.').count(), 0);
  }, AWAY);

  await browser.test('resync: another server at the same address is shown nothing of the former one, nor sent what was written for it', async () => {
    const other = await Stage.open(model);
    await ann.goto('/c/kitchen');
    await said(ann, 'the last tide').waitFor();
    gate.down = true;
    gate.cut();
    await ann.getByText('You are offline').waitFor();
    await write(ann, 'For the former one alone.');
    await said(ann, 'For the former one alone.').getByText(/Waits to be sent/).waitFor();
    gate.target = other.server;
    gate.down = false;
    await ann.waitForURL(/\/login/);
    await ann.getByLabel('E-mail').fill('ann@test.example');
    await ann.getByLabel('Password', { exact: true }).fill('correct horse battery');
    await ann.keyboard.press('Enter');
    await ann.waitForURL(/\/c\/kitchen/);
    await ann.getByRole('textbox', { name: /^Message / }).waitFor();
    await write(ann, 'For the other one.');
    await until('it is sent', async () => JSON.stringify((await other.api('GET', '/api/channels/kitchen/messages?limit=9')).body).includes('For the other one.'));
    const texts = await shown(ann);
    assert.ok(!texts.some((text) => /tide|former/.test(text)), texts.join());
    const { body } = await other.api('GET', '/api/channels/kitchen/messages?limit=50');
    assert.ok(!JSON.stringify(body).includes('former'));

    gate.target = stage.server;
    gate.cut();
    await ann.waitForURL(/\/login/);
    await ann.getByLabel('E-mail').fill('ann@test.example');
    await ann.getByLabel('Password', { exact: true }).fill('correct horse battery');
    await ann.keyboard.press('Enter');
    await said(ann, 'For the former one alone.').and(ann.locator(':not(.message--waiting):not(.message--sending)')).waitFor();
    await said(ann, 'For the other one.').waitFor({ state: 'detached' });
    await other.server.kill();
  }, AWAY);

  await ann.context().close();
  await gate.close();
}
