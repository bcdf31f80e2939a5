/** A long list that stands still: rows of any height, grown at both ends, of which only those near the window are in the document.
 *
 *  1. At most WINDOW_MAX rows are drawn. They are in the ordinary flow, so that nothing is estimated; the window moves STEP rows at a time,
 *     before its edge is seen.
 *  2. Whatever changes (older rows come, rows grow, the window is resized), the row at the top of the screen stays where it is: its
 *     place is remembered at each scroll (`held`) and restored after each change.
 *  3. Who reads the end (`stuck`) stays at the end.
 */
import { memo, useCallback, useEffect, useImperativeHandle, useLayoutEffect, useMemo, useRef, useState, type ReactNode, type Ref } from 'react';

const WINDOW_MAX = 120;
const WINDOW_FIRST = 60;
const STEP = 24;
const EDGE = 1.5; // heights of the view
const END_PX = 48;

export interface ScrollerHandle {
  /** Brings a row into view and keeps it there; false: there is no such row. */
  show(key: string, where: 'third' | 'nearest'): boolean;
  toEnd(): void;
}

interface ScrollerProps<Row extends { key: string }> {
  rows: readonly Row[];
  draw: (row: Row) => ReactNode;
  /** Shown above the first row. */
  head?: ReactNode;
  older: boolean;
  newer: boolean;
  onOlder: () => void;
  onNewer: () => void;
  /** Whether the end of all rows is on the screen. */
  onEnd: (seen: boolean) => void;
  /** Where it opens: at this row, or at the end. */
  startAt?: string | undefined;
  label: string;
  ref?: Ref<ScrollerHandle>;
}

interface Held {
  key: string;
  /** Of the row's top below that of the view; NaN: a third down. */
  top: number;
  /** How far the view was scrolled then: what was scrolled since is the reader's wish. */
  scroll: number;
}

const Drawn = memo(function Drawn<Row extends { key: string }>({ row, draw }: { row: Row; draw: (row: Row) => ReactNode }) {
  return <div className="scroller__row" data-key={row.key}>{draw(row)}</div>;
}) as <Row extends { key: string }>(props: { row: Row; draw: (row: Row) => ReactNode }) => ReactNode;

