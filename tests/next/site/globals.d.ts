/** What the document's login route takes for granted; instrumentation.ts gives it. */
declare var authenticateUser: (email: string, password: string) => Promise<import('./lib/accounts').SiteUser>;
