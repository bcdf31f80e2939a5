/** Which rows of a fixed height are visible. The rows lie somewhere inside a scrolling element, below other things. */
import { useCallback, useEffect, useLayoutEffect, useState, type RefObject } from 'react';

const OVERSCAN = 4;

export interface Window {
  first: number;
  last: number;
}

export function useWindowed(scroller: RefObject<HTMLElement | null>, body: RefObject<HTMLElement | null>, count: number, rowHeight: number): Window {
  const [range, setRange] = useState<Window>({ first: 0, last: -1 });
  const measure = useCallback(() => {
    if (!scroller.current || !body.current) return;
    const top = scroller.current.getBoundingClientRect().top - body.current.getBoundingClientRect().top;
    const first = Math.max(0, Math.floor(top / rowHeight) - OVERSCAN);
    const last = Math.min(count - 1, Math.ceil((top + scroller.current.clientHeight) / rowHeight) + OVERSCAN);
    setRange((before) => (before.first === first && before.last === last ? before : { first, last }));
  }, [scroller, body, count, rowHeight]);
  useLayoutEffect(measure, [measure]);
  useEffect(() => {
    const element = scroller.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener('scroll', measure, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', measure);
    };
  }, [scroller, measure]);
  return range;
}

/** Brings a row between the sticky head and the lower edge. */
export function reveal(scroller: HTMLElement, body: HTMLElement, index: number, rowHeight: number, headHeight: number): void {
  const view = scroller.getBoundingClientRect();
  const top = body.getBoundingClientRect().top + index * rowHeight;
  const above = view.top + headHeight - top;
  const below = top + rowHeight - view.bottom;
  if (above > 0) scroller.scrollTop -= above;
  else if (below > 0) scroller.scrollTop += below;
}

export type Size = 'full' | 'large' | 'medium' | 'small';

/** How much room a view has, as steps; the style sheet has the rest. (Container queries would be shorter, but cost a second
 * pass of style and layout for each row that scrolls into view.) */
export function useSize(element: RefObject<HTMLElement | null>): Size {
  const [size, setSize] = useState<Size>('full');
  useLayoutEffect(() => {
    const observed = element.current;
    if (!observed) return undefined;
    const look = (): void => {
      const width = observed.clientWidth;
      setSize(width <= 720 ? 'small' : width <= 900 ? 'medium' : width <= 1120 ? 'large' : 'full');
    };
    const observer = new ResizeObserver(look);
    observer.observe(observed);
    look();
    return () => observer.disconnect();
  }, [element]);
  return size;
}
