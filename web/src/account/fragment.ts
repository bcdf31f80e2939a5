/** A secret that comes behind the # of the address. It does not stay there, where others would see it. */
export function takeFragment(): string {
  const code = window.location.hash.slice(1);
  if (code) window.history.replaceState(window.history.state, '', window.location.pathname);
  try {
    return decodeURIComponent(code);
  } catch {
    return code;
  }
}
