// The commands as people use them: a data directory, a server or none, and what is printed.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finish, test, until } from '../harness/check.mjs';
import { api, dataDirectory, initWorkspace, orchd, orchdOk, program, root, Server, tokenOf } from '../harness/orchd.mjs';

const json = async (args, options) => JSON.parse(await orchdOk([...args, '--json'], options));

await test('without a command the overview is printed and the exit code is 2', async () => {
  const result = await orchd([]);
  assert.equal(result.code, 2);
  assert.match(result.stderr, /usage: orchd COMMAND/);
});

await test('every command has a help that names its options', async () => {
  const overview = await orchdOk(['--help']);
  assert.deepEqual(overview.split('\n').filter((line) => line.length > 80), [], 'lines fit into 80 columns');
  const local = ['init', 'user set-password', 'login-link']; // no token of a server would do
  for (const name of ['serve', 'init', 'user add', 'user set-password', 'orchestrator add', 'channel add', 'token create', 'token list', 'token revoke', 'login-link', 'login', 'logout', 'chat', 'status', 'doctor', 'backup', 'restore', 'version']) {
    assert.ok(overview.includes(name), name);
    const help = await orchdOk([...name.split(' '), '--help']);
    assert.ok(help.includes(`usage: orchd ${name}`), help);
    assert.match(help, /--json/);
    if (local.includes(name)) assert.doesNotMatch(help, /--(server|token)/, name);
    assert.deepEqual(help.split('\n').filter((line) => line.length > 80), [], 'lines fit into 80 columns');
  }
});

await test('the limits that serve has are told in 80 columns', async () => {
  const lines = (await orchdOk(['serve', '--limit', 'help'])).split('\n');
  assert.match(lines[0], /^  --limit near=0 +1: limits clients on this machine/);
  assert.deepEqual(lines.filter((line) => line.length > 80), []);
});

await test('help COMMAND is the help of that command', async () => {
  assert.equal(await orchdOk(['help', 'token', 'list']), await orchdOk(['token', 'list', '--help']));
  assert.equal(await orchdOk(['help']), await orchdOk(['--help']));
  assert.match((await orchd(['help', 'sing'])).stderr, /there is no command "sing"/);
});

await test('unknown commands and options are named', async () => {
  const command = await orchd(['sing']);
  assert.equal(command.code, 2);
  assert.match(command.stderr, /there is no command "sing"/);
  const family = /orchd token create +\S[^]*orchd token list[^]*orchd token revoke/;
  for (const [args, words] of [[['token'], 'token'], [['token', 'remove'], 'token remove']]) {
    const part = await orchd(args);
    assert.equal(part.code, 2);
    assert.ok(part.stderr.startsWith(`error: there is no command "${words}"; `), part.stderr);
    assert.match(part.stderr, family);
  }
  for (const args of [['token', '--help'], ['help', 'token']]) assert.match(await orchdOk(args), family);
  const option = await orchd(['status', '--loud']);
  assert.equal(option.code, 2);
  assert.match(option.stderr, /there is no option --loud/);
  const value = await orchd(['user', 'add', '--email']);
  assert.match(value.stderr, /--email wants a value/);
});

await test('commands on a directory that nobody serves', async () => {
  const data = dataDirectory();
  const owner = await json(['init', '--data', data, '--email', 'o@test.example', '--name', 'Owner']);
  assert.equal(owner.password.length, 20);
  assert.equal(statSync(join(data, 'orchd.db')).mode & 0o077, 0, 'others may read the database');
  assert.ok(!existsSync(join(data, 'owner.token')), 'the owner token outlives its server');
  const user = await json(['user', 'add', '--data', data, '--email', 'ann@test.example', '--name', 'Ann', '--password-stdin'], { input: 'a long password\n' });
  assert.equal(user.user.email, 'ann@test.example');
  assert.equal(user.password, undefined);
  const channel = await json(['channel', 'add', 'Secret Plans', '--private', '--member', 'ann@test.example', '--data', data]);
  assert.equal(channel.channel.slug, 'secret-plans');
  const charter = join(data, 'charter.json');
  writeFileSync(charter, JSON.stringify({ rules: [{ match: 'ping', reply: 'pong' }] }));
  const made = await json(['orchestrator', 'add', '--data', data, '--name', 'Pip', '--role', 'Tester', '--discipline', 'Test', '--email', 'pip@test.example', '--charter', charter]);
  assert.equal(made.orchestrator.slug, 'pip');
  const status = await json(['status', '--data', data]);
  assert.equal(status.daemons.length, 1);
  assert.match((await json(['token', 'create', '--data', data, '--email', 'ann@test.example'])).token, /^\S{20,}$/);
});

