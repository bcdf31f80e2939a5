// A served workspace and a browser for the tests of the page: people who are logged in, orchestrators that answer by rules.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { password, World } from '../server/world.mjs';

export { password };

/** A page whose login has ended may try to connect before it has heard why it was cut. */
export const cutOff = /WebSocket connection to .* failed: HTTP Authentication failed/;

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const charter = {
  systemPrompt: 'You keep the lamp burning.',
  personality: { tone: 'gruff' },
  expertise: ['lamps'],
  rules: [{ match: 'hello', reply: 'Hm. Hello.' }, { match: 'status', reply: 'Lamp on.' }],
};

export class House {
  /** `stopped`: not yet served; `world.server.start()` does. */
  static async open(browser, { env = {}, stopped = false } = {}) {
    const house = new House();
    house.browser = browser;
    house.visitors = [];
    house.world = await World.make({ env: { ORCHD_MODEL: 'rules', DAEMON_HEARTBEAT_INTERVAL: '500', ...env } });
    if (stopped) await house.world.server.kill('SIGTERM');
    return house;
  }

  get address() {
    return this.world.address;
  }

  /** A named case; the visitors that entered in it are closed after it. (Where it fails, their pictures are taken first.) */
  test(name, body, options) {
    return this.browser.test(name, async () => {
      await body();
      await Promise.all(this.visitors.splice(0).map((context) => context.close()));
    }, options);
  }

  /** A page of somebody who is logged in, at `path`. Options are those of playwright's newContext(). */
  async enter(path, { email = this.world.ownerEmail, ...options } = {}) {
    const page = await this.stranger(options);
    const answer = await page.request.post(`${this.address}/api/auth/login`, { data: { email, password } });
    if (answer.status() !== 200) throw new Error(`${email}: ${answer.status()} ${await answer.text()}`);
    await page.goto(this.address + path);
    return page;
  }

  /** A page of somebody who is not. */
  async stranger(options = {}) {
    const page = await this.browser.visitor(options);
    this.visitors.push(page.context());
    return page;
  }

  addOrchestrator(name, extra = {}) {
    return this.world.addOrchestrator(name, charter, { role: 'Engineer', ...extra });
  }

  async close() {
    await Promise.all(this.visitors.splice(0).map((context) => context.close()));
    await this.world.end();
  }
}

/** What axe-core finds on the page as it is; each with where it is. */
export async function faultsOf(page) {
  // Evaluated in the page's own world: the Content-Security-Policy has nothing against the debugger.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  }));
  return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ target, failureSummary }) => `${target.join(' ')} (${failureSummary})`).join('; ')}`);
}
