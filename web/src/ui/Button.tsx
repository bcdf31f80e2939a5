import type { ButtonHTMLAttributes, Ref } from 'react';
import { Icon, type IconName } from './Icon.js';
import { Spinner } from './Spinner.js';

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: 'plain' | 'primary' | 'danger' | 'quiet';
  small?: boolean;
  wide?: boolean;
  icon?: IconName;
  /** Work is under way: a spinner, and clicks do nothing. */
  busy?: boolean;
  ref?: Ref<HTMLButtonElement>;
}

export function Button({ kind = 'plain', small, wide, icon, busy, className = '', children, onClick, ...rest }: ButtonProps) {
  const names = ['button', kind !== 'plain' && `button--${kind}`, small && 'button--small', wide && 'button--wide', className];
  return (
    <button type="button" className={names.filter(Boolean).join(' ')} aria-busy={busy || undefined} aria-disabled={busy || undefined}
      onClick={busy ? (event) => event.preventDefault() : onClick} {...rest}>
      {busy ? <Spinner /> : icon && <Icon name={icon} size={small ? 15 : 17} />}
      {children}
    </button>
  );
}

export interface IconButtonProps extends Omit<ButtonProps, 'children' | 'aria-label'> {
  icon: IconName;
  /** What it does: for screen readers and as the tooltip. */
  label: string;
}

export function IconButton({ icon, label, small, kind = 'quiet', className = '', ...rest }: IconButtonProps) {
  return (
    <Button kind={kind} small={small ?? false} className={`button--icon ${className}`} aria-label={label} title={label} {...rest}>
      <Icon name={icon} size={small ? 16 : 19} />
    </Button>
  );
}