await test('tokens: made, listed without their secrets, revoked', async () => {
  const data = dataDirectory();
  const email = await initWorkspace(data);
  assert.match(await orchdOk(['token', 'list', '--data', data, '--email', email]), /no tokens; make one/);
  const made = await json(['token', 'create', '--data', data, '--email', email, '--name', 'for the tide']);
  const listed = await orchdOk(['token', 'list', '--data', data, '--email', email]);
  assert.match(listed, /^ID +MADE +EXPIRES +NAME\n\S+  \d{4}-\d\d-\d\d \d\d:\d\d  never +for the tide\n$/);
  assert.ok(!listed.includes(made.token));
  const { tokens } = await json(['token', 'list', '--data', data, '--email', email]);
  assert.deepEqual(tokens.map(({ id, name, expiresAt }) => ({ id, name, expiresAt })), [{ id: made.id, name: 'for the tide', expiresAt: null }]);
  assert.match((await orchd(['token', 'revoke', '../x', '--data', data, '--email', email])).stderr, /ID of a token is needed/);
  assert.match((await orchd(['token', 'revoke', 'cnobody', '--data', data, '--email', email])).stderr, /no such session or token/);
  assert.match(await orchdOk(['token', 'revoke', made.id, '--data', data, '--email', email]), /Revoked/);
  assert.deepEqual((await json(['token', 'list', '--data', data, '--email', email])).tokens, []);
});

await test('login-link: an address for a browser, of a server that runs', async () => {
  const data = dataDirectory();
  const email = await initWorkspace(data);
  await orchdOk(['user', 'add', '--data', data, '--email', 'ann@test.example', '--name', 'Ann']);
  const nobody = await orchd(['login-link', '--data', data]);
  assert.equal(nobody.code, 1);
  assert.match(nobody.stderr, /nobody serves .*orchd serve --data/);
  const server = await new Server(data).start();
  const { stdout, stderr } = await orchd(['login-link', '--data', data]);
  const [address, code] = stdout.trim().split('/login/link#');
  assert.equal(address, server.address);
  assert.match(stderr, new RegExp(`Logs in ${email}, once`));
  assert.equal((await api(address, null, 'POST', '/api/auth/login-link', { code })).body.user.email, email);
  const { url, user } = await json(['login-link', '--data', data, '--email', 'ann@test.example']);
  assert.equal(user.email, 'ann@test.example');
  assert.equal((await api(address, null, 'POST', '/api/auth/login-link', { code: url.split('#')[1] })).body.user.email, user.email);
  assert.match((await orchd(['login-link', '--data', data, '--email', 'ghost@test.example'])).stderr, /ghost@test\.example/);
  assert.equal(await server.kill('SIGTERM'), 0);
});

await test('user set-password: with or without a server; sessions end', async () => {
  const data = dataDirectory();
  const email = await initWorkspace(data);
  const set = ['user', 'set-password', '--data', data, '--email', email];
  const { password, user } = await json(set);
  assert.deepEqual([password.length, user.email], [20, email]);
  const server = await new Server(data).start();
  const logIn = (words) => api(server.address, null, 'POST', '/api/auth/login', { email, password: words });
  assert.equal((await logIn(password)).status, 200);
  const owner = readFileSync(join(data, 'owner.token'), 'utf8').trim();
  const { token } = (await api(server.address, owner, 'POST', '/api/owner/sessions', { email })).body;
  assert.equal((await api(server.address, token, 'GET', '/api/auth/me')).status, 200);
  assert.match(await orchdOk([...set, '--password-stdin'], { input: 'lighthouse keeper\n' }), /^Owner <owner@test\.example> has a new password; the sessions that were open have ended\.\n$/);
  assert.equal((await api(server.address, token, 'GET', '/api/auth/me')).status, 401);
  assert.deepEqual([(await logIn(password)).status, (await logIn('lighthouse keeper')).status], [401, 200]);
  assert.match((await orchd([...set, '--password-stdin'], { input: 'short\n' })).stderr, /has 5 characters; at least 10/);
  assert.match((await orchd(['user', 'set-password', '--data', data, '--email', 'ghost@test.example'])).stderr, /there is no user ghost@test\.example/);
  assert.match((await orchd(['user', 'set-password'])).stderr, /--email is needed/);
  assert.equal(await server.kill('SIGTERM'), 0);
});

