// The owner of the machine: who can read DATA/owner.token, from this machine.
import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from '../harness/check.mjs';
import { password, World } from './world.mjs';

export default async function () {
  const world = await World.make();
  const owner = world.ownerToken;
  const { alice } = world.people;

  await test('the token is in a file that only the owner reads', async () => {
    assert.match(owner, /^[0-9a-f]{64}$/);
    assert.equal(statSync(join(world.data, 'owner.token')).mode & 0o777, 0o600);
  });

  await test('it manages, but it is nobody in a channel', async () => {
    const me = await world.get('/api/auth/me', owner);
    assert.deepEqual([me.status, me.body.user, me.body.owner], [200, null, true]);
    assert.ok((await world.get('/api/users', owner)).body.users.length >= 4);
    assert.equal((await world.get('/api/channels', owner)).status, 200);
    assert.equal((await world.get(`/api/channels/${world.general.id}/messages`, owner)).status, 200);
    const said = await world.post(`/api/channels/${world.general.id}/messages`, owner, { content: 'hi' });
    assert.deepEqual([said.status, said.body.error.code], [403, 'forbidden']);
  });

  await test('one bit different is nobody', async () => {
    const forged = (owner[0] === 'a' ? 'b' : 'a') + owner.slice(1);
    assert.equal((await world.get('/api/users', forged)).status, 401);
    assert.equal((await world.get('/api/users', owner.slice(1))).status, 401);
  });

  await test('sessions in the name of others are for the owner alone', async () => {
    for (const token of [alice.token, world.admin])
      assert.equal((await world.post('/api/owner/sessions', token, { email: alice.email })).status, 403);
    assert.equal((await world.post('/api/owner/sessions', null, { email: alice.email })).status, 401);
    const made = await world.post('/api/owner/sessions', owner, { email: alice.email });
    assert.deepEqual([made.status, made.body.user.id], [201, alice.id]);
    assert.equal((await world.get('/api/auth/me', made.body.token)).body.user.id, alice.id);
    const first = await world.post('/api/owner/sessions', owner, {});
    assert.equal(first.body.user.email, world.ownerEmail);
    assert.equal((await world.post('/api/owner/sessions', owner, { email: 'ghost@test.example' })).status, 404);
  });

  await test('people: made by administrators and the owner, with checks', async () => {
    assert.equal((await world.post('/api/users', alice.token, { email: 'x@test.example', name: 'X' })).status, 403);
    const made = await world.post('/api/users', world.admin, { email: 'dora@test.example', name: 'Dora', password, admin: true });
    assert.equal(made.status, 201);
    assert.equal(made.body.user.role, 'ADMIN');
    assert.equal(JSON.stringify(made.body).includes(password), false);
    const again = await world.post('/api/users', owner, { email: 'DORA@test.example', name: 'Dora', password });
    assert.deepEqual([again.status, again.body.error.field], [409, 'email']);
    for (const [body, field] of [
      [{ name: 'N', password }, 'email'],
      [{ email: 'not an address', name: 'N', password }, 'email'],
      [{ email: 'e@test.example', password }, 'name'],
      [{ email: 'e@test.example', name: 'E', password: 'short' }, 'password'],
      [{ email: 'e@test.example', name: 'E', password, admin: 'yes' }, 'admin'],
      [{ email: 'e@test.example', name: 'x'.repeat(300), password }, 'name'],
    ]) {
      const refused = await world.post('/api/users', owner, body);
      assert.deepEqual([refused.status, refused.body.error.field], [400, field], JSON.stringify(body));
    }
  });

  await test('a second setup is refused', async () => {
    const again = await world.post('/api/owner/setup', owner, { organization: 'O', email: 'z@test.example', name: 'Z', password });
    assert.equal(again.status, 409);
    assert.equal((await world.post('/api/owner/setup', world.admin, {})).status, 403);
  });

  await test('the token ends with the server and is another one afterwards', async () => {
    await world.server.kill('SIGTERM');
    assert.equal(existsSync(join(world.data, 'owner.token')), false);
    await world.server.start();
    assert.notEqual(world.ownerToken, owner);
    assert.equal((await world.get('/api/users', owner)).status, 401);
    assert.equal((await world.get('/api/users', world.ownerToken)).status, 200);
  });

  await world.end();
}
