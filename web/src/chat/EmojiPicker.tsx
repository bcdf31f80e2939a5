/** A small grid of emoji beside what opened it: arrows move, Enter takes, Escape closes. */
import { useEffect, useLayoutEffect, useRef } from 'react';
import { createPortal } from 'react-dom';
import { place } from '../ui/Menu.js';
import { EMOJI } from './emoji.js';

const COLUMNS = 6;

export function EmojiPicker({ anchor, onPick, onClose }: { anchor: HTMLElement; onPick: (emoji: string) => void; onClose: () => void }) {
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => place(ref.current as HTMLElement, anchor.getBoundingClientRect(), 'end'), [anchor]);
  useEffect(() => {
    ref.current?.querySelector('button')?.focus();
    const outside = (event: PointerEvent): void => {
      if (!ref.current?.contains(event.target as Node) && !anchor.contains(event.target as Node)) onClose();
    };
    document.addEventListener('pointerdown', outside);
    return () => document.removeEventListener('pointerdown', outside);
  }, [anchor, onClose]);
  const close = (): void => {
    onClose();
    anchor.focus();
  };
  const key = (event: React.KeyboardEvent): void => {
    const all = [...(ref.current as HTMLElement).querySelectorAll('button')];
    const at = all.indexOf(document.activeElement as HTMLButtonElement);
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: COLUMNS, ArrowUp: -COLUMNS }[event.key];
    if (by) all[Math.max(0, Math.min(all.length - 1, at + by))]?.focus();
    else if (event.key === 'Escape' || event.key === 'Tab') close();
    else {
      event.stopPropagation();
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  return createPortal(
    <div ref={ref} className="menu emoji" role="dialog" aria-label="Reactions" onKeyDown={key}>
      {EMOJI.map(({ group, all }) => (
        <section key={group} aria-label={group}>
          <h3>{group}</h3>
          <div className="emoji__grid">
            {all.map(([emoji, name]) => (
              <button key={emoji} type="button" aria-label={name} title={name} onClick={() => {
                close();
                onPick(emoji);
              }}>{emoji}</button>
            ))}
          </div>
        </section>
      ))}
    </div>, document.body);
}
