// A daemon of its own: lifecycle, addressing, queue, failures, events. What the earlier implementation got wrong is here by name.
import assert from 'node:assert/strict';
import { runInNewContext } from 'node:vm';

import { until } from '../harness/check.mjs';
import { message, orchestrator, record } from './app.mjs';

const EVENTS = ['started', 'stopped', 'error', 'message:processed', 'message:send', 'message:error', 'action:execute', 'status:changed'];

function names(lines) {
  return lines.map(([name, first]) => (name === 'status:changed' ? first : name));
}

/** A reply that ends when the test says so. */
function held() {
  const waiting = [];
  const generateResponse = (question) => new Promise((resolve, reject) => waiting.push({ question, resolve, reject }));
  return { generateResponse, waiting, answer: (text = 'done') => waiting.shift().resolve(text) };
}

async function lifecycle(core, test) {
  const { createOrchestratorDaemon } = core;

  await test('daemon: a second start joins the one that is under way', async () => {
    const daemon = createOrchestratorDaemon({ orchestrator: orchestrator() });
    const lines = record(daemon, ['started']);
    await Promise.all([daemon.start(), daemon.start()]);
    assert.equal(daemon.getStatus(), 'running');
    assert.equal(lines.length, 1);
    await Promise.all([daemon.stop(), daemon.start()]);
    assert.equal(daemon.getStatus(), 'running');
    await assert.rejects(daemon.start(), { code: 'already_running' });
    await daemon.stop();
  });

  await test('daemon: sixteen thousand messages later one that comes again is still known', async () => {
    const daemon = createOrchestratorDaemon({ orchestrator: orchestrator() });
    const lines = record(daemon, ['message:send']);
    await daemon.start();
    await daemon.handleMessage(message('hello @ada', { id: 'the first' }));
    for (let i = 0; i < 16_000; i++) await daemon.handleMessage(message('nothing for anybody'));
    await daemon.handleMessage(message('hello @ada', { id: 'the first' }));
    assert.equal(lines.length, 1);
    await daemon.stop();
  });

  await test('daemon: what is no configuration is named', async () => {
    assert.throws(() => createOrchestratorDaemon(), { name: 'TypeError', message: /^orchestrator is not given/ });
  });

  await test('daemon: start, status, health, stop, and events in order', async () => {
    const daemon = createOrchestratorDaemon({ orchestrator: orchestrator() });
    const lines = record(daemon, EVENTS);
    assert.equal(daemon.getStatus(), 'stopped');
    assert.deepEqual(daemon.getHealthStatus().uptime, 0);
    await daemon.start();
    await assert.rejects(daemon.start(), { message: 'Daemon is already running', code: 'already_running' });
    await daemon.handleMessage(message('hello @ada'));
    await daemon.stop();
    assert.equal(daemon.getHealthStatus().uptime, 0);
    assert.deepEqual(names(lines), ['initializing', 'running', 'started', 'message:send', 'message:processed', 'stopping', 'stopped', 'stopped']);
  });

  await test('daemon: the last heartbeat is when it ran, not when it was asked for', async () => {
    const daemon = createOrchestratorDaemon({ orchestrator: orchestrator(), heartbeatInterval: 86400000 });
    await daemon.start();
    const first = daemon.getHealthStatus().lastHeartbeat.getTime();
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.equal(daemon.getHealthStatus().lastHeartbeat.getTime(), first);
    await daemon.stop();
  });
}

