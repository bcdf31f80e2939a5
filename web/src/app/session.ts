/** Who is logged in.
 *
 *     unknown ──▶ in | out          out also when the login ends while the page is open; `ended`: somebody was in
 *
 * Without network the last one who was logged in is taken for granted, so that the page opens; the server decides anyway what
 * may be done.
 */
import { endConnection, onSignedOut, openConnection, readAnswer, request, type OrchestratorError } from './connection.js';
import { remember, remembered } from './remembered.js';
import { Store, useStore } from './store.js';
import type { WireUser } from './wire.js';

export type SessionState =
  | { status: 'unknown' }
  | { status: 'in'; user: WireUser }
  | { status: 'out'; how: 'stranger' | 'left' | 'ended' };

const KEPT = 'orchd.user';

export const session = new Store<SessionState>({ status: 'unknown' });

export function useSession(): SessionState {
  return useStore(session, (state) => state);
}

/** Who is logged in; only where somebody is. */
export function useUser(): WireUser {
  const state = useSession();
  if (state.status !== 'in') throw new Error('nobody is logged in');
  return state.user;
}

export function currentUser(): WireUser | null {
  const state = session.get();
  return state.status === 'in' ? state.user : null;
}

export function isAdmin(user: WireUser | null): boolean {
  return user !== null && (user.role === 'ADMIN' || user.role === 'OWNER');
}

function keep(user: WireUser | null): void {
  remember(KEPT, user && JSON.stringify(user));
}

function kept(): WireUser | null {
  try {
    return JSON.parse(remembered(KEPT) ?? 'null') as WireUser | null;
  } catch {
    return null;
  }
}

/** A login has succeeded (or who is logged in changed): the page goes on as this user. */
export function signIn(user: WireUser): void {
  keep(user);
  session.set({ status: 'in', user });
  openConnection();
}

/** The answer to what early.ts has asked. */
async function askedEarly(): Promise<{ user: WireUser | null }> {
  const { askedEarly: asked } = globalThis as { askedEarly?: Promise<Response | null> };
  return readAnswer(await asked);
}

/** Asks the server who is logged in. `stranger` is called where nobody was: a login is likely. */
export async function startSession(stranger: () => void): Promise<void> {
  const known = kept();
  if (known) signIn(known); // shows what is kept while the server is asked
  else stranger();
  try {
    const { user } = await askedEarly();
    if (user) signIn(user);
    else forget(known ? 'ended' : 'stranger');
  } catch (error) {
    if ((error as OrchestratorError).details.status === 401) forget(known ? 'ended' : 'stranger');
    else if (!known) session.set({ status: 'out', how: 'stranger' });
  }
}

function forget(how: 'stranger' | 'left' | 'ended'): void {
  keep(null);
  session.set({ status: 'out', how });
  endConnection();
}

const farewells = new Set<() => Promise<void>>();

/** Called before somebody logs out: what belongs to them on this device is removed. */
export function onFarewell(handler: () => Promise<void>): void {
  farewells.add(handler);
}

/** Set while somebody logs out here: the server ends the connection before it has answered. */
let leaving = false;

export async function signOut(): Promise<void> {
  leaving = true;
  try {
    await request('POST', '/api/auth/logout').catch((error: OrchestratorError) => {
      if (error.details.status !== 401) throw error;
    });
    await Promise.all([...farewells].map((handler) => handler())).catch(() => {});
    forget('left');
  } finally {
    leaving = false;
  }
}

onSignedOut(() => {
  if (session.get().status !== 'in') return;
  keep(null);
  session.set({ status: 'out', how: leaving ? 'left' : 'ended' });
});
