// The commands on a terminal: a table of daemons, keys, chat's own commands, a model that fails, a server that goes and comes back.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { connect, createServer as createRelay } from 'node:net';
import { once } from 'node:events';
import { test, until } from '../harness/check.mjs';
import { api, dataDirectory, initWorkspace, orchdOk, program, Server, tokenOf } from '../harness/orchd.mjs';
import { SpokenModel } from '../page/model.mjs';

const onTerminal = 'import pty,sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)';

// Their terminals go with them, and the programs on those.
const children = [];
process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')));

// A program on a terminal of its own, what it wrote, and keys that are followed by something.
class Terminal {
  constructor(args, columns = 80) {
    this.seen = '';
    this.child = spawn('python3', ['-c', onTerminal, 'sh', '-c', `stty cols ${columns} rows 24 && exec "$0" "$@"`, program, ...args], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, TERM: 'xterm', NO_COLOR: '' } });
    this.exited = once(this.child, 'exit');
    children.push(this.child);
    this.child.stdout.on('data', (bytes) => {
      this.seen += bytes;
    });
  }

  async type(keys, pattern) {
    const from = this.seen.length;
    this.child.stdin.write(keys);
    await until(() => `${JSON.stringify(keys)} is followed by ${pattern}, seen: ${this.seen.slice(from)}`, () => pattern.test(this.seen.slice(from)));
  }

  async shows(pattern) {
    await until(() => `${pattern} is shown, seen: ${this.seen}`, () => pattern.test(this.seen));
  }

  async end() {
    const [code] = await this.exited;
    return code;
  }
}

await test('serve --welcome: on a terminal with a link that logs in; elsewhere without one', async () => {
  const data = dataDirectory();
  await orchdOk(['init', '--demo', '--data', data]);
  const serving = new Terminal(['serve', '--data', data, '--listen', '127.0.0.1:0', '--welcome']);
  await serving.shows(/listening on (\S+)\r\n[^]*Ctrl-C ends the server[^]*server\.listening/);
  const [, address] = /listening on (\S+)\r/.exec(serving.seen);
  if ((await fetch(`${address}/login`)).headers.get('content-type').startsWith('text/html')) { // the program has a page
    assert.match(serving.seen, /logged in as admin@lighthouse\.example/);
    const [, code] = new RegExp(`${address}/login/link#([\\w-]{43})\r`).exec(serving.seen);
    assert.equal((await api(address, null, 'POST', '/api/auth/login-link', { code })).body.user.email, 'admin@lighthouse.example');
  }
  serving.child.stdin.write('\x03');
  assert.equal(await serving.end(), 0);
  const piped = await new Server(data, { args: ['--welcome'] }).start();
  await until('it has told all', () => piped.log.includes('server.listening'));
  assert.ok(!piped.output.join('\n').includes('#'), 'a file has a secret');
  assert.equal(await piped.kill('SIGTERM'), 0);
});

await test('user set-password: asked for twice, unseen', async () => {
  const data = dataDirectory();
  const email = await initWorkspace(data);
  const ask = () => new Terminal(['user', 'set-password', '--data', data, '--email', email]);
  const set = ask();
  await set.shows(/New password \(nothing: one is made\): $/);
  await set.type('rubbish\x15tide and timeä\x7f\r', /Once more: $/);
  set.child.stdin.write('tide and time\r');
  assert.equal(await set.end(), 0);
  assert.match(set.seen, /has a new password/);
  assert.ok(!/tide|rubbish/.test(set.seen), set.seen);
  const other = ask();
  await other.shows(/New password/);
  await other.type('tide and tides\r', /Once more: $/);
  other.child.stdin.write('tide and times\r');
  assert.equal(await other.end(), 1);
  assert.match(other.seen, /the two are not the same; nothing was changed/);
  const ended = ask();
  await ended.shows(/New password/);
  ended.child.stdin.write('\x03');
  assert.equal(await ended.end(), 1);
  const made = ask();
  await made.shows(/New password/);
  made.child.stdin.write('\r');
  assert.equal(await made.end(), 0);
  assert.match(made.seen, /Password: \S{20} /);
});

