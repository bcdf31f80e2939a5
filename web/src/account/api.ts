/** What the account's views ask of the server, over HTTP: there is no socket before one is logged in. */
import { request } from '../app/connection.js';
import type { WireUser } from '../app/wire.js';

export interface Provider {
  id: string;
  name: string;
}

export interface Providers {
  password: boolean;
  providers: Provider[];
  /** There is no user yet: the first one may be made. */
  setup: boolean;
}

export interface LoginSession {
  id: string;
  createdAt: string | null;
  lastUsedAt: string | null;
  expires: string;
  current: boolean;
  client: string | null;
  address: string | null;
}

export interface ApiToken {
  id: string;
  name: string;
  createdAt: string;
  expiresAt: string | null;
}

interface LoggedIn {
  user: WireUser;
}

export const askProviders = (): Promise<Providers> => request('GET', '/api/auth/providers');
export const logIn = (email: string, password: string): Promise<LoggedIn> => request('POST', '/api/auth/login', { email, password });
export const logInByLink = (code: string): Promise<LoggedIn> => request('POST', '/api/auth/login-link', { code });
export const setUp = (input: { code: string; email: string; name: string; password: string; organization?: string }): Promise<LoggedIn> =>
  request('POST', '/api/auth/setup', input);

/** Leaves the page for the provider's; it comes back to `then`, or to /login?error=CODE. `choose`: it asks which account. */
export function logInWith(provider: string, then: string, choose: boolean): void {
  window.location.assign(`/api/auth/oidc/${encodeURIComponent(provider)}?return=${encodeURIComponent(then)}${choose ? '&choose=true' : ''}`);
}

export const listSessions = (): Promise<{ sessions: LoginSession[] }> => request('GET', '/api/auth/sessions');
export const endSession = (id: string): Promise<void> => request('DELETE', `/api/auth/sessions/${encodeURIComponent(id)}`);
export const endOtherSessions = (): Promise<void> => request('DELETE', '/api/auth/sessions');

/** `current` null: there is none yet. */
export const changePassword = (current: string | null, password: string): Promise<void> =>
  request('POST', '/api/auth/password', { password, ...(current === null ? {} : { current }) });
export const changeProfile = (change: { displayName?: string; avatarUrl?: string }): Promise<LoggedIn> => request('PATCH', '/api/auth/me', change);

export const listTokens = (): Promise<{ tokens: ApiToken[] }> => request('GET', '/api/tokens');
export const makeToken = (name: string, expiresAt: string | null): Promise<{ token: string; id: string }> =>
  request('POST', '/api/tokens', { name, ...(expiresAt ? { expiresAt } : {}) });
export const revokeToken = (id: string): Promise<void> => request('DELETE', `/api/tokens/${encodeURIComponent(id)}`);

/** A login at a provider that is connected to the account. */
export interface Account {
  id: string;
  provider: string;
  createdAt: string | null;
}

export const listAccounts = (): Promise<{ password: boolean; accounts: Account[] }> => request('GET', '/api/auth/accounts');
export const unlinkAccount = (id: string): Promise<void> => request('DELETE', `/api/auth/accounts/${encodeURIComponent(id)}`);
/** The address at the provider to go to; it comes back to the settings. `choose`: the provider asks which account. */
export const linkAccount = (provider: string, choose: boolean): Promise<{ location: string }> =>
  request('POST', `/api/auth/oidc/${encodeURIComponent(provider)}/link`, { return: '/settings', choose });

/** What the server keeps of it, in bytes. */
const RETURN_MAX = 512;

/** Where to go after the login: a path of this page and nothing else, written as the server takes it. */
export function safeReturn(path: string | null): string {
  if (!path || !/^\/(?![/\\])/.test(path)) return '/';
  const { origin, pathname, search } = new URL(path, window.location.origin);
  const clean = pathname + search;
  return origin === window.location.origin && clean.length <= RETURN_MAX && !/^\/(\/|(login|setup|api)(\/|\?|$))/.test(clean) ? clean : '/';
}
