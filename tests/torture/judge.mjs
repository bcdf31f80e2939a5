// Reads everything that is stored and compares it with what the clients were told.
import { api } from '../harness/orchd.mjs';
import { Rpc } from '../harness/rpc.mjs';

async function history(server, token, channelId) {
  const messages = [];
  for (let after = ''; ; ) {
    const query = after ? `&after=${after}` : '&after=0';
    const { status, body } = await api(server.address, token, 'GET', `/api/channels/${channelId}/messages?limit=200${query}`);
    if (status !== 200) throw new Error(`history: ${status} ${JSON.stringify(body)}`);
    messages.push(...body.messages);
    if (!body.next || body.messages.length === 0) return messages;
    after = body.messages.at(-1).id;
  }
}

// All of the feed from its beginning: what a client that was away all the time catches up on.
async function feed(server, token) {
  const rpc = await Rpc.open(server.address, token);
  const entries = [];
  rpc.on('notification', (method, params) => {
    if (params?.cursor !== undefined) entries.push({ method, params });
  });
  await rpc.call('subscribe', { since: 0 });
  await rpc.call('ping').catch(() => {});
  await rpc.close();
  return entries;
}

function once(items, key, what) {
  const seen = new Set();
  for (const item of items) {
    const value = key(item);
    if (seen.has(value)) throw new Error(`${what} is there twice: ${JSON.stringify(item)}`);
    seen.add(value);
  }
  return seen;
}

function checkOrder(messages, clients) {
  for (const client of clients) {
    let last = -1;
    for (const message of messages) {
      const match = /^\[(\d+)-(\d+)\]/.exec(message.content);
      if (!match || Number(match[1]) !== client.index) continue;
      if (Number(match[2]) <= last) throw new Error(`client ${client.index}: message ${match[2]} stands after ${last}`);
      last = Number(match[2]);
    }
  }
}

export async function judge({ server, token, clients, channels, daemons, mayFail, mustFail, meddled }) {
  const all = [];
  for (const channel of channels) {
    const messages = await history(server, token, channel.id);
    checkOrder(messages, clients);
    all.push(...messages);
  }
  once(all, (message) => message.id, 'a message id');
  const own = all.filter((message) => message.clientId);
  once(own, (message) => message.clientId, 'a clientId');
  const replies = all.filter((message) => message.metadata?.replyToId);
  once(replies, (reply) => `${reply.metadata.orchestratorId} ${reply.metadata.replyToId}`, 'a reply');

  const entries = await feed(server, token);
  once(entries, (entry) => entry.params.cursor, 'a cursor');
  const fed = once(entries.filter((entry) => entry.method === 'message.created'), (entry) => entry.params.message.id, 'a fed message');
  for (const message of all) if (!fed.has(message.id)) throw new Error(`the feed misses message ${message.id}`);
  const failures = entries.filter((entry) => entry.method === 'turn.failed');
  if (!meddled) once(failures, (entry) => `${entry.params.orchestratorId} ${entry.params.messageId}`, 'a failure');

  const ended = new Map();
  for (const reply of replies) ended.set(`${reply.metadata.orchestratorId} ${reply.metadata.replyToId}`, 'reply');
  for (const { params } of failures) {
    const key = `${params.orchestratorId} ${params.messageId}`;
    if (ended.get(key) === 'reply' && meddled) continue; // it was tried again
    if (ended.has(key) && !meddled) throw new Error(`answered and failed: ${key}`);
    ended.set(key, 'failure');
  }
  const byClientId = new Map(own.map((message) => [message.clientId, message]));
  let expected = 0;
  for (const client of clients) {
    for (const { clientId, message, addressed } of client.acknowledged) {
      const stored = byClientId.get(clientId);
      if (!stored || stored.id !== message.id) throw new Error(`acknowledged, but not stored: ${clientId} ${JSON.stringify(message)}`);
      for (const orchestratorId of addressed) {
        expected++;
        const end = ended.get(`${orchestratorId} ${message.id}`);
        if (!end) throw new Error(`never answered: ${message.content} (${message.id}) by ${orchestratorId}`);
        if (end === 'failure' && !mayFail) throw new Error(`failed: ${message.content}: ${JSON.stringify(failures[0].params)}`);
      }
    }
  }
  const acknowledged = clients.reduce((sum, client) => sum + client.acknowledged.length, 0);
  if (acknowledged === 0 || expected === 0) throw new Error('the clients got nothing through: nothing was tested');
  if (ended.size !== expected) throw new Error(`${ended.size} turns ended, ${expected} were asked for`);
  if (mustFail && failures.length === 0) throw new Error('the model always fails, but no failure is shown');
  if (own.length !== acknowledged) throw new Error(`${own.length} messages stored, ${acknowledged} acknowledged`);
  void daemons;
  return `${acknowledged} messages, ${replies.length} replies, ${failures.length} failures`;
}
