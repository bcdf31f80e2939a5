let taken = { path: '', code: '' };

/** A secret that comes behind the # of the address. It does not stay there, where others would see it; asked again at the same path,
 * the same is told: React may begin a render more than once. */
export function takeFragment(): string {
  const { hash, pathname } = window.location;
  if (hash.length > 1) {
    taken = { path: pathname, code: decoded(hash.slice(1)) };
    window.history.replaceState(window.history.state, '', pathname);
  }
  return taken.path === pathname ? taken.code : '';
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
