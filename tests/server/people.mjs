// Who there is: found by what one types, in pages; those that are named; and whose presence is told.
import assert from 'node:assert/strict';
import { test, until } from '../harness/check.mjs';
import { Listener, World } from './world.mjs';

const names = (list) => list.map(({ shownName }) => shownName);

/** All pages of a list, each of `limit`. */
async function pagesOf(rpc, method, key, params) {
  const pages = [];
  for (let after; pages.length < 100; ) {
    const page = await rpc.call(method, { ...params, ...(after ? { after } : {}) });
    pages.push(page[key]);
    if (!page.next) return pages;
    after = page.next;
  }
  throw new Error('the pages have no end');
}

async function search(world, rpc) {
  const { alice } = world.people;
  await test('people are found by how a word of their name, slug or e-mail address begins, the name first', async () => {
    const found = async (query, more = {}) => names((await rpc.call('user.list', { query, ...more })).users);
    assert.deepEqual(await found('emi'), ['Emile Zane']);
    assert.deepEqual(await found('ÉM'), ['Émilie Noir', 'Zoe Émil'], 'letters in any case; É is no E');
    assert.deepEqual(await found('zo'), ['Zoe Émil', 'Emile Zane']);
    assert.deepEqual(await found('nobody'), []);
    assert.deepEqual(await found('ile'), [], 'not in the middle of a word');
    assert.deepEqual(await found('robo'), ['Robo Hand']);
    assert.deepEqual(await found('robo', { kind: 'person' }), []);
    assert.deepEqual(await found('robo', { kind: 'orchestrator' }), ['Robo Hand']);
    assert.deepEqual(await found('hand', { limit: 1 }), ['Robo Hand']);
    assert.deepEqual(await found('straSSE'), ['Ida Straße']);
    assert.equal((await world.get('/api/users?query=zo&limit=1', alice.token)).body.users[0].shownName, 'Zoe Émil');
  });
  await test('pages meet without a hole, whatever their size, and say how many there are', async () => {
    const { users: all, total, next } = await rpc.call('user.list');
    assert.equal(all.length, total);
    assert.equal(next, undefined);
    assert.deepEqual(names(all), [...names(all)].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)));
    for (const limit of [1, 3, total - 1, total]) {
      const pages = await pagesOf(rpc, 'user.list', 'users', { limit });
      assert.deepEqual(names(pages.flat()), names(all));
      assert.equal(pages.length, Math.ceil(total / limit));
    }
    await assert.rejects(rpc.call('user.list', { after: 'ghost' }), ({ data }) => data.field === 'after' && data.status === 404);
    await assert.rejects(rpc.call('user.list', { limit: 501 }), ({ data }) => data.field === 'limit');
  });
}

async function places(world, rpc, lab) {
  await test('who writes in a channel is offered those who are in it first, its orchestrators before its people', async () => {
    const { users } = await rpc.call('user.list', { channelId: lab.id });
    assert.deepEqual(names(users).slice(0, 4), ['Robo Hand', 'alice', 'bob', 'Emile Zane'].sort((a, b) => (a === 'Robo Hand' ? -1 : b === 'Robo Hand' ? 1 : a.toLowerCase() < b.toLowerCase() ? -1 : 1)));
    const outside = await rpc.call('user.list', { channelId: lab.id, outside: true });
    assert.equal(outside.total, users.length - 4);
    assert.deepEqual(names(users).slice(4).sort(), names(outside.users).sort());
    await assert.rejects(rpc.call('user.list', { outside: true }), ({ data }) => data.field === 'outside');
    const carol = await world.rpc(world.people.carol.token);
    await assert.rejects(carol.call('user.list', { channelId: lab.id }), ({ data }) => data.status === 403);
    await carol.close();
  });
  await test('the members of a channel, in pages and searched', async () => {
    const { members, total } = await rpc.call('channel.members', { channelId: lab.slug });
    assert.equal(total, 4);
    assert.deepEqual(names((await pagesOf(rpc, 'channel.members', 'members', { channelId: lab.id, limit: 3 })).flat()), names(members));
    assert.deepEqual(names((await rpc.call('channel.members', { channelId: lab.id, query: 'z' })).members), ['Emile Zane']);
    assert.equal((await rpc.call('channel.members', { channelId: lab.id, kind: 'orchestrator' })).total, 1);
  });
}

async function lookups(world, rpc) {
  await test('users by their ids, by those of their orchestrators, and by what stands behind an @', async () => {
    const { bob } = world.people;
    const [robo] = (await rpc.call('user.list', { query: 'robo' })).users;
    const found = async (params) => names((await rpc.call('user.lookup', params)).users);
    assert.deepEqual(await found({ ids: [bob.id, robo.orchestratorId, 'ghost', robo.id] }), ['bob', 'Robo Hand']);
    assert.deepEqual(await found({ mentions: ['Robo Hand, are you there?'] }), ['Robo Hand']);
    assert.deepEqual(await found({ mentions: ['robo-hand!', 'ROBO please'] }), ['Robo Hand']);
    assert.deepEqual(await found({ mentions: ['émilie noir', 'bobby'] }), ['Émilie Noir']);
    assert.deepEqual(await found({ mentions: ['ida.s hello'] }), ['Ida Straße'], 'the local part of the address');
    assert.deepEqual(await found({}), []);
    await assert.rejects(rpc.call('user.lookup', { mentions: Array(21).fill('a') }), ({ data }) => data.field === 'mentions');
  });
}

async function presence(world, rpc) {
  await test('presence is told of those that were chosen, and of nobody else', async () => {
    const { bob, carol } = world.people;
    const listener = new Listener(rpc);
    await rpc.call('subscribe', { presence: [carol.id, 'ghost'] });
    const sockets = [await world.rpc(bob.token), await world.rpc(carol.token)];
    await listener.next('presence.changed', ({ userId, presence: now }) => userId === carol.id && now === 'online');
    await rpc.call('subscribe', { presence: [bob.id] });
    for (const socket of sockets) await socket.close();
    await listener.next('presence.changed', ({ userId, presence: now }) => userId === bob.id && now === 'offline');
    await until('both are gone', async () => (await rpc.call('user.lookup', { ids: [carol.id] })).users[0].presence === 'offline');
    const told = listener.seen.filter(({ method }) => method === 'presence.changed').map(({ params }) => `${params.userId} ${params.presence}`);
    assert.deepEqual(told.filter((each) => each.startsWith(bob.id)), [`${bob.id} offline`]);
    await rpc.call('subscribe', { presence: 'none' });
  });
}

export default async function () {
  const world = await World.make({ env: { ORCHD_MODEL: 'rules' } });
  const add = async (email, name) => (await world.post('/api/users', world.admin, { email, name })).body.user;
  const zane = await add('zo@test.example', 'Emile Zane');
  await add('z@test.example', 'Zoe Émil');
  await add('noir@test.example', 'Émilie Noir');
  await add('ida.s@test.example', 'Ida Straße');
  const robo = await world.addOrchestrator('Robo Hand');
  const lab = await world.addChannel('Lab', [world.people.alice.id, world.people.bob.id, zane.id, robo.userId]);
  const rpc = await world.rpc(world.people.alice.token);
  if ((await rpc.call('channel.members', { channelId: lab.id })).total === 5) await world.call('DELETE', `/api/channels/${lab.id}/members?email=${world.ownerEmail}`, world.admin);
  await search(world, rpc);
  await places(world, rpc, lab);
  await lookups(world, rpc);
  await presence(world, rpc);
  await rpc.close();
  await world.end();
}
