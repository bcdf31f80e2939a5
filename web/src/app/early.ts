/** Runs before the first paint: the chosen theme, so that nothing flashes; and who is logged in is asked while the page still loads. */
try {
  const chosen = localStorage.getItem('orchd.theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
} catch {
  // A browser that keeps nothing shows the system's theme.
}

(globalThis as { askedEarly?: Promise<Response | null> }).askedEarly = fetch('/api/auth/me', { credentials: 'same-origin', cache: 'no-store' }).catch(() => null);
