/** Runs once, when the server starts: from here on getDaemonManager() is the mirror of the orchd, in every route. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return;
  const { getDaemonManager } = await import('@neolith/core');
  const { authenticateUser } = await import('./lib/accounts');
  globalThis.authenticateUser = authenticateUser;
  getDaemonManager({ url: process.env.ORCHD_URL, token: process.env.ORCHD_TOKEN });
}
