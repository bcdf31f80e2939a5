// Whether a request is what the API's documentation asks for. Written from the documentation, not from the encoder.
import assert from 'node:assert/strict';

function checkMessages(messages) {
  assert.ok(Array.isArray(messages) && messages.length > 0, 'messages is a list with something in it');
  for (const message of messages) {
    assert.deepEqual(Object.keys(message).sort(), ['content', 'role']);
    assert.ok(['user', 'assistant'].includes(message.role), `role ${message.role}`);
    assert.equal(typeof message.content, 'string');
    assert.notEqual(message.content.trim(), '', 'no empty message');
  }
  for (let i = 1; i < messages.length; i++) assert.notEqual(messages[i].role, messages[i - 1].role, 'roles alternate');
  assert.equal(messages.at(-1).role, 'user', 'the user has the last word');
}

function only(body, allowed) {
  for (const key of Object.keys(body)) assert.ok(allowed.includes(key), `${key} belongs into the body`);
}

export const checkRequest = {
  anthropic({ headers, body }, key) {
    assert.equal(headers['content-type'], 'application/json');
    assert.equal(headers['x-api-key'], key);
    assert.equal(headers.authorization, `Bearer ${key}`);
    assert.equal(headers['anthropic-version'], '2026-10-21');
    only(body, ['model', 'max_tokens', 'stream', 'system', 'messages']); // with this version no temperature, top_p, top_k
    assert.equal(body.stream, true);
    assert.ok(Number.isInteger(body.max_tokens) && body.max_tokens > 0);
    assert.equal(body.system.length, 1);
    assert.equal(body.system[0].type, 'text');
    assert.notEqual(body.system[0].text.trim(), '');
    assert.deepEqual(body.system[0].cache_control, { type: 'ephemeral' });
    checkMessages(body.messages);
    assert.equal(body.messages[0].role, 'user', 'the user has the first word');
  },

  openai({ headers, body }, key) {
    assert.equal(headers['content-type'], 'application/json');
    assert.equal(headers.authorization, `Bearer ${key}`);
    assert.equal(headers['x-api-key'], undefined);
    only(body, ['model', 'max_tokens', 'stream', 'stream_options', 'messages', 'temperature']);
    assert.equal(body.stream, true);
    assert.deepEqual(body.stream_options, { include_usage: true });
    assert.ok(Number.isInteger(body.max_tokens) && body.max_tokens > 0);
    assert.equal(body.temperature, 0.7);
    assert.equal(body.messages[0].role, 'system');
    assert.notEqual(body.messages[0].content.trim(), '');
    checkMessages(body.messages.slice(1));
  },
};
