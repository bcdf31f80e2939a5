/** Text that arrives in lumps, shown as if it were written: each frame a part of what is missing. */
import { useEffect, useRef, useState } from 'react';

const SHARE = 0.16; // of what is missing, each frame
const calm = matchMedia('(prefers-reduced-motion: reduce)');

export function useSmooth(text: string): string {
  const [length, setLength] = useState(text.length);
  const shown = useRef(length);
  useEffect(() => {
    if (text.length < shown.current || calm.matches || document.visibilityState === 'hidden') {
      shown.current = text.length;
      setLength(text.length);
      return undefined;
    }
    let frame = 0;
    const step = (): void => {
      const missing = text.length - shown.current;
      if (missing <= 0) return;
      shown.current += Math.max(1, Math.ceil(missing * SHARE));
      setLength(shown.current);
      frame = requestAnimationFrame(step);
    };
    frame = requestAnimationFrame(step);
    return () => cancelAnimationFrame(frame);
  }, [text]);
  return length >= text.length ? text : text.slice(0, safeEnd(text, length));
}

/** Not in the middle of a character. */
function safeEnd(text: string, end: number): number {
  const code = text.charCodeAt(end - 1);
  return code >= 0xd800 && code < 0xdc00 ? end - 1 : end;
}
