/** The orchd of this site, asked by its server. */
import { readFileSync } from 'node:fs';
import { cookies } from 'next/headers';

const COOKIE = 'orchd_session';
const json = { 'content-type': 'application/json' };

function ask(method: string, path: string, token: string, body?: object): Promise<Response> {
  return fetch(`${process.env.ORCHD_URL}${path}`, {
    method, cache: 'no-store', headers: { authorization: `Bearer ${token}`, ...(body ? json : {}) }, ...(body ? { body: JSON.stringify(body) } : {}),
  });
}

/** Whoever the site has logged in gets a session of orchd's, as a cookie of the site: it goes along to /ws, and no script reads it.
 * The owner's token, new at each start of orchd, is in its data directory. */
export async function openSession(email: string): Promise<void> {
  const owner = readFileSync(process.env.ORCHD_OWNER_TOKEN_FILE as string, 'utf8').trim();
  const made = await ask('POST', '/api/owner/sessions', owner, { email });
  if (!made.ok) throw new Error(`orchd gave no session: ${await made.text()}`);
  const { token, expiresAt } = await made.json();
  const secure = process.env.SITE_URL?.startsWith('https:') ?? false;
  (await cookies()).set(COOKIE, token, { httpOnly: true, sameSite: 'lax', secure, path: '/', expires: new Date(expiresAt) });
}

export async function closeSession(): Promise<void> {
  const jar = await cookies();
  await ask('POST', '/api/auth/logout', jar.get(COOKIE)?.value ?? '');
  jar.delete(COOKIE);
}

/** What orchd tells the visitor; null: nobody is logged in. */
export async function tell<Answer>(path: string): Promise<Answer | null> {
  const session = (await cookies()).get(COOKIE)?.value;
  if (!session) return null;
  const response = await ask('GET', path, session);
  if (response.status === 401) return null;
  if (!response.ok) throw new Error(`orchd answered ${path} with ${response.status}`);
  return response.json();
}

export interface Orchestrator {
  id: string;
  name: string;
  role: string;
}

/** An answer has some 2,500 of them, and `next` where there are more. null: nobody is logged in. */
export async function allOrchestrators(after?: string): Promise<Orchestrator[] | null> {
  const page = await tell<{ orchestrators: Orchestrator[]; next?: string }>(`/api/orchestrators${after ? `?after=${after}` : ''}`);
  if (!page?.next) return page && page.orchestrators;
  const rest = await allOrchestrators(page.next);
  return rest && [...page.orchestrators, ...rest];
}
