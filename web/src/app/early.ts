/** Runs before the first paint: the chosen theme, so that nothing flashes. */
const chosen = localStorage.getItem('orchd.theme');
if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
