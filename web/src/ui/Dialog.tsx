/** A modal dialog: the browser's own <dialog> keeps the focus inside, closes on Escape and gives the focus back. */
import { useEffect, useId, useRef, type ReactNode } from 'react';
import { Button, IconButton } from './Button.js';
import { place } from './Menu.js';

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
  /** Buttons, the main one last. */
  foot?: ReactNode;
  wide?: boolean;
  /** Near the top, without a head: for search. */
  bare?: boolean;
  /** Small, beside this, where there is room. */
  beside?: HTMLElement;
}

export function Dialog({ title, onClose, children, foot, wide, bare, beside }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = ref.current as HTMLDialogElement;
    const before = document.activeElement;
    if (!dialog.open) dialog.showModal();
    if (beside && !matchMedia('(max-width: 560px)').matches) place(dialog, beside.getBoundingClientRect(), 'start');
    (dialog.querySelector<HTMLElement>('[data-autofocus]') ?? dialog.querySelector<HTMLElement>('input, textarea, select'))?.focus();
    return () => {
      dialog.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog ref={ref} className={`dialog${wide ? ' dialog--wide' : ''}${beside ? ' dialog--beside' : bare ? ' dialog--top' : ''}`} aria-labelledby={bare ? undefined : id}
      aria-label={bare ? title : undefined}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onMouseDown={(event) => {
        if (event.target === ref.current) onClose();
      }}>
      {!bare && (
        <div className="dialog__head">
          <h2 className="dialog__title" id={id}>{title}</h2>
          <IconButton icon="close" label="Close" onClick={onClose} />
        </div>
      )}
      {bare ? children : <div className="dialog__body">{children}</div>}
      {foot && <div className="dialog__foot">{foot}</div>}
    </dialog>
  );
}

/** Asks before something that cannot be taken back. Of what is dangerous, the way out has the focus. */
export function ConfirmDialog({ title, children, confirm, danger, busy, onConfirm, onClose }: {
  title: string; children: ReactNode; confirm: string; danger?: boolean; busy?: boolean; onConfirm: () => void; onClose: () => void;
}) {
  return (
    <Dialog title={title} onClose={onClose} foot={(
      <>
        <Button onClick={onClose} data-autofocus={danger || undefined}>Cancel</Button>
        <Button kind={danger ? 'danger' : 'primary'} busy={busy ?? false} onClick={onConfirm} data-autofocus={!danger || undefined}>{confirm}</Button>
      </>
    )}>
      <div>{children}</div>
    </Dialog>
  );
}
