// A language model for the bench of streams: an OpenAI-compatible server over TLS, HTTP/2 where the client speaks it.
//
//   node stream_model.mjs DELTAS_A_SECOND SECONDS STREAMS
//
// Each answer is a delta every 1/DELTAS_A_SECOND seconds whose text is the time at which it was written, in nanoseconds of the
// monotonic clock, and a space. All begin when STREAMS of them are open, so that they are open at once, spread evenly over a
// period, and end after SECONDS. Prints its address; the certificate is that of the tests.
import { readFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';

const [rate, seconds, streams] = process.argv.slice(2).map(Number);
const folder = new URL('../tests/models/', import.meta.url);
const open = new Set();
let opened = 0;
let started = 0n;

const chunk = (delta, finish = null) =>
  `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"bench","choices":[{"index":0,"delta":${delta},"finish_reason":${finish}}]}\n\n`;

function finish(response) {
  open.delete(response);
  response.end(chunk('{}', '"stop"') + 'data: [DONE]\n\n');
}

// One tick a millisecond writes to those whose turn it is, so that writes are spread as a real model's are.
function tick() {
  const now = process.hrtime.bigint();
  const elapsed = Number(now - started) / 1e6;
  for (const response of open) {
    if (elapsed < response.due) continue;
    if (elapsed > seconds * 1000) {
      finish(response);
      continue;
    }
    response.due += 1000 / rate;
    response.write(chunk(`{"content":"${process.hrtime.bigint()} "}`));
  }
}

function begin() {
  started = process.hrtime.bigint();
  let place = 0;
  for (const response of open) response.due = (place++ / open.size) * (1000 / rate);
  setInterval(tick, 1);
}

const server = createSecureServer(
  { key: readFileSync(new URL('localhost-key.pem', folder)), cert: readFileSync(new URL('localhost-cert.pem', folder)), allowHTTP1: true },
  (request, response) => {
    request.resume();
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chunk('{"role":"assistant","content":""}'));
      open.add(response);
      response.on('close', () => open.delete(response));
      if (++opened === streams) begin();
    });
  },
);
server.listen(0, '127.0.0.1', () => console.log(`https://127.0.0.1:${server.address().port}`));