await test('refusals say what is wrong', async () => {
  const data = dataDirectory();
  await initWorkspace(data);
  const again = await orchd(['init', '--data', data, '--email', 'x@test.example', '--name', 'X']);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /error: .*(exist|already)/i);
  const short = await orchd(['user', 'add', '--data', data, '--email', 'a@test.example', '--name', 'A', '--password-stdin'], { input: 'short\n' });
  assert.match(short.stderr, /has 5 characters; at least 10/);
  const nobody = await orchd(['token', 'create', '--data', data, '--email', 'nobody@test.example']);
  assert.equal(nobody.code, 1);
  assert.match(nobody.stderr, /nobody@test\.example/);
  const bad = await orchd(
    ['orchestrator', 'add', '--data', data, '--name', 'Q', '--role', 'R', '--discipline', 'D', '--email', 'q@test.example', '--charter', '-'],
    { input: '{"communication":{"responseLength":"long"}}' },
  );
  assert.equal(bad.code, 1);
  assert.match(bad.stderr, /responseLength/);
  const chat = await orchd(['chat', '--data', data, 'hello']);
  assert.match(chat.stderr, /nobody serves .*orchd serve --data/);
  const none = await orchd(['status', '--data', join(data, 'nothing')]);
  assert.match(none.stderr, /there is no workspace in .*orchd init/);
  for (const name of [['status'], ['backup', join(data, 'b')]]) assert.match((await orchd([...name, '--data', program])).stderr, /orchd cannot be opened: Not a directory\n$/);
  const empty = dataDirectory();
  assert.match((await orchd(['status', '--data', empty])).stderr, /there is no workspace in .*orchd init/);
  assert.match((await orchd(['init', '--data', empty, '--email', 'nobody', '--name', 'N'])).stderr, /^error: "nobody" is no e-mail address/);
  assert.deepEqual(readdirSync(empty), [], 'who looks, or is refused, makes no workspace');
});

await test('bad configuration: the server refuses to start and names the variable', async () => {
  const data = dataDirectory();
  await initWorkspace(data);
  const interval = await orchd(['serve', '--data', data, '--listen', '127.0.0.1:0'], { env: { DAEMON_HEARTBEAT_INTERVAL: '5s' } });
  assert.equal(interval.code, 1);
  assert.match(interval.stderr, /DAEMON_HEARTBEAT_INTERVAL.*5s.*100.*86400000/);
  const model = await orchd(['serve', '--data', data, '--listen', '127.0.0.1:0'], { env: { ORCHD_MODEL: 'mystery/x' } });
  assert.equal(model.code, 1);
  assert.match(model.stderr, /mystery/);
  const origin = await orchd(['serve', '--data', data, '--origin', 'chat.example.com']);
  assert.equal(origin.code, 1);
  assert.match(origin.stderr, /^error: "chat\.example\.com" is no origin of a page/);
  const record = await orchd(['serve', '--data', data, '--listen', '127.0.0.1:0', '--record', join(data, 'no', 'where')]);
  assert.match(record.stderr, /no\/where cannot be written: No such file or directory\n$/, 'nothing of the database');
  const remote = await orchd(['serve', '--data', data, '--listen', '0.0.0.0:0']);
  assert.equal(remote.code, 1);
  assert.match(remote.stderr, /0\.0\.0\.0/);
  const port = await orchd(['serve', '--data', data, '--listen', '127.0.0.1:99999', '--verbose']);
  assert.match(port.stderr, /^error: "127\.0\.0\.1:99999" is no address to listen on/, 'nothing was started before');
});