async function queueing(core, test) {
  const { createOrchestratorDaemon } = core;

  await test('daemon: what comes while it is stopped is answered after the start, and stop() ends', async () => {
    const daemon = createOrchestratorDaemon({ orchestrator: orchestrator() });
    const sent = record(daemon, ['message:send']);
    await daemon.handleMessage(message('hello @ada'));
    assert.equal(sent.length, 0);
    await daemon.start();
    await until('the queued message is answered', () => sent.length === 1);
    await daemon.stop();
  });

  await test('daemon: a reply in flight is not lost by stop()', async () => {
    const model = held();
    const daemon = createOrchestratorDaemon({ orchestrator: orchestrator(), generateResponse: model.generateResponse });
    const sent = record(daemon, ['message:send']);
    await daemon.start();
    const dealt = daemon.handleMessage(message('@ada one'));
    const stopped = daemon.stop();
    model.answer('late but there');
    await Promise.all([dealt, stopped]);
    assert.equal(sent[0][1].content, 'late but there');
  });

  await test('daemon: one conversation in order, one at a time; others beside it up to the limit', async () => {
    const model = held();
    const daemon = createOrchestratorDaemon({
      orchestrator: orchestrator(), generateResponse: model.generateResponse, maxConcurrentConversations: 2,
    });
    const sent = record(daemon, ['message:send']);
    await daemon.start();
    const all = [['c1', 'a'], ['c1', 'b'], ['c2', 'c'], ['c3', 'd']].map(([channelId, text]) => daemon.handleMessage(message(`@ada ${text}`, { channelId })));
    assert.deepEqual(model.waiting.map(({ question }) => question.content), ['@ada a', '@ada c']);
    assert.equal(daemon.getHealthStatus().activeConversations, 2);
    while (sent.length < 4) {
      await until('the next turn begins', () => model.waiting.length > 0);
      model.answer(model.waiting[0].question.content);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(all);
    const order = sent.map(([, { content }]) => content);
    assert.ok(order.indexOf('@ada a') < order.indexOf('@ada b'));
    assert.equal(daemon.getHealthStatus().activeConversations, 0);
    await daemon.stop();
  });

  await test('daemon: beyond the queue the sender is told busy, and nothing is dropped in silence', async () => {
    const model = held();
    const daemon = createOrchestratorDaemon({ orchestrator: orchestrator(), generateResponse: model.generateResponse });
    const failed = record(daemon, ['message:error']);
    await daemon.start();
    const taken = Array.from({ length: 1001 }, () => daemon.handleMessage(message('@ada more')));
    await assert.rejects(daemon.handleMessage(message('@ada too much')), { code: 'busy' });
    assert.equal(failed.length, 1);
    assert.equal(failed[0][1].message.content, '@ada too much');
    const pump = setInterval(() => model.waiting.length && model.answer(), 0);
    await Promise.all(taken);
    clearInterval(pump);
    assert.equal(daemon.getHealthStatus().totalMessagesProcessed, 1001);
    await daemon.stop();
  });
}

async function addressing(core, test) {
  const { createOrchestratorDaemon } = core;

  await test('daemon: words, not parts of words; never itself; each message once', async () => {
    const ann = orchestrator('Ann');
    const daemon = createOrchestratorDaemon({ orchestrator: ann, generateResponse: () => 'yes?' });
    const sent = record(daemon, ['message:send']);
    const processed = record(daemon, ['message:processed']);
    await daemon.start();
    for (const content of ['planning the annual banner', '`@ann`', 'https://x.org/@ann', 'nobody']) await daemon.handleMessage(message(content));
    assert.equal(sent.length, 0);
    await daemon.handleMessage(message('@ann I said', { authorId: ann.user.id }));
    assert.equal(sent.length, 0);
    const twice = message('Ann, are you there?');
    await Promise.all([daemon.handleMessage(twice), daemon.handleMessage(twice)]);
    await daemon.handleMessage(twice);
    assert.equal(sent.length, 1);
    assert.equal(processed.length, 6);
    assert.equal(daemon.getHealthStatus().totalMessagesProcessed, 1);
    // A hash that multiplies lets two such ids meet, whatever its seeds are, unless it takes care.
    for (const id of ['aAbB', 'a\u8041b\u8042', 'Aa', '\u8041a']) await daemon.handleMessage(message('ann?', { id }));
    assert.equal(sent.length, 5);
    await daemon.stop();
  });

  await test('daemon: mentions, replies, direct messages and threads by their metadata', async () => {
    const one = orchestrator('Bea');
    const seen = [];
    const daemon = createOrchestratorDaemon({
      orchestrator: one,
      generateResponse: (_question, { systemPrompt, messages }) => {
        seen.push(messages.map(({ author, content, own }) => `${own ? 'own' : author}: ${content}`));
        assert.match(systemPrompt, /You are Bea/);
        return `answer ${seen.length}`;
      },
    });
    await daemon.start();
    await daemon.handleMessage(message('by mention', { metadata: { mentions: [one.id], authorName: 'Olga' } }));
    await daemon.handleMessage(message('by reply', { metadata: { replyToAuthorId: one.user.id } }));
    await daemon.handleMessage(message('direct', { channelId: 'dm', metadata: { direct: true } }));
    await daemon.handleMessage(message('@bea in a thread', { metadata: { threadId: 't1' } }));
    assert.deepEqual(seen, [
      ['Olga: by mention'],
      ['Olga: by mention', 'own: answer 1', 'user_olga: by reply'],
      ['user_olga: direct'],
      ['user_olga: @bea in a thread'],
    ]);
    await daemon.stop();
  });

  await test('daemon: of a conversation the last fifty lines are told; an answer that took long is among them', async () => {
    const told = [];
    const { generateResponse, waiting, answer } = held();
    const daemon = createOrchestratorDaemon({
      orchestrator: orchestrator('Bea'),
      generateResponse: (question, { messages }) => {
        told.push(messages.map(({ content }) => content));
        return generateResponse(question);
      },
    });
    await daemon.start();
    for (let i = 0; i < 220; i++) await daemon.handleMessage(message(`line ${i}`));
    const asked = daemon.handleMessage(message('@bea slowly'));
    assert.deepEqual(told[0], [...Array.from({ length: 49 }, (_, i) => `line ${171 + i}`), '@bea slowly']);
    for (let i = 0; i < 1024; i++) await daemon.handleMessage(message('nothing', { channelId: `other_${i}` }));
    answer('at last');
    await asked;
    daemon.handleMessage(message('@bea again'));
    assert.deepEqual(told[1], ['at last', '@bea again']);
    assert.equal(waiting.length, 1);
    answer();
    await daemon.stop();
  });
}

async function failures(core, test) {
  const { createOrchestratorDaemon, OrchestratorError } = core;

  await test('daemon: a failure is an event, the next message is answered, the errors have an end', async () => {
    let calls = 0;
    const daemon = createOrchestratorDaemon({
      orchestrator: orchestrator(),
      generateResponse: async () => {
        if (++calls % 31 === 0) return 'at last';
        throw new Error(`failure ${calls}`);
      },
    });
    const failed = record(daemon, ['message:error']);
    await daemon.start();
    for (let i = 0; i < 31; i++) await daemon.handleMessage(message('@ada please'));
    assert.equal(failed.length, 30);
    assert.equal(failed[0][1].error.message, 'failure 1');
    const { errors, totalMessagesProcessed } = daemon.getHealthStatus();
    assert.equal(errors.length, 20);
    assert.equal(errors[19], 'failure 30');
    assert.equal(totalMessagesProcessed, 1);
    await daemon.stop();
  });

  await test('daemon: whatever is thrown ends the message as a failure, with what words it has', async () => {
    const thrown = [
      'a text', undefined, Symbol('sign'), { code: '23505', message: 'of a database' }, runInNewContext("new TypeError('of another realm')"),
      Object.create(null), { toString: () => assert.fail() }, Object.defineProperty(new Error(), 'message', { get: () => assert.fail() }),
      Object.assign(new Error(), { message: { no: 'text' } }),
    ];
    const rest = [...thrown];
    const daemon = createOrchestratorDaemon({ orchestrator: orchestrator(), generateResponse: async () => { throw rest.shift(); } });
    const failed = record(daemon, ['message:error']);
    await daemon.start();
    while (rest.length > 0) await daemon.handleMessage(message('@ada please'));
    assert.deepEqual(failed.map(([, { error }]) => error.message), [
      'a text', 'undefined', 'Symbol(sign)', 'of a database', 'of another realm', 'unknown error', 'unknown error', 'unknown error', '[object Object]',
    ]);
    assert.ok(failed.every(([, { error }], i) => error instanceof Error && error.cause === thrown[i]));
    await daemon.stop();
  });

  await test('daemon: a promise of another realm or library is waited for; a reply that cannot be read is a failure, told shortly', async () => {
    const given = [runInNewContext("Promise.resolve('of another realm')"), { then: (resolve) => resolve('of a library') }, { content: 'x', channelId: '' }, { content: 'x', channelId: 42 }, { content: 'x', metadata: { get hops() { throw new Error('x'.repeat(5000)); } } }];
    const rest = [...given];
    const daemon = createOrchestratorDaemon({ orchestrator: orchestrator(), generateResponse: () => rest.shift() });
    const told = record(daemon, ['message:send', 'message:error']);
    await daemon.start();
    while (rest.length > 0) await daemon.handleMessage(message('@ada please'));
    assert.deepEqual(told.map(([name, { content }]) => content ?? name), ['of another realm', 'of a library', 'message:error', 'message:error', 'message:error']);
    assert.equal(daemon.getHealthStatus().errors.at(-1), 'x'.repeat(1000));
    await daemon.stop();
  });

  await test('daemon: a listener that throws breaks nothing', async () => {
    const { error } = console;
    const told = [];
    console.error = (...args) => told.push(args.join(' '));
    const daemon = createOrchestratorDaemon({ orchestrator: orchestrator() });
    daemon.on('message:send', () => {
      throw new Error('mine');
    });
    const sent = record(daemon, ['message:send', 'message:processed']);
    await daemon.start();
    await daemon.handleMessage(message('hello @ada'));
    daemon.emit('error', new Error('nobody listens'));
    console.error = error;
    assert.deepEqual(sent.map(([name]) => name), ['message:send', 'message:processed']);
    assert.match(told.join('\n'), /message:send.*mine[\s\S]*nobody listens/);
    await daemon.stop();
  });

  await test('daemon: what is wrong is named', async () => {
    const made = (config) => () => createOrchestratorDaemon({ orchestrator: orchestrator(), ...config });
    assert.throws(made({ heartbeatInterval: 99 }), { name: 'RangeError', message: 'heartbeatInterval is 99; allowed is a whole number from 100 to 86400000 ms' });
    assert.throws(made({ maxConcurrentConversations: 0 }), /maxConcurrentConversations is 0/);
    assert.throws(made({ autoRespond: 'yes' }), /autoRespond is "yes"; allowed are true and false/);
    assert.throws(made({ orchestrator: orchestrator('X', { personality: { traits: ['a', 3] } }) }), /charter: personality\.traits\[1\] is 3; a text is allowed/);
    assert.throws(made({ orchestratorId: 7 }), /^TypeError: orchestrator is not given/);
    const unread = orchestrator();
    unread.user.orchestratorConfig = '{charter';
    assert.throws(made({ orchestrator: unread }), { name: 'TypeError', message: 'charter: orchestratorConfig is "{charter"; JSON is allowed' });
    assert.throws(made({ orchestrator: orchestrator('X', { operational: { workHours: { timezone: 'Mars/Base' } } }) }), /workHours\.timezone is "Mars\/Base"/);
    const daemon = createOrchestratorDaemon({ orchestrator: orchestrator() });
    await assert.rejects(daemon.sendResponse({ content: 'x', channelId: 'c' }), { message: 'Daemon not running' });
    await assert.rejects(daemon.executeAction({ type: 'dance', payload: {} }), /Unknown action type: dance; allowed are send_message, react, update_status, join_channel, leave_channel/);
    await assert.rejects(daemon.handleMessage(message('')), (error) => error instanceof OrchestratorError && /message\.content is empty/.test(error.message));
    await assert.rejects(daemon.handleMessage(message('x'.repeat(40000))), { code: 'too_large' });
  });
}

async function behaviour(core, test) {
  const { createOrchestratorDaemon } = core;

  await test('daemon: rules, else the charter in its own words; a reply carries what the specification says', async () => {
    const someone = orchestrator('Cy', { rules: [{ match: '/^ping(\\d+)$/i', reply: 'pong' }, { match: 'good day', reply: 'And to you.' }] });
    const daemon = createOrchestratorDaemon({ orchestrator: someone });
    const sent = record(daemon, ['message:send']);
    await daemon.start();
    for (const content of ['PING7', 'cy, Good  day!', '@cy what now?']) {
      await daemon.handleMessage(message(content, { metadata: { mentions: [someone.id] } }));
    }
    assert.deepEqual(sent.slice(0, 2).map(([, { content }]) => content), ['pong', 'And to you.']);
    assert.match(sent[2][1].content, /I am Cy, Librarian[^]*No language model[^]*pass generateResponse, or set ORCHD_URL/);
    const [, reply] = sent[0];
    assert.equal(reply.replyToId.startsWith('msg_'), true);
    assert.equal(reply.metadata.orchestratorId, someone.id);
    assert.match(reply.metadata.timestamp, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    await daemon.stop();
  });

  await test('daemon: a reply by the rules says whom a trigger hands over to, in the words of the server', async () => {
    const escalation = { enabled: true, triggers: ['refund', 'lawyer'], escalateTo: ['Grace Hopper', '@legal', 'boss'] };
    const daemon = createOrchestratorDaemon({
      orchestrator: orchestrator('Cy', { rules: [{ match: 'status', reply: 'All green.' }], operational: { escalation } }),
    });
    const sent = record(daemon, ['message:send']);
    await daemon.start();
    for (const content of ['@cy the status of my Lawyer?', '@cy the status of refunds?', '@cy a refund!']) await daemon.handleMessage(message(content));
    const [lawyer, none, refund] = sent.map(([, { content }]) => content);
    assert.equal(lawyer, 'All green.\n\nThis concerns "lawyer": I hand it over to @Grace Hopper, @legal and @boss.');
    assert.equal(none, 'All green.');
    assert.match(refund, /No language model[^]*This concerns "refund": I hand it over to/);
    await daemon.stop();
  });

  await test('daemon: outside the work hours the offline message, once', async () => {
    const closed = { operational: { workHours: { timezone: 'Europe/Berlin', schedule: {} }, offlineMessage: 'Back on Monday.' } };
    const daemon = createOrchestratorDaemon({ orchestrator: orchestrator('Dee', closed) });
    const sent = record(daemon, ['message:send']);
    await daemon.start();
    for (let i = 0; i < 3; i++) await daemon.handleMessage(message('@dee hello'));
    assert.deepEqual(sent.map(([, { content }]) => content), ['Back on Monday.']);
    await daemon.stop();
  });

  await test('daemon: autoRespond false hears and says nothing', async () => {
    const daemon = createOrchestratorDaemon({ orchestrator: orchestrator(), autoRespond: false });
    const lines = record(daemon, ['message:send', 'message:processed']);
    await daemon.start();
    await daemon.handleMessage(message('hello @ada'));
    assert.deepEqual(lines.map(([name]) => name), ['message:processed']);
    await daemon.stop();
  });
}

export async function daemon(core, test) {
  await lifecycle(core, test);
  await queueing(core, test);
  await addressing(core, test);
  await failures(core, test);
  await behaviour(core, test);
}
