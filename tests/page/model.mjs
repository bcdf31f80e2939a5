// A language model that says what the test says, when the test says it: pieces of an answer as they would stream.
import { once } from 'node:events';
import { createServer } from 'node:http';

export class SpokenModel {
  #open = [];
  asked = 0;

  static async start() {
    const model = new SpokenModel();
    model.server = createServer((request, response) => {
      request.resume();
      model.asked++;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
      response.on('close', () => {
        model.#open = model.#open.filter((each) => each !== response);
        model.left = (model.left ?? 0) + 1;
      });
      model.#open.push(response);
    });
    model.server.listen(0, '127.0.0.1');
    await once(model.server, 'listening');
    const url = `http://127.0.0.1:${model.server.address().port}/v1`;
    model.env = { ORCHD_MODEL: 'openai/spoken', OPENAI_API_KEY: 'test-key', OPENAI_BASE_URL: url };
    return model;
  }

  get waiting() {
    return this.#open.length;
  }

  #send(choice, extra = {}) {
    const chunk = { id: 'c', object: 'chat.completion.chunk', model: 'spoken', choices: [{ index: 0, ...choice }], ...extra };
    for (const response of this.#open) response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  }

  say(text) {
    this.#send({ delta: { content: text } });
  }

  end() {
    this.#send({ delta: {}, finish_reason: 'stop' }, { usage: { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 } });
    for (const response of this.#open.splice(0)) response.end('data: [DONE]\n\n');
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }
}