await test('what fails before there is a database leaves nothing behind', async () => {
  const data = dataDirectory();
  const made = join(data, 'new');
  const port = ['--listen', '127.0.0.1:99999'];
  assert.equal((await orchd(['serve', '--data', made, ...port])).code, 1);
  assert.equal((await orchd(['serve', '--data', data, ...port])).code, 1);
  const torn = await orchd(['restore', program, '--data', made]);
  assert.match(torn.stderr, /nothing was restored/);
  assert.deepEqual(readdirSync(data), []);
  await initWorkspace(data);
  const before = readdirSync(data);
  assert.equal((await orchd(['serve', '--data', data, ...port])).code, 1);
  assert.deepEqual(readdirSync(data), before);
});

await test('a running server and commands on one directory; login and logout of an orchestrator', async () => {
  const data = dataDirectory();
  await initWorkspace(data);
  await orchdOk(['orchestrator', 'add', '--data', data, '--name', 'Pip', '--role', 'Tester', '--discipline', 'Test', '--email', 'pip@test.example', '--charter', '-'], {
    input: '{"rules":[{"match":"ping","reply":"pong"}]}',
  });
  const server = await new Server(data).start();
  const second = await orchd(['serve', '--data', data, '--listen', '127.0.0.1:0']);
  assert.equal(second.code, 1);
  assert.match(second.stderr, /another process serves/);
  const state = async () => (await json(['status', '--data', data])).daemons[0].health.status;
  await until('the daemon runs', async () => (await state()) === 'running');
  await orchdOk(['logout', '--email', 'pip@test.example', '--data', data]);
  await until('the daemon is off', async () => (await state()) === 'stopped');
  await orchdOk(['login', '--email', 'pip@test.example', '--data', data]);
  await until('the daemon is on again', async () => (await state()) === 'running');
  await tokenOf(data, 'pip@test.example');
  assert.equal(await state(), 'running', 'a token of an orchestrator stops it');
  assert.match(await orchdOk(['chat', '--data', data, '--', '-1 is a word']), /-1 is a word/);
  await orchdOk(['user', 'add', '--data', data, '--email', 'new@test.example', '--name', 'New', '--password-stdin'], { input: 'a long password\n' });
  const token = await tokenOf(data, 'new@test.example');
  assert.equal((await api(server.address, token, 'GET', '/api/auth/me')).body.user.email, 'new@test.example');
  assert.match(await orchdOk(['chat', '--data', data, '@pip ping']), /Pip.*pong/s);
  const remote = await orchdOk(['chat', '--server', server.address, '--token', token, '@pip ping']);
  assert.match((await orchd(['status', '--server', server.address, '--token', 'no-such'])).stderr, /does not know the token; make one with: orchd token create/);
  assert.match(remote, /New.*@pip ping.*Pip.*pong/s);
  const piped = await orchdOk(['chat', '--data', data], { input: '@pip ping\n@pip ping again\n' });
  assert.equal(piped.match(/pong/g).length, 2);
  await server.kill('SIGKILL');
});

await test('a login outlives a restart; SIGTERM ends the server with exit code 0', async () => {
  const data = dataDirectory();
  await initWorkspace(data);
  for (const name of ['On', 'Off'])
    await orchdOk(['orchestrator', 'add', '--data', data, '--name', name, '--role', 'R', '--discipline', 'D', '--email', `${name.toLowerCase()}@test.example`]);
  await orchdOk(['logout', '--email', 'off@test.example', '--data', data]);
  const server = await new Server(data).start();
  for (let round = 0; round < 2; round++) {
    await until('one daemon runs, the other does not', async () => {
      const { daemons } = await json(['status', '--data', data]);
      const states = Object.fromEntries(daemons.map((daemon) => [daemon.name, daemon.health.status]));
      return states.On === 'running' && states.Off === 'stopped';
    });
    assert.equal(await server.kill('SIGTERM'), 0, server.log);
    assert.ok(!existsSync(join(data, 'server.json')));
    await server.start();
  }
  await server.kill('SIGKILL');
});

