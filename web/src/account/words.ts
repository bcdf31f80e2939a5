/** Refusals in plain words: what happened, and what one can do. */
import { OrchestratorError } from '../app/connection.js';

const BUSY = 'Too many logins are under way. Please try again in a moment.';

const LOGIN_CODES: { [code: string]: string } = {
  denied: 'You ended the login before it was done. Try again whenever you like.',
  expired: 'That login took too long, or began in another browser. Please try once more.',
  provider: 'The login provider did not answer as it should. Try again in a moment, or use your password.',
  token: 'What the login provider said could not be proven, so nobody was let in. Tell an administrator if it happens again.',
  email: 'The login provider does not vouch for that e-mail address. Confirm the address there and try again, or log in with another account.',
  unknown_user: 'Nobody here has that e-mail address. Log in with another account, or ask an administrator to add you.',
  link: 'Somebody here has that e-mail address and a password. If it is you, log in with the password and connect this login in the settings; then both work.',
  disabled: 'This account is not active. An administrator can open it again.',
  busy: BUSY,
  rate_limited: BUSY,
  closing: 'The server is being restarted. Please try again in a moment.',
  not_found: 'That login provider is not set up here. Choose another way to log in.',
  address: 'Logins with a provider begin at the address that the server was given. Open the page there, or use your password.',
};

/** After these the provider asks which account it shall be: it would choose the same one again by itself. */
const OTHER_ACCOUNT = new Set(['email', 'unknown_user', 'link', 'disabled', 'taken']);

export function wantsOtherAccount(code: string | null): boolean {
  return code !== null && OTHER_ACCOUNT.has(code);
}

const LINK_CODES: { [code: string]: string } = {
  ...LOGIN_CODES,
  taken: 'That login belongs to somebody else here already. Connect another one, or have it disconnected there first.',
  session: 'You were logged out meanwhile, so nothing was connected. Please try once more.',
};

/** For `/settings?error=CODE`, where a login was to be connected. */
export function linkFailure(code: string): string {
  return LINK_CODES[code] ?? 'That login could not be connected. Please try again.';
}

/** For `/login?error=CODE`. */
export function loginFailure(code: string): string {
  return LOGIN_CODES[code] ?? 'That login did not work. Please try again, or use your password.';
}

export function waitInWords(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1000));
  if (seconds < 60) return seconds === 1 ? 'one second' : `${seconds} seconds`;
  const minutes = Math.ceil(seconds / 60);
  return minutes === 1 ? 'a minute' : `${minutes} minutes`;
}

/** The input that the server found wrong, if it named one. */
export function fieldOf(error: unknown): string | null {
  return error instanceof OrchestratorError && typeof error.details.field === 'string' ? error.details.field : null;
}

export function refusalInWords(error: unknown): string {
  if (!(error instanceof OrchestratorError)) return error instanceof Error ? error.message : 'Something went wrong.';
  const { status, retryAfterMs } = error.details;
  if (error.code === 'connection') return 'The server cannot be reached. Is the network there?';
  if (status === 429) return typeof retryAfterMs === 'number' ? `Too many attempts. Please wait ${waitInWords(retryAfterMs)}.` : 'Too many attempts. Please wait a little.';
  return error.message.replace(/^./, (first) => first.toUpperCase()).replace(/([^.!?])$/, '$1.');
}
