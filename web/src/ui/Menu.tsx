/** A button that opens a menu: arrows move, letters jump, Escape closes and gives the focus back. The menu stays in the part of the
 * page (or the dialog) that its button is in. */
import { useEffect, useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import { createPortal } from 'react-dom';
import { Icon, type IconName } from './Icon.js';

export interface MenuEntry {
  label: ReactNode;
  icon?: IconName;
  note?: ReactNode;
  /** The key that does the same. */
  keys?: string;
  danger?: boolean;
  disabled?: boolean;
  /** An entry of `line` stands for a line between groups. */
  line?: boolean;
  onSelect?: () => void;
}

interface MenuProps {
  label: string;
  entries: readonly MenuEntry[];
  /** The button; gets what opens it. */
  children: (open: { 'aria-haspopup': 'menu'; 'aria-expanded': boolean; onClick: (event: React.MouseEvent<HTMLElement>) => void }) => ReactNode;
  align?: 'start' | 'end';
}

export function Menu({ label, entries, children, align = 'start' }: MenuProps) {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  return (
    <>
      {children({
        'aria-haspopup': 'menu', 'aria-expanded': anchor !== null,
        onClick: (event) => setAnchor(anchor ? null : event.currentTarget),
      })}
      {anchor && <OpenMenu label={label} entries={entries} anchor={anchor} align={align} onClose={() => setAnchor(null)} />}
    </>
  );
}

/** Places `element` below its anchor, above where there is no room, inside the window. */
export function place(element: HTMLElement, anchor: DOMRect, align: 'start' | 'end'): void {
  const { width, height } = element.getBoundingClientRect();
  const left = align === 'start' ? anchor.left : anchor.right - width;
  const below = anchor.bottom + 6;
  const top = below + height > window.innerHeight - 8 && anchor.top - 6 - height > 8 ? anchor.top - 6 - height : below;
  element.style.left = `${Math.max(8, Math.min(left, window.innerWidth - width - 8))}px`;
  element.style.top = `${Math.max(8, Math.min(top, window.innerHeight - height - 8))}px`;
}

function OpenMenu({ label, entries, anchor, align, onClose }: {
  label: string; entries: readonly MenuEntry[]; anchor: HTMLElement; align: 'start' | 'end'; onClose: () => void;
}) {
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => place(ref.current as HTMLElement, anchor.getBoundingClientRect(), align), [anchor, align]);
  useEffect(() => {
    ref.current?.querySelector<HTMLElement>('[role="menuitem"]')?.focus();
    const outside = (event: PointerEvent): void => {
      const target = event.target as Node;
      if (!ref.current?.contains(target) && !anchor.contains(target)) onClose();
    };
    document.addEventListener('pointerdown', outside);
    window.addEventListener('resize', onClose);
    return () => {
      document.removeEventListener('pointerdown', outside);
      window.removeEventListener('resize', onClose);
    };
  }, [anchor, onClose]);
  const close = (): void => {
    onClose();
    anchor.focus();
  };
  const key = (event: React.KeyboardEvent): void => {
    const items = [...(ref.current as HTMLElement).querySelectorAll<HTMLElement>('[role="menuitem"]:not([disabled])')];
    const at = items.indexOf(document.activeElement as HTMLElement);
    const to = (index: number): void => items[(index + items.length) % items.length]?.focus();
    if (event.key === 'ArrowDown') to(at + 1);
    else if (event.key === 'ArrowUp') to(at - 1);
    else if (event.key === 'Home') to(0);
    else if (event.key === 'End') to(-1);
    else if (event.key === 'Escape' || event.key === 'Tab') close();
    else if (event.key.length === 1 && event.key !== ' ') {
      items.find((item) => item.textContent?.toLowerCase().startsWith(event.key.toLowerCase()))?.focus();
      return;
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return createPortal(
    <div ref={ref} className="menu" role="menu" aria-label={label} onKeyDown={key}>
      {entries.map((entry, index) => (entry.line ? <hr key={index} className="menu__line" /> : (
        <button key={index} type="button" role="menuitem" tabIndex={-1} className={`menu__item${entry.danger ? ' menu__item--danger' : ''}`}
          disabled={entry.disabled} onClick={() => {
            close();
            entry.onSelect?.();
          }}>
          {entry.icon && <Icon name={entry.icon} size={16} />}
          <span>{entry.label}</span>
          {entry.note && <span className="menu__note">{entry.note}</span>}
          {entry.keys && <kbd className="menu__note menu__keys">{entry.keys}</kbd>}
        </button>
      )))}
    </div>, anchor.closest('dialog, main, nav') ?? document.body);
}