await test('a unix socket', async () => {
  const data = dataDirectory();
  await initWorkspace(data);
  const child = spawn(program, ['serve', '--data', data, '--listen', `unix:${join(data, 'orchd.sock')}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await until('it listens', () => existsSync(join(data, 'server.json')));
    assert.match((await orchd(['status', '--data', data])).stdout, /no orchestrators yet/);
    const chat = await orchd(['chat', '--data', data, 'nobody here']);
    assert.equal(chat.code, 0, chat.stderr);
    assert.match(chat.stdout, /nobody here/);
    const nobody = await orchd(['chat', '--server', `unix:${data}/nobody`, '--token', 'x', 'hello']);
    assert.equal(nobody.code, 1, nobody.stderr);
    assert.match(nobody.stderr, /does not answer/);
  } finally {
    child.kill('SIGKILL');
  }
});

await test('whom a reply of the demo addresses has an answer to it; nobody addresses all', () => {
  const { orchestrators } = JSON.parse(readFileSync(join(root, 'src/cli/demo/workspace.json'), 'utf8'));
  const first = ({ name }) => name.split(' ')[0].toLowerCase();
  const answers = ({ charter }, text) => charter.rules.some(({ match }) => {
    const [, pattern, flags] = /^\/(.*)\/(i?)$/.exec(match) ?? [null, match, 'i'];
    return new RegExp(pattern, flags).test(text);
  });
  for (const speaker of orchestrators) {
    for (const { reply } of speaker.charter.rules) {
      for (const [, word] of reply.toLowerCase().matchAll(/@(\w+)/g)) {
        const addressed = orchestrators.find((one) => first(one) === word);
        assert.ok(addressed && (addressed === speaker || answers(addressed, reply)), `@${word}: ${reply}`);
      }
    }
  }
});

await test('chat on a terminal: names, a reply, /who, /quit', async () => {
  const data = dataDirectory();
  await orchdOk(['init', '--demo', '--data', data]);
  const server = await new Server(data).start();
  const child = spawn('python3', ['-c', 'import pty,sys; sys.exit(pty.spawn(sys.argv[1:]))', program, 'chat', '--data', data], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, TERM: 'xterm', NO_COLOR: '' },
  });
  let seen = '';
  child.stdout.on('data', (bytes) => {
    seen += bytes;
  });
  const type = async (text, pattern) => {
    child.stdin.write(text);
    await until(`${JSON.stringify(text)} is followed by ${pattern}, seen: ${seen}`, () => pattern.test(seen));
  };
  await until('the prompt', () => seen.includes('#general> '));
  await type('@ada what can you do\r', /Ada Quill[^]*Three things, without any language model/);
  await type('/who\r', /@bruno-steam[^]*Engineer[^]*running/);
  await type('/join kitchen\r', /#kitchen> /);
  await type('@mei sooup\x1b[D\x1b[D\x7f\r', /Leek and potato/);
  const colour = (name) => new RegExp(`\\x1b\\[(3\\d)m${name}\\x1b`).exec(seen)?.[1];
  assert.ok(colour('Ada Quill') && colour('Mei Lin'), 'no colours on a terminal');
  assert.notEqual(colour('Ada Quill'), colour('Mei Lin'), 'three orchestrators share a colour');
  child.stdin.write('/quit\r');
  const [code] = await new Promise((done) => child.on('exit', (...result) => done(result)));
  assert.equal(code, 0);
  await server.kill('SIGKILL');
});

await test('what is missing or too much is named, and the exit code is 2', async () => {
  const cases = [
    [['init', '--email', 'a@test.example'], /--email and --name are needed/],
    [['user', 'add', '--name', 'A'], /--email and --name are needed/],
    [['channel', 'add'], /a NAME is needed/],
    [['channel', 'add', 'one', '--private'], /a private channel needs a --member/],
    [['channel', 'add', 'one', 'two'], /"two" is one word too many/],
    [['orchestrator', 'add', '--name', 'A'], /--name, --role, --discipline and --email are needed/],
    [['token', 'create'], /--email is needed/],
    [['login'], /--email is needed/],
    [['status', '--watch=yes'], /--watch takes no value/],
    [['chat', '--wait', '0', 'hi'], /--wait 0: 1 to 86400 seconds/],
    [['chat', '--wait', '5x', 'hi'], /--wait 5x: 1 to 86400 seconds/],
    [['backup', '-'], /a backup is a file, and is checked as one/],
    [['backup', '-f'], /there is no option -f; a word that begins with - stands behind --/],
    [['status', '-j'], /there is no option -j\n/],
    [['status', '--token', 't'], /--token goes with --server/],
    [['status', '--token', 't', '--server', 'http://127.0.0.1:1', '--data', 'd'], /--data and --server are two places/],
    [['serve', '--model-attempts', '1.5'], /--model-attempts 1\.5: a whole number from 1 to 100 is allowed/],
    [['serve', '--turn-deadline', '0'], /--turn-deadline 0: a number above 0, up to 86400 is allowed/],
    ...['init', 'user set-password', 'login-link', 'backup'].map((name) => [[...name.split(' '), '--server=http://x'], /there is no option --server: this works on the machine of the server, with --data DIR/]),
    [['channel', 'add', 'c', ...Array(200).fill(['--member', 'a@test.example']).flat()], /--member is given more than \d+ times/],
  ];
  for (const [args, pattern] of cases) {
    const result = await orchd(args);
    assert.equal(result.code, 2, `${args.join(' ')}: ${result.stderr}`);
    assert.match(result.stderr, pattern);
  }
});

await test('without --json people get sentences; a password and a token are shown once', async () => {
  const data = dataDirectory();
  await initWorkspace(data);
  assert.match(await orchdOk(['user', 'add', '--data', data, '--email', 'a@test.example', '--name', 'Ann']), /Password: \S{20} +\(shown this once\)/);
  assert.match(await orchdOk(['channel', 'add', 'Plans', '--data', data]), /Added #plans/);
  assert.match(
    await orchdOk(['orchestrator', 'add', '--data', data, '--name', 'Pip', '--role', 'R', '--discipline', 'D', '--email', 'pip@test.example', '--channel', 'plans']),
    /Pip/,
  );
  const token = await orchd(['token', 'create', '--data', data, '--email', 'a@test.example']);
  assert.match(token.stdout, /^\S{20,}\n$/);
  assert.match(token.stderr, /Shown this once/);
  assert.match(await orchdOk(['version']), /^orchd \d+\.\d+\.\d+ \(SQLite 3\./);
  assert.deepEqual(Object.keys(JSON.parse(await orchdOk(['version', '--json']))).slice(0, 2), ['version', 'sqlite']);
});

await test('what is refused names the way out', async () => {
  const data = dataDirectory();
  await initWorkspace(data);
  const refused = async (args, pattern, options) => {
    const result = await orchd(args, options);
    assert.equal(result.code, 1, `${args.join(' ')}: ${result.stderr}`);
    assert.match(result.stderr, pattern);
  };
  await refused(['login', '--data', data, '--email', 'owner@test.example'], /owner@test\.example is no orchestrator of this workspace; orchd status lists them/);
  await refused(['channel', 'add', 'general', '--data', data], /general/);
  await refused(['user', 'add', '--data', data, '--email', 'b@test.example', '--name', 'B', '--password-stdin'], /standard input is empty/);
  await refused(['status', '--server', 'http://127.0.0.1:1', '--token', 'x'], /127\.0\.0\.1:1 does not answer/);
  await refused(['status', '--server', '127.0.0.1:1', '--token', 'x'], /--server 127\.0\.0\.1:1: http:\/\/HOST:PORT, https:\/\/HOST:PORT or unix:PATH is allowed/);
  await refused(['channel', 'add', '', '--data', data], /^error: name has 0 characters/);
  const about = ['--name', 'Q', '--role', 'R', '--discipline', 'D', '--email', 'q@test.example'];
  await refused(['orchestrator', 'add', '--data', data, ...about, '--charter', data], /--charter \S+ cannot be read: Is a directory/);
  await refused(['orchestrator', 'add', '--data', data, ...about, '--charter', join(data, 'none')], /cannot be read: No such file or directory\n$/);
  await refused(['restore', data, '--data', join(data, 'new')], /is no ordinary file; the FILE of a backup is meant/);
  const charter = ['--charter', '-', ...about];
  await refused(['orchestrator', 'add', '--data', data, ...charter], /--charter -: .*\(line 1, column \d+\)/, { input: '{"rules":' });
});

await import('./terminal.mjs');

finish('./dev test cli');
