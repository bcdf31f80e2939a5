/** The site's own accounts and logins: it knows the passwords, orchd need not. */
import { scryptSync, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { unauthorized } from 'next/navigation';
import { openSession } from './orchd';

export interface SiteUser {
  id: string;
  email: string;
  name: string;
  isOrchestrator: boolean;
}

interface Account extends SiteUser {
  salt: string;
  hash: string;
}

/** Unknown addresses take as long as known ones. */
const nobody = { salt: 'nobody', hash: '00'.repeat(64) };

function accounts(): Account[] {
  return JSON.parse(readFileSync(process.env.SITE_ACCOUNTS as string, 'utf8'));
}

export async function authenticateUser(email: string, password: string): Promise<SiteUser> {
  const account = accounts().find((each) => each.email === email);
  const { salt, hash } = account ?? nobody;
  const same = timingSafeEqual(scryptSync(String(password), salt, 64), Buffer.from(hash, 'hex'));
  if (!account || !same) unauthorized();
  await openSession(account.email);
  return { id: account.id, email: account.email, name: account.name, isOrchestrator: account.isOrchestrator };
}
