// One torture: clients, a killer, and the judge that reads the whole workspace afterwards.
import { api, dataDirectory, initWorkspace, orchdOk, Server, tokenOf } from '../harness/orchd.mjs';
import { until } from '../harness/check.mjs';
import { Client } from './client.mjs';
import { judge } from './judge.mjs';
import { Meddler } from './meddler.mjs';
import { random } from './random.mjs';

const CLIENTS = 8;
const CHANNELS = ['red', 'green', 'blue'];
const ORCHESTRATORS = ['Ada Quill', 'Bruno Steam', 'Mei Lin'];

// People, channels and orchestrators, made by the command line before the server starts.
async function furnish(data) {
  const owner = await initWorkspace(data);
  const emails = [owner];
  for (const name of CHANNELS) await orchdOk(['channel', 'add', name, '--data', data]);
  for (let i = 1; i < CLIENTS; i++) {
    const email = `client${i}@test.example`;
    await orchdOk(['user', 'add', '--email', email, '--name', `Client ${i}`, '--password-stdin', '--data', data], { input: 'correct horse battery\n' });
    emails.push(email);
  }
  for (const name of ORCHESTRATORS) {
    const charter = JSON.stringify({ rules: [{ match: '/./s', reply: `${name} has read it.` }] });
    await orchdOk(
      ['orchestrator', 'add', '--name', name, '--role', 'Worker', '--discipline', 'Test', '--email', `${name.split(' ')[0].toLowerCase()}@test.example`, '--charter', '-', '--data', data],
      { input: charter },
    );
  }
  return Promise.all([...emails.entries()].map(async ([, email]) => email));
}

// Ends when nothing is queued or running any more; fails when nothing has moved for half a minute.
async function settle(server, token) {
  let last = '';
  let moved = Date.now();
  await until('every turn has ended', async () => {
    const { body } = await api(server.address, token, 'GET', '/api/daemons');
    const state = JSON.stringify(body.daemons.map((daemon) => [daemon.queued, daemon.health.totalMessagesProcessed]));
    if (state !== last) moved = Date.now();
    else if (Date.now() - moved > 30000) throw new Error(`nothing moves any more: ${JSON.stringify(body.daemons)}\n${server.log.slice(-4000)}`);
    last = state;
    return body.daemons.every((daemon) => daemon.queued === 0 && daemon.health.activeConversations === 0 && daemon.health.status === 'running');
  }, 300000);
}

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

// `meddled`: somebody stops answers and has failures tried again. `plague`: what happens to the machine, beside the kills (plagues.mjs). `signal` null: no kill.
export async function torture({ seed, rounds, signal, env = {}, args = [], pace = 15, mayFail = false, mustFail = false, meddled = false, plague = null, data = dataDirectory() }) {
  const dice = random(seed);
  const emails = await furnish(data);
  const server = new Server(data, { env: { DAEMON_HEARTBEAT_INTERVAL: '1000', ...env, ...plague?.env }, args });
  await server.start();
  const tokens = [];
  for (const email of emails) tokens.push(await tokenOf(data, email));
  const channels = (await api(server.address, tokens[0], 'GET', '/api/channels')).body.channels.filter((channel) => CHANNELS.includes(channel.slug));
  const daemons = (await api(server.address, tokens[0], 'GET', '/api/daemons')).body.daemons;
  const clients = tokens.map((token, index) => new Client({ index, server, token, channels, daemons, pace, dice: random(seed * 31 + index), window: plague ? 1 : undefined }));
  const meddler = meddled ? new Meddler({ server, token: tokens[0], dice: random(seed * 37) }) : null;
  clients.forEach((client) => client.start());
  meddler?.start();
  for (let round = 0; round < rounds; round++) {
    // Long enough to connect and post, short enough to be cut anywhere.
    await wait(20 + dice() * (round % 5 === 0 ? 40 : 380));
    await plague?.strike(server, dice, wait);
    if (!signal || (plague && dice() < 0.5)) continue;
    const code = await server.kill(signal);
    plague?.spare();
    if (signal === 'SIGTERM' && code !== 0) throw new Error(`seed ${seed}: orchd ended with ${code} on SIGTERM\n${server.log}`);
    await server.start();
  }
  await plague?.end(server);
  await Promise.all(clients.map((client) => client.finish()));
  await meddler?.finish();
  if (meddler && !(meddler.stopped && meddler.retried)) throw new Error(`${meddler.stopped} answers stopped, ${meddler.retried} failures tried again: nothing was tested`);
  await settle(server, tokens[0]);
  try {
    const told = await judge({ server, token: tokens[0], clients, channels, daemons, mayFail, mustFail, meddled });
    const refused = {};
    for (const client of clients) for (const [code, count] of Object.entries(client.refused)) refused[code] = (refused[code] ?? 0) + count;
    plague?.judge?.(refused, server);
    console.log(`       seed ${seed}: ${told}${meddler ? `, ${meddler.stopped} stops, ${meddler.retried} retries` : ''}${plague ? `, refused: ${JSON.stringify(refused)}` : ''}`);
  } finally {
    await server.kill('SIGKILL');
    await plague?.clean?.();
  }
}
