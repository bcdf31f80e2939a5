// A workspace with people and orchestrators, and people who are logged in with a browser.
import { api, dataDirectory, orchdOk, Server, tokenOf } from '../harness/orchd.mjs';

export const PASSWORD = 'correct horse battery';

export class Stage {
  static async open(model, options = {}) {
    const stage = new Stage();
    stage.data = dataDirectory();
    stage.model = model;
    await orchdOk(['init', '--demo', '--data', stage.data, '--email', 'ann@test.example', '--name', 'Ann Fisher', '--password-stdin'], { input: `${PASSWORD}\n` });
    await orchdOk(['user', 'add', '--data', stage.data, '--email', 'ben@test.example', '--name', 'Ben Cole', '--password-stdin'], { input: `${PASSWORD}\n` });
    stage.server = await new Server(stage.data, { env: model?.env ?? {}, args: options.args ?? [] }).start();
    stage.token = await tokenOf(stage.data, 'ann@test.example');
    return stage;
  }

  get address() {
    return this.server.address;
  }

  api(method, path, body) {
    return api(this.address, this.token, method, path, body);
  }

  /** A page in which this person is logged in. */
  async person(browser, name, options = {}) {
    const page = await browser.visitor({ baseURL: this.address, ...options });
    const response = await page.request.post(`${this.address}/api/auth/login`, {
      data: { email: `${name}@test.example`, password: PASSWORD }, headers: { origin: this.address },
    });
    if (!response.ok()) throw new Error(`${name} could not log in: ${response.status()}`);
    return page;
  }
}
