// A language model that answers when the test says so: what happens while a turn waits for it is the test's choice.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { openai } from '../models/wire.mjs';

export class GateModel {
  #waiting = [];
  asked = 0;

  static async start() {
    const model = new GateModel();
    model.server = createServer((request, response) => {
      request.resume();
      model.asked++;
      model.#waiting.push(response);
      model.wake?.();
    });
    model.server.listen(0, '127.0.0.1');
    await once(model.server, 'listening');
    model.url = `http://127.0.0.1:${model.server.address().port}/v1`;
    model.env = { ORCHD_MODEL: 'openai/test-model', OPENAI_API_KEY: 'test-key', OPENAI_BASE_URL: model.url };
    return model;
  }

  // Resolves when `count` requests have come in all.
  async isAsked(count) {
    while (this.asked < count) await new Promise((done) => (this.wake = done));
  }

  // Answers every request that waits.
  release(text) {
    const answer = { pieces: [text], stop: 'end', usage: { input: 2, output: 3, cacheRead: 0, cacheWrite: 0 } };
    for (const response of this.#waiting.splice(0)) {
      if (response.destroyed) continue;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(openai.events(answer).join(''));
    }
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }
}