await test('status: a table of daemons; --watch redraws on the other screen until Ctrl-C', async () => {
  const data = dataDirectory();
  await orchdOk(['init', '--demo', '--data', data]);
  const server = await new Server(data).start();
  await until('everybody runs', async () => !/initializing|stopped/.test(await orchdOk(['status', '--data', data])));
  await orchdOk(['chat', '--data', data, '@ada what can you do']);
  const table = (await orchdOk(['status', '--data', data])).split('\n');
  assert.match(table[0], /NAME +STATUS +UPTIME +HEARTBEAT/i);
  assert.match(table.find((line) => line.startsWith('Ada Quill')), /running +\d+\.\d s +.* 1 +0 +rules$/);
  const watching = new Terminal(['status', '--watch', '--data', data]);
  await watching.shows(/\x1b\[\?1049h[^]*orchd at http[^]*Ada Quill[^]*\x1b\[H\x1b\[J[^]*Ada Quill/);
  watching.child.stdin.write('\x03');
  assert.equal(await watching.end(), 0);
  assert.ok(watching.seen.endsWith('\x1b[?1049l'), 'the screen from before is not back');
  const watched = new Terminal(['status', '--watch', '--data', data]);
  await watched.shows(/Ada Quill/);
  const narrow = new Terminal(['status', '--data', data], 36);
  assert.equal(await narrow.end(), 0);
  const plain = narrow.seen.replace(/\x1b\[\d+m/g, '').split('\r\n');
  assert.match(plain[0], /^NAME +STATUS +ANSWERED$/);
  assert.ok(plain.every((line) => line.length <= 36), plain.join('\n'));
  await server.kill('SIGTERM');
  assert.equal(await watched.end(), 1);
  assert.match(watched.seen, /\x1b\[\?1049l(?:(?!\x1b)[^])*error: .* does not answer/, 'the reason went with the other screen');
});

await test('status: an orchestrator that logged out, and a workspace without any', async () => {
  const data = dataDirectory();
  await initWorkspace(data);
  assert.match(await orchdOk(['status', '--data', data]), /no orchestrators yet; add one with: orchd orchestrator add/);
  await orchdOk(['orchestrator', 'add', '--data', data, '--name', 'Pip', '--role', 'R', '--discipline', 'D', '--email', 'pip@test.example']);
  assert.match(await orchdOk(['status', '--data', data]), /^Pip +stopped +- +- /m);
});

await test('chat: keys of the line editor', async () => {
  const data = dataDirectory();
  await orchdOk(['init', '--demo', '--data', data]);
  const server = await new Server(data).start();
  await orchdOk(['channel', 'add', 'Bäder', '--data', data]);
  const chat = new Terminal(['chat', '--data', data]);
  await chat.shows(/#general> /);
  await chat.type('/nothing\r', /there is no command \/nothing; \/help lists them/);
  await chat.type('/help\r', /\/channels +the channels[^]*Ctrl-D/);
  await chat.type('/channels\r', /#general +\(here\) \d+ members[^]*#bäder +\d/);
  const columns = (slug) => new RegExp(`  #${slug} +(?=\\d)`).exec(chat.seen)[0].length;
  assert.equal(columns('bäder'), columns('kitchen'), chat.seen);
  await chat.type('/join nowhere\r', /there is no channel "nowhere"/);
  await chat.type('/history 5\r', /#general> /);
  // Up twice and down once is the last but one: what is there is done again.
  await chat.type('\x1b[A\x1b[A\x1b[B\x1b[A\r', /there is no channel "nowhere"/);
  // Home, End, Delete, Ctrl-A/E/K/U/W, an umlaut that is one step: what is left says /bäck.
  await chat.type('rubbish\x15xx two\x17\x17/fbäckwards\x1b[H\x1b[C\x1b[3~\x1b[F\x1b[D\x1b[D\x1b[D\x1b[D\x0b\x01\x05\x1b[D\x1b[D\x1b[D\x1b[C\r', /there is no command \/bäckw;/);
  await chat.type(`${'long '.repeat(60)}`, /long long/);
  await chat.type('\x15\x1b[1~\x1b[4~\x1bOH\x1bb/who\r', /@ada-quill/);
  chat.child.stdin.write('\x04');
  assert.equal(await chat.end(), 0);
  await server.kill('SIGTERM');
});

await test('chat: a model that refuses is told, in red and as JSON, and the exit code says it', async () => {
  const refusing = createServer((request, response) => {
    request.resume();
    response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":{"message":"no such thing","type":"invalid_request_error"}}');
  });
  await once(refusing.listen(0, '127.0.0.1'), 'listening');
  const data = dataDirectory();
  await orchdOk(['init', '--demo', '--data', data]);
  const server = await new Server(data, { env: { ORCHD_MODEL: 'openai/small', OPENAI_BASE_URL: `http://127.0.0.1:${refusing.address().port}/v1` } }).start();
  await assert.rejects(orchdOk(['chat', '--data', data, '@ada hello']), /exit code 1[^]* {6}Ada Quill could not answer: /);
  await assert.rejects(orchdOk(['chat', '--data', data, '--json', '@ada hello']), /"error":/);
  const chat = new Terminal(['chat', '--data', data]);
  await chat.shows(/#general> /);
  await chat.type('@ada hello\r', /could not answer: /);
  chat.child.stdin.write('\x03');
  assert.equal(await chat.end(), 0);
  await server.kill('SIGTERM');
  refusing.close();
});

await test('chat: what is said has lines of whole words, also while it streams', async () => {
  const model = await SpokenModel.start();
  const data = dataDirectory();
  await orchdOk(['init', '--demo', '--data', data]);
  const server = await new Server(data, { env: model.env }).start();
  const chat = new Terminal(['chat', '--data', data, '@ada are there many ships on the water today?'], 40);
  await until('the model is asked', () => model.waiting === 1);
  for (const piece of ['Two schoon', 'ers, one st', 'eamer.\n\n', '  And a light', 'ship that nobody has seen move. 灯台は今夜も静かに光っています。']) model.say(piece);
  await chat.shows(/move/);
  model.end();
  assert.equal(await chat.end(), 0);
  assert.deepEqual(chat.seen.replace(/\x1b\[\d+m/g, '').replace(/^\d\d:\d\d /gm, '00:00 ').split('\r\n'), [
    '00:00 Keeper @ada are there many ships', '  on the water today?', '00:00 Ada Quill Two schooners, one', '  steamer.', '',
    '    And a lightship that nobody has', '  seen move. 灯台は今夜も静かに光ってい', '  ます。', '',
  ]);
  await server.kill('SIGTERM');
  model.close();
});

await test('chat: the past in the middle of a reply is the past', async () => {
  const model = await SpokenModel.start();
  const data = dataDirectory();
  await orchdOk(['init', '--demo', '--data', data]);
  const server = await new Server(data, { env: model.env }).start();
  const chat = new Terminal(['chat', '--data', data]);
  await chat.shows(/#general> /);
  const say = async (question, first, second) => {
    chat.child.stdin.write(`${question}\r`);
    await until('the model is asked', () => model.waiting === 1);
    model.say(`${first} ${second}`);
    await chat.shows(new RegExp(first)); // the last word may go on
  };
  await say('@ada one?', 'Schooners', 'sail.');
  model.end();
  await chat.shows(/sail\./);
  await say('@ada two?', 'Steamers', 'steam.');
  await chat.type('/history 2\r', /Ada Quill[^]*Schooners sail\.[^]*two\?/);
  const from = chat.seen.length;
  model.end();
  await until(() => `the reply is whole: ${chat.seen.slice(from)}`, () => /Ada Quill[^]*Steamers steam\./.test(chat.seen.slice(from)));
  chat.child.stdin.write('/quit\r');
  assert.equal(await chat.end(), 0);
  await server.kill('SIGTERM');
  model.close();
});

await test('chat: a server that goes and comes back', async () => {
  const data = dataDirectory();
  await orchdOk(['init', '--demo', '--data', data]);
  const server = await new Server(data).start();
  const chat = new Terminal(['chat', '--data', data]);
  await chat.shows(/#general> /);
  await server.kill('SIGKILL');
  await chat.shows(/no connection \(.*\); trying again/);
  await chat.type('@ada what can you do', /what can you do/);
  chat.child.stdin.write('\r');
  await server.start();
  // Perhaps before the chat is back: what was said meanwhile is shown, too.
  await orchdOk(['chat', '--data', data, '@mei what about soup?']);
  await chat.shows(/connected again[^]*Leek and potato/);
  await chat.shows(/connected again[^]*Three things, without any language model/);
  chat.child.stdin.write('/exit\r');
  assert.equal(await chat.end(), 0);
  await server.kill('SIGTERM');
});

await test('chat: a server behind a UNIX socket that goes and comes back', async () => {
  const data = dataDirectory();
  await orchdOk(['init', '--demo', '--data', data]);
  const server = await new Server(data, { args: ['--listen', `unix:${data}/s`] }).start();
  const chat = new Terminal(['chat', '--data', data]);
  await chat.shows(/#general> /);
  await server.kill('SIGKILL');
  await chat.shows(/no connection \(.*\); trying again/);
  await chat.type('/who\r', /no connection at the moment/); // refused at once, each time
  await server.start();
  await chat.shows(/connected again/);
  await chat.type('/who\r', /@ada/);
  chat.child.stdin.write('/exit\r');
  assert.equal(await chat.end(), 0);
  await server.kill('SIGTERM');
});

// Its WebSocket is cut, once, where `answer` is on its way to the client; then each handshake is reset until the gate is open again.
async function cutting(server, answer) {
  const gate = { open: true, cut: false, refused: 0 };
  const relay = createRelay((client) => {
    client.on('error', () => {});
    if (!gate.open) {
      client.once('data', () => {
        gate.refused++;
        client.resetAndDestroy();
      });
      return;
    }
    const there = connect(new URL(server.address).port, '127.0.0.1');
    let socket = false;
    client.on('data', (bytes) => {
      socket ||= bytes.toString('latin1').startsWith('GET /ws ');
      there.write(bytes);
    });
    there.on('data', (bytes) => {
      if (!socket || gate.cut || !answer.test(bytes.toString('latin1'))) {
        client.write(bytes);
        return;
      }
      Object.assign(gate, { open: false, cut: true });
      client.destroy();
    });
    client.on('close', () => there.destroy());
    there.on('error', () => {}).on('close', () => client.destroy());
  });
  await once(relay.listen(0, '127.0.0.1'), 'listening');
  return Object.assign(gate, { address: `http://127.0.0.1:${relay.address().port}`, close: () => relay.close() });
}

for (const [what, answer] of [['it follows', /"result":\{"cursor"/], ['its history is there', /"result":\{"messages"/]]) {
  await test(`chat: a connection that is lost before ${what} costs nothing`, async () => {
    const data = dataDirectory();
    const email = await initWorkspace(data);
    const server = await new Server(data).start();
    await orchdOk(['chat', '--data', data, 'said before']);
    const gate = await cutting(server, answer);
    const chat = new Terminal(['chat', '--server', gate.address, '--token', await tokenOf(data, email)]);
    await chat.shows(/trying again/);
    await orchdOk(['chat', '--data', data, 'said meanwhile']);
    await until('it has tried again, in vain', () => gate.refused > 0);
    gate.open = true;
    await chat.shows(/said before[^]*said meanwhile/);
    await orchdOk(['chat', '--data', data, 'said after']);
    await chat.shows(/said after/);
    for (const once of ['said before', 'said meanwhile', 'said after']) assert.equal(chat.seen.split(once).length - 1, 1, `${once}: ${chat.seen}`);
    chat.child.stdin.write('/exit\r');
    assert.equal(await chat.end(), 0);
    gate.close();
    await server.kill('SIGTERM');
  });
}
