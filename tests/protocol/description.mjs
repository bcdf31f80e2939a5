// The description of the wire as the server serves it, with what tests need of it: operations, their inputs, and validators for
// what comes back. Schemas of answers are closed here: a field that is not described fails.
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const verbs = ['get', 'post', 'patch', 'delete'];

// Every object schema with properties, and no word on further ones, allows none.
function close(node) {
  if (Array.isArray(node)) return node.map(close);
  if (node === null || typeof node !== 'object') return node;
  const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, close(value)]));
  if (copy.type === 'object' && copy.properties && copy.additionalProperties === undefined) copy.additionalProperties = false;
  return copy;
}

export class Description {
  #validators = new Map(); // of an ajv: of the text of a schema

  constructor(openapi, jsonrpc) {
    this.documents = { 'openapi.json': openapi, 'jsonrpc.json': jsonrpc };
    this.open = this.#ajv((node) => node);
    this.closed = this.#ajv(close);
    this.operations = Object.entries(openapi.paths).flatMap(([path, item]) =>
      verbs.filter((verb) => item[verb]).map((verb) => this.#operation(path, item, verb)),
    );
    this.methods = jsonrpc.methods.map((method) => ({
      ...method,
      access: method['x-access'] ?? this.operations.find((one) => one.id === method['x-operation']).access,
      inputs: method.params.map((param) => this.#input(param.name, ['params'], param.required ?? false, param.schema, 'jsonrpc.json')),
    }));
    this.notifications = new Map(jsonrpc['x-notifications'].map((notice) => [notice.name, notice.params]));
  }

  static async of(address) {
    const read = async (name) => (await fetch(`${address}/api/${name}`)).json();
    return new Description(await read('openapi.json'), await read('jsonrpc.json'));
  }

  #ajv(prepare) {
    const ajv = new Ajv({ strict: true, allowUnionTypes: true, strictTypes: false, strictRequired: false, allErrors: true });
    addFormats(ajv);
    ajv.addVocabulary(['components', 'x-max-bytes', 'x-constant', 'x-constant-min', 'x-constant-default', 'x-example']);
    ajv.addFormat('utc-time', /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{3})?)?Z)?$/);
    for (const [name, document] of Object.entries(this.documents)) {
      ajv.addSchema({ $id: `wire:/${name}`, components: { schemas: prepare(document.components.schemas) } }, undefined, undefined, false);
    }
    this.#validators.set(ajv, new Map());
    return ajv;
  }

  // A validator for a schema that stands in `document`.
  #compile(ajv, schema, document) {
    const text = JSON.stringify(schema).replaceAll('"#/', `"wire:/${document}#/`).replaceAll('"openapi.json#/', '"wire:/openapi.json#/');
    const known = this.#validators.get(ajv);
    if (!known.has(text)) known.set(text, ajv.compile(ajv === this.closed ? close(JSON.parse(text)) : JSON.parse(text)));
    return known.get(text);
  }

  #check(schema, document, value, what) {
    const validate = this.#compile(this.closed, schema, document);
    if (!validate(value))
      throw new Error(`${what} is not as described: ${this.closed.errorsText(validate.errors)}\n${JSON.stringify(value).slice(0, 2000)}`);
  }

  resolve(node, document) {
    while (node.$ref) {
      const [place, pointer] = node.$ref.split('#');
      document = place || document;
      const found = pointer.split('/').slice(1).reduce((at, key) => at[key], this.documents[document]);
      const { $ref, ...beside } = node;
      node = { ...found, ...beside };
    }
    return node;
  }

  #input(name, places, required, schema, document) {
    const resolved = this.resolve(schema, document);
    const array = resolved.anyOf?.find((one) => one.type === 'array') ?? resolved;
    const items = array.items?.$ref ? this.resolve(array.items, document) : array.items;
    const validate = this.#compile(this.open, schema, document);
    return { name, places, required, schema: { ...resolved, ...(items && { items }) }, fits: (value) => validate(value) };
  }

  #operation(path, item, verb) {
    const node = item[verb];
    const inputs = [...(item.parameters ?? []), ...(node.parameters ?? [])].map((parameter) => {
      const { name, in: place, required = false, schema } = this.resolve(parameter, 'openapi.json');
      return this.#input(name, [place], required, schema, 'openapi.json');
    });
    let body = node.requestBody?.content['application/json'].schema;
    if (body) {
      body = this.resolve(body, 'openapi.json');
      for (const [name, schema] of Object.entries(body.properties ?? {})) {
        const known = inputs.find((input) => input.name === name);
        const required = body.required?.includes(name) ?? false;
        if (known) Object.assign(known, { places: [...known.places, 'body'], required: known.required || required });
        else inputs.push(this.#input(name, ['body'], required, schema, 'openapi.json'));
      }
    }
    const oneOf = body?.anyOf?.map((one) => one.required[0]);
    return { id: node.operationId, verb: verb.toUpperCase(), path, access: node['x-access'], inputs, oneOf, responses: node.responses };
  }

  // ---- what came back ----

  checkResponse(operation, status, type, body) {
    const what = `${operation.id}: ${status}`;
    const described = operation.responses[status] ?? (status >= 400 && (operation.responses['4XX'] ?? operation.responses.default));
    if (!described) throw new Error(`${what} is not described\n${JSON.stringify(body)}`);
    const { content } = this.resolve(described, 'openapi.json');
    if (!content) {
      if (body !== null) throw new Error(`${what} has a body`);
      return;
    }
    const media = type?.split(';')[0];
    if (!content[media]) throw new Error(`${what}: the content type ${type} is not described`);
    this.#check(content[media].schema, 'openapi.json', body, what);
  }

  checkResult(method, result) {
    this.#check(this.methods.find(({ name }) => name === method).result.schema, 'jsonrpc.json', result, method);
  }

  checkRpcError(method, { code, message, data }) {
    const described = Object.values(this.documents['jsonrpc.json'].components.errors).map((error) => error.code);
    if (!described.includes(code) || !message) throw new Error(`${method}: the error ${code} ${message} is not described`);
    this.#check({ $ref: '#/components/schemas/ErrorData' }, 'jsonrpc.json', data, `${method}: data of the error`);
  }

  checkNotification(method, params) {
    const schema = this.notifications.get(method);
    if (!schema) throw new Error(`the notification ${method} is not described`);
    this.#check(schema, 'jsonrpc.json', params, method);
  }
}
