// The log: rotated under load, on a full disk, read by nobody, and silent about what is secret.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test, until } from '../harness/check.mjs';
import { api, dataDirectory, orchd, orchdOk, program, Server, tokenOf } from '../harness/orchd.mjs';
import { makeWorkspace, Served } from './workspace.mjs';

const parse = (text) => text.split('\n').filter(Boolean).map((line) => JSON.parse(line));

export default async function () {
  const data = await makeWorkspace();
  const folder = dataDirectory();
  const log = join(folder, 'orchd.log');

  await test('rotated again and again under load: no line is lost and none is torn', async () => {
    const served = await Served.start(data, { args: ['--log', log, '--log-level', 'debug'] });
    let going = true, said = 0;
    const writers = Array.from({ length: 4 }, async () => {
      for (; going; said++) await served.say('@pip ping');
    });
    for (let rotation = 0; rotation < 8; rotation++) {
      const target = said + 30;
      await until('there is load', () => said > target);
      renameSync(log, `${log}.${rotation}`);
      served.server.child.kill('SIGHUP');
      await until('the new file is there', () => existsSync(log));
    }
    going = false;
    await Promise.all(writers);
    await until('all are answered', async () => (await served.messages()).filter((message) => message.content === 'pong of Pip').length === said);
    assert.equal(await served.server.kill('SIGTERM'), 0);
    assert.equal(statSync(log).mode & 0o777, 0o600);
    const files = readdirSync(folder).filter((name) => name.startsWith('orchd.log'));
    const lines = files.flatMap((name) => parse(readFileSync(join(folder, name), 'utf8')));
    assert.equal(files.length, 9);
    assert.equal(lines.filter(({ event }) => event === 'log.reopened').length, 8);
    assert.equal(lines.filter(({ event }) => event === 'log.dropped').length, 0);
    assert.equal(lines.filter(({ event }) => event === 'message:processed').length, said, 'one line a message');
    assert.equal(served.server.log, '', 'something went to standard error as well');
  });

  await test('levels, and what is wrong with an option', async () => {
    assert.match((await orchd(['serve', '--data', data, '--log-level', 'loud'])).stderr, /--log-level loud: debug, info, warn and error/);
    assert.match((await orchd(['serve', '--data', data, '--log', '/nowhere/log'])).stderr, /--log \/nowhere\/log cannot be written: No such file/);
    const quiet = await Served.start(data, { args: ['--log-level', 'warn'] });
    await quiet.say('@pip ping');
    assert.equal(await quiet.server.kill('SIGTERM'), 0);
    assert.equal(quiet.server.log, '');
  });

  await test('a log on a full disk stops nobody', async () => {
    const served = await Served.start(data, { args: ['--log', '/dev/full', '--verbose'] });
    await served.say('@pip ping');
    assert.equal((await served.get('/readyz')).status, 200);
    assert.equal(await served.server.kill('SIGTERM'), 0);
  });

  await test('a reader that sleeps stops nobody, and is told what it missed', async () => {
    const child = spawn(program, ['serve', '--data', data, '--listen', '127.0.0.1:0', '--verbose'], { stdio: ['ignore', 'pipe', 'pipe'] });
    try {
      const [line] = await once(createInterface({ input: child.stdout }), 'line');
      const address = line.replace('listening on ', '');
      const token = await tokenOf(data, 'owner@test.example');
      const { body } = await api(address, token, 'GET', '/api/channels');
      const say = () => api(address, token, 'POST', `/api/channels/${body.channels[0].id}/messages`, { content: '@pip ping' });
      for (let i = 0; i < 1500; i += 10) await Promise.all(Array.from({ length: 10 }, say));
      let text = '';
      child.stderr.on('data', (bytes) => (text += bytes));
      await until('some was read', () => text.length > 0);
      await until('it is told', async () => {
        await say();
        return text.includes('"log.dropped"');
      });
      const complete = text.slice(0, text.lastIndexOf('\n'));
      assert.ok(parse(complete).some(({ event, count }) => event === 'log.dropped' && Number(count) > 0));
    } finally {
      child.kill('SIGKILL');
    }
  });

  await test('on a terminal: text, with colours', async () => {
    const script = 'import pty,sys,os\nos.environ["TERM"]="xterm"\nsys.exit(pty.spawn(sys.argv[1:]) >> 8)';
    const child = spawn('python3', ['-c', script, program, 'serve', '--data', data, '--listen', '127.0.0.1:0'], { stdio: ['pipe', 'pipe', 'inherit'] });
    let seen = '';
    child.stdout.on('data', (bytes) => (seen += bytes));
    await until('it listens', () => /server\.listening: The server listens/.test(seen));
    assert.match(seen, /\x1b\[2m\d\d:\d\d:\d\d\.\d{3}Z\x1b\[0m \x1b\[32minfo\x1b\[0m daemon:started: Pip/);
    child.stdin.write('\x03');
    const [code] = await once(child, 'exit');
    assert.equal(code, 0);
  });

  await test('the terminal hangs up: the server ends', async () => {
    const script = 'import pty,sys,os\npid, fd = pty.fork()\nif pid == 0: os.execv(sys.argv[1], sys.argv[1:])\ntext = b""\nwhile b"server.listening" not in text: text += os.read(fd, 4096)\nos.close(fd)\n_, status = os.waitpid(pid, 0)\nsys.exit(0 if os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0 else 1)';
    const code = await new Promise((done) => execFile('python3', ['-c', script, program, 'serve', '--data', data, '--listen', '127.0.0.1:0'], (error) => done(error?.code ?? 0)));
    assert.equal(code, 0);
  });

  await test('no key, token, password or message in the log of a verbose run', async () => {
    const secrets = { key: 'sk-key-of-the-model', password: 'a password nobody sees', words: 'the-words-of-a-message', refused: 'words-of-the-model' };
    const model = createServer((request, response) => {
      request.resume();
      response.writeHead(401, { 'content-type': 'application/json' }).end(JSON.stringify({ error: { message: `bad key ${request.headers.authorization}` } }));
    });
    model.listen(0, '127.0.0.1');
    await once(model, 'listening');
    const server = await new Server(data, {
      args: ['--verbose'],
      env: { DAEMON_VERBOSE: 'true', ORCHD_MODEL: 'openai/gull', OPENAI_BASE_URL: `http://127.0.0.1:${model.address().port}/v1`, OPENAI_API_KEY: secrets.key },
    }).start();
    const owner = readFileSync(join(data, 'owner.token'), 'utf8').trim();
    await orchdOk(['user', 'add', '--data', data, '--email', 'eve@test.example', '--name', 'Eve', '--password-stdin'], { input: `${secrets.password}\n` });
    const token = await tokenOf(data, 'owner@test.example');
    for (const attempt of [secrets.password, `${secrets.password} but wrong`])
      await api(server.address, null, 'POST', '/api/auth/login', { email: 'eve@test.example', password: attempt });
    const { body } = await api(server.address, token, 'GET', '/api/channels');
    await api(server.address, token, 'POST', `/api/channels/${body.channels[0].id}/messages`, { content: `@pip ${secrets.words}` });
    await api(server.address, `${token}x`, 'GET', '/api/channels');
    await until('the turn has failed', () => /message:error/.test(server.log));
    assert.equal(await server.kill('SIGTERM'), 0);
    model.close();
    for (const [name, secret] of Object.entries({ ...secrets, owner, token })) assert.ok(!server.log.includes(secret), `${name} is in the log`);
    assert.ok(parse(server.log).length > 10, 'too little was logged to tell anything');
  });
}
