// Calls by the names of the description; whatever comes back is held against it, and what was answered well is remembered.
import assert from 'node:assert/strict';

export class Wire {
  constructor(address, description) {
    Object.assign(this, { address, description, done: new Set(), told: new Set(), wrong: [] });
  }

  // One request, redirections not followed: {status, body, headers}. `inputs` by name; `places` says where a field goes that may stand in two.
  async http(id, token, inputs = {}, { places = {}, address = this.address } = {}) {
    const operation = this.description.operations.find((one) => one.id === id);
    const query = new URLSearchParams();
    const body = {};
    let path = operation.path;
    for (const [name, value] of Object.entries(inputs)) {
      const place = places[name] ?? operation.inputs.find((input) => input.name === name)?.places[0] ?? 'body';
      if (place === 'path') path = path.replace(`{${name}}`, encodeURIComponent(value));
      else if (place === 'query') query.set(name, value);
      else body[name] = value;
    }
    const hasBody = Object.keys(body).length > 0 || operation.verb === 'POST';
    const response = await fetch(`${address}${path}${query.size || [...query].length ? `?${query}` : ''}`, {
      method: operation.verb,
      redirect: 'manual',
      headers: { ...(token && { authorization: `Bearer ${token}` }), ...(hasBody && { 'content-type': 'application/json' }) },
      body: hasBody ? JSON.stringify(body) : undefined,
    });
    const text = await response.text();
    const type = response.headers.get('content-type');
    const read = !text ? null : type?.startsWith('application/json') ? JSON.parse(text) : text;
    this.description.checkResponse(operation, response.status, type, read);
    if (response.status < 400) this.done.add(id);
    return { status: response.status, body: read, headers: response.headers };
  }

  // The same, for an answer with this status; its body.
  async ok(id, token, inputs, options) {
    const { status, body } = await this.http(id, token, inputs, options);
    assert.ok(status >= 200 && status < 400, `${id}: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  // One call; its result, or an error with code and data.
  async call(rpc, method, params) {
    try {
      const result = await rpc.call(method, params);
      this.description.checkResult(method, result);
      this.done.add(method);
      return result;
    } catch (error) {
      if (error.code && error.data) this.description.checkRpcError(method, error);
      throw error;
    }
  }

  // From now on every notification of this client is held against the description; assertTold tells what was wrong.
  listen(rpc) {
    rpc.on('notification', (method, params) => {
      this.told.add(method);
      try {
        this.description.checkNotification(method, params);
      } catch (error) {
        this.wrong.push(error.message);
      }
    });
  }
}
