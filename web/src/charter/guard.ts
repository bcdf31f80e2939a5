/** Keeps somebody from leaving with changes that are not saved: the page asks within itself, the browser asks on closing. */
import { useEffect, useState } from 'react';
import { guardNavigation } from '../app/router.js';

/** Somebody wants to leave. */
export interface Leaving {
  go(): void;
  stay(): void;
}

export function useUnsavedGuard(dirty: boolean): Leaving | null {
  const [leave, setLeave] = useState<(() => void) | null>(null);
  useEffect(() => {
    if (!dirty) return undefined;
    const unload = (event: BeforeUnloadEvent): void => event.preventDefault();
    const release = guardNavigation((proceed) => setLeave(() => proceed));
    window.addEventListener('beforeunload', unload);
    return () => {
      release();
      window.removeEventListener('beforeunload', unload);
    };
  }, [dirty]);
  if (!leave) return null;
  return {
    go: () => {
      setLeave(null);
      leave();
    },
    stay: () => setLeave(null),
  };
}
