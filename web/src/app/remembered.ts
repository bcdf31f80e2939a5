/** Small things that outlive the page (localStorage). Where the browser refuses to keep them, or is full, they live as long as the page. */

const unkept = new Map<string, string>();

/** null: nothing. */
export function remembered(name: string): string | null {
  try {
    return unkept.get(name) ?? localStorage.getItem(name);
  } catch {
    return null;
  }
}

/** null: no more. */
export function remember(name: string, value: string | null): void {
  unkept.delete(name);
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    if (value !== null) unkept.set(name, value);
  }
}

/** Everything whose name begins so. */
export function forgetRemembered(prefix: string): void {
  for (const name of [...unkept.keys()]) if (name.startsWith(prefix)) unkept.delete(name);
  try {
    for (const name of Object.keys(localStorage)) if (name.startsWith(prefix)) localStorage.removeItem(name);
  } catch {
    // Nothing is kept where nothing may be read.
  }
}
