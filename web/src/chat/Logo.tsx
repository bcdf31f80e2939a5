/** Three standing stones with a lintel. */
export function Logo({ size }: { size: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" className="logo">
      <rect width="32" height="32" rx="9" fill="var(--accent)" />
      <path d="M6.5 9.2c6-1.5 13-1.5 19 0l-.4 3.3c-6-1.3-12.2-1.3-18.2 0zM8.3 14.3l3.9-.5-.6 10.7H7.7zM14.2 13.7h3.6l.3 10.8h-4.2zM19.8 13.8l3.9.5.6 10.2h-3.9z" fill="var(--on-accent)" />
    </svg>
  );
}
