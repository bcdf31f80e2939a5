// Nothing acknowledged is lost, nothing is answered twice: 8 clients post to 3 channels while the server is killed again and
// again. Every case has a seed; ORCHD_SEED repeats it.
import { finish, test } from '../harness/check.mjs';
import { dataDirectory } from '../harness/orchd.mjs';
import { startModelServer } from '../models/server.mjs';
import { failingDisk, limitedFiles, pauses, smallDisk } from './plagues.mjs';
import { torture } from './torture.mjs';

const seed = Number(process.env.ORCHD_SEED ?? Date.now() % 1000000);
const only = process.argv[2];

async function withModel(behaviour, body) {
  const model = await startModelServer({ behaviour, seed });
  try {
    return await body({
      ORCHD_MODEL: 'openai/test-model',
      OPENAI_API_KEY: 'test-key',
      OPENAI_BASE_URL: `${model.url}/v1`,
    });
  } finally {
    await model.close();
  }
}

const cases = {
  'kill -9, 50 times, rules': () => torture({ seed, rounds: 50, signal: 'SIGKILL' }),
  'SIGTERM, 50 times, rules': () => torture({ seed: seed + 1, rounds: 50, signal: 'SIGTERM' }),
  'kill -9, 20 times, a model that answers and fails at random, answers stopped and tried again': () =>
    withModel('flaky', (env) => torture({ seed: seed + 2, rounds: 20, signal: 'SIGKILL', env, pace: 150, mayFail: true, meddled: true })),
  'kill -9, 20 times, a model that drips': () =>
    withModel('drip', (env) => torture({ seed: seed + 3, rounds: 20, signal: 'SIGKILL', env, pace: 80 })),
  'kill -9, 20 times, a model that hangs, then the next of the chain': () =>
    withModel('hang', (env) =>
      torture({
        seed: seed + 4,
        rounds: 20,
        signal: 'SIGKILL',
        pace: 80,
        env: { ...env, ORCHD_MODEL: 'openai/test-model,rules' },
        args: ['--model-timeout', '0.2', '--model-attempts', '1'],
      }),
    ),
  'kill -9, 20 times, a model that always fails': () =>
    withModel('fail', (env) =>
      torture({ seed: seed + 5, rounds: 20, signal: 'SIGKILL', env, args: ['--model-attempts', '1'], mayFail: true, mustFail: true }),
    ),
  'SIGTERM, 20 times, a model that drips': () =>
    withModel('drip', (env) => torture({ seed: seed + 6, rounds: 20, signal: 'SIGTERM', env, pace: 80 })),
};

// A name on the command line chooses cases; `faults:` ones are a suite of their own, with more rounds by ORCHD_ROUNDS.
const rounds = Number(process.env.ORCHD_ROUNDS ?? 8);

Object.assign(cases, {
  'faults: a disk that fails at random, with kill -9': () =>
    torture({ seed: seed + 10, rounds, signal: 'SIGKILL', pace: 25, plague: failingDisk(seed) }),
  'faults: a disk that fails at random, a model that drips': () =>
    withModel('drip', (env) => torture({ seed: seed + 11, rounds, signal: null, env, pace: 60, plague: failingDisk(seed + 1) })),
  'faults: files that may not grow, with kill -9': () => {
    const data = dataDirectory();
    return torture({ seed: seed + 12, rounds, signal: 'SIGKILL', pace: 25, data, plague: limitedFiles(data) });
  },
  'faults: a small disk that fills and is emptied, with kill -9': async () => {
    const data = dataDirectory();
    const plague = smallDisk(data);
    if (!plague) {
      console.log('       left out: no tmpfs can be mounted here');
      return;
    }
    await torture({ seed: seed + 13, rounds, signal: 'SIGKILL', pace: 25, data, plague });
  },
  'faults: SIGSTOP and SIGCONT, longer than heartbeats and deadlines': () =>
    withModel('drip', (env) =>
      torture({ seed: seed + 14, rounds, signal: null, env, pace: 60, args: ['--turn-deadline', '3'], plague: pauses() }),
    ),
  'faults: SIGSTOP and SIGCONT, with kill -9': () => torture({ seed: seed + 15, rounds, signal: 'SIGKILL', pace: 25, plague: pauses() }),
});

for (const [name, body] of Object.entries(cases)) if (only ? name.includes(only) : !name.startsWith('faults:')) await test(name, body);
finish(`ORCHD_SEED=${seed} ./dev test torture`);
