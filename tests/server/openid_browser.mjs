// What a browser does in a login by OpenID: follows redirections and keeps cookies of each server for itself.

// The Set-Cookie lines of an answer: not getSetCookie(), which the undici of Debian's Node 18 does not have. A comma within a line stands
// in a date, and no `name=` comes after it.
export function cookiesSet(headers) {
  return headers.get('set-cookie')?.split(/, (?=[^\s;,=]+=)/) ?? [];
}

export class Browser {
  #jars = new Map(); // of an origin: name to value

  cookies(origin) {
    if (!this.#jars.has(origin)) this.#jars.set(origin, new Map());
    return this.#jars.get(origin);
  }

  // One request; where it is sent on to is in `location`, absolute.
  async request(url, { method = 'GET', headers = {}, body } = {}) {
    const { origin } = new URL(url);
    const jar = this.cookies(origin);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { method, redirect: 'manual', headers: { ...(cookie && { cookie }), ...headers }, body });
    for (const line of cookiesSet(response.headers)) {
      const [pair, ...attributes] = line.split('; ');
      const at = pair.indexOf('=');
      if (attributes.includes('Max-Age=0') || attributes.some((one) => /^expires=Thu, 01 Jan 1970/i.test(one))) jar.delete(pair.slice(0, at));
      else jar.set(pair.slice(0, at), pair.slice(at + 1));
    }
    const location = response.headers.get('location');
    return { status: response.status, headers: response.headers, text: await response.text(), location: location && new URL(location, url).href };
  }

  // Goes on until nobody sends it further, or to an address that `until` likes: that address, not asked for yet.
  async follow(url, until) {
    for (let i = 0; i < 12; i++) {
      if (until(url)) return url;
      const { location, status, text } = await this.request(url);
      if (!location) throw new Error(`${url} sends nobody on: ${status} ${text.slice(0, 300)}`);
      url = location;
    }
    throw new Error('there is no end of redirections');
  }

  // A whole login: what orchd answers to the callback.
  async logIn(address, provider, { path = '/c/general', callback = (url) => url } = {}) {
    const begin = `${address}/api/auth/oidc/${provider}?return=${encodeURIComponent(path)}`;
    return this.arrive(await this.follow(begin, (url) => url.includes('/callback?') || url.includes('/login?error')), callback);
  }

  arrive(url, callback = (same) => same) {
    return url.includes('/login?error') ? { status: 302, location: url } : this.request(callback(url));
  }
}