export function Scroller<Row extends { key: string }>({ rows, draw, head, older, newer, onOlder, onNewer, onEnd, startAt, label, ref }: ScrollerProps<Row>) {
  const view = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const held = useRef<Held | null>(startAt === undefined ? null : { key: startAt, top: NaN, scroll: 0 });
  const stuck = useRef(startAt === undefined);
  const ended = useRef(0); // how far the view was scrolled when it was brought to the end
  const [range, setRange] = useState<{ first: string | null; count: number }>({ first: null, count: WINDOW_FIRST });
  const at = useMemo(() => new Map(rows.map((row, index) => [row.key, index])), [rows]);

  // The window, by the key of its first row, so that rows that come before it change nothing.
  const known = range.first === null ? undefined : at.get(range.first);
  let start = known ?? Math.max(0, rows.length - range.count);
  if (known === undefined && held.current && at.has(held.current.key)) start = Math.max(0, (at.get(held.current.key) as number) - WINDOW_FIRST / 2);
  let end = Math.min(rows.length, start + range.count);
  if (stuck.current && !newer) {
    end = rows.length;
    start = Math.max(0, Math.min(start, end - WINDOW_FIRST), end - WINDOW_MAX);
  }

  /** Remembers the row at the top of the screen. */
  const hold = useCallback((): void => {
    const box = view.current as HTMLDivElement;
    for (const row of (content.current as HTMLElement).children as HTMLCollectionOf<HTMLElement>) {
      if (row.dataset.key && row.offsetTop + row.offsetHeight > box.scrollTop) {
        held.current = { key: row.dataset.key, top: row.offsetTop - box.scrollTop, scroll: box.scrollTop };
        return;
      }
    }
  }, []);

  const restore = useCallback((): void => {
    const box = view.current;
    if (!box) return;
    if (stuck.current) {
      const scrolledUp = box.scrollTop < ended.current - 1 && box.scrollHeight - box.scrollTop - box.clientHeight > END_PX;
      if (!scrolledUp) {
        box.scrollTop = box.scrollHeight;
        ended.current = box.scrollTop;
        return;
      }
      stuck.current = false;
      hold();
    }
    const { key, top, scroll } = held.current ?? { key: '', top: 0, scroll: 0 };
    const row = key ? content.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`) : null;
    if (!row) return;
    // A list that became shorter moves the view by itself; that is nobody's wish.
    const shortened = box.scrollTop < scroll && box.scrollTop >= box.scrollHeight - box.clientHeight - 1;
    const wanted = Number.isNaN(top) ? box.clientHeight * 0.3 : top - (shortened ? 0 : box.scrollTop - scroll);
    const moved = row.offsetTop - box.scrollTop - wanted;
    if (Math.abs(moved) >= 1) box.scrollTop += moved;
    held.current = { key, top: row.offsetTop - box.scrollTop, scroll: box.scrollTop };
  }, [hold]);

  const move = (): void => {
    const box = view.current as HTMLDivElement;
    const edge = box.clientHeight * EDGE;
    const above = box.scrollTop;
    const below = box.scrollHeight - box.scrollTop - box.clientHeight;
    const whole = end === rows.length;
    stuck.current = whole && !newer && below < END_PX;
    onEnd(stuck.current);
    if (stuck.current) ended.current = box.scrollTop;
    else hold();
    if (!stuck.current && range.first === null && start < rows.length) setRange({ first: (rows[start] as Row).key, count: end - start });
    if (above < edge) {
      if (start > 0) {
        const first = Math.max(0, start - STEP);
        setRange({ first: (rows[first] as Row).key, count: Math.min(WINDOW_MAX, end - first) });
        return;
      }
      if (older) onOlder();
    }
    if (below < edge) {
      if (!whole) {
        const last = Math.min(rows.length, end + STEP);
        const first = Math.max(start, last - WINDOW_MAX);
        setRange({ first: (rows[first] as Row).key, count: last - first });
      } else if (newer) onNewer();
    }
  };

  useLayoutEffect(restore); // after every change
  const moveLatest = useRef(move);
  useLayoutEffect(() => {
    moveLatest.current = move;
  });

  useEffect(() => {
    const sizes = new ResizeObserver(restore);
    sizes.observe(content.current as HTMLElement);
    sizes.observe(view.current as HTMLElement);
    let frame = 0;
    const scrolled = (): void => {
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        moveLatest.current();
      });
    };
    const box = view.current as HTMLDivElement;
    box.addEventListener('scroll', scrolled, { passive: true });
    return () => {
      sizes.disconnect();
      cancelAnimationFrame(frame);
      box.removeEventListener('scroll', scrolled);
    };
  }, [restore]);

  // A view that is not filled asks for more by itself; what was added may have brought the end into sight.
  useEffect(() => {
    moveLatest.current();
  }, [rows.length, older, newer, start, end]);

  useImperativeHandle(ref, () => ({
    show(key, where) {
      const index = at.get(key);
      const box = view.current;
      if (index === undefined || !box) return false;
      const row = content.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
      if (row && where === 'nearest') {
        const top = row.offsetTop - box.scrollTop;
        if (top < 8) box.scrollTop += top - 8;
        else if (top + row.offsetHeight > box.clientHeight - 8) box.scrollTop += Math.min(top - 8, top + row.offsetHeight - box.clientHeight + 8);
        return true;
      }
      stuck.current = false;
      held.current = { key, top: NaN, scroll: 0 };
      const first = Math.max(0, Math.min(index - WINDOW_FIRST / 2, rows.length - WINDOW_FIRST));
      setRange({ first: (rows[first] as Row).key, count: WINDOW_FIRST });
      restore();
      return true;
    },
    toEnd() {
      stuck.current = true;
      ended.current = 0;
      held.current = null;
      setRange({ first: null, count: WINDOW_FIRST });
      restore();
    },
  }), [at, rows, restore]);

  return (
    <div ref={view} className="scroller" tabIndex={-1}>
      <div ref={content} className="scroller__content" role="log" aria-live="off" aria-label={label}>
        {start === 0 && !older && head}
        {start === 0 && older && <div className="scroller__more" aria-hidden="true"><span className="skeleton" /><span className="skeleton" /><span className="skeleton" /></div>}
        {rows.slice(start, end).map((row) => <Drawn key={row.key} row={row} draw={draw} />)}
      </div>
    </div>
  );
}
