/** Runs before the first paint: the chosen theme, so that nothing flashes. */
try {
  const chosen = localStorage.getItem('orchd.theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
} catch {
  // A browser that keeps nothing shows the system's theme.
}
