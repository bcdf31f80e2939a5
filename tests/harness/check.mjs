// A few words for tests: named cases, one line each, the closing line that ./dev adds up.
let passed = 0;
let failed = 0;

// What is rejected before a test comes to await it is no failure; what nobody ever awaited is one.
const unawaited = new Map();
process.on('unhandledRejection', (error, promise) => unawaited.set(promise, error));
process.on('rejectionHandled', (promise) => unawaited.delete(promise));

export async function test(name, body) {
  const begin = Date.now();
  try {
    await body();
    passed++;
    console.log(`ok     ${name} (${Date.now() - begin} ms)`);
  } catch (error) {
    failed++;
    console.log(`FAILED ${name}\n${error.stack ?? error}`);
  }
}

export async function finish(repeat) {
  await new Promise((done) => setImmediate(done)); // what was awaited last is known by then
  for (const error of unawaited.values()) {
    failed++;
    console.log(`FAILED a promise that nobody awaited\n${error?.stack ?? error}`);
  }
  if (failed && repeat) console.log(`repeat with: ${repeat}`);
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed ? 1 : 0);
}

// Waits for a condition; what it was is in the error: a text, or a function of what is known by then.
export async function until(what, condition, timeout = 20000) {
  const end = Date.now() + timeout;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`not within ${timeout} ms: ${typeof what === 'function' ? what() : what}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}
