/** Line icons on a grid of 24, drawn with the colour of the text. */

const PATHS = {
  hash: 'M9.5 4 8 20M16 4l-1.5 16M4.5 9h16M3.5 15h16',
  lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  message: 'M4 5h16v11H9.5L5 20v-4H4z',
  thread: 'M4 5h16v10h-9l-4 4v-4H4zM8 9h8M8 12h5',
  reply: 'M10 6 4.5 11.5 10 17M5 11.5h9a5 5 0 0 1 5 5V19',
  smile: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM8.5 14a4 4 0 0 0 7 0M9 9.6v.01M15 9.6v.01',
  search: 'M10.5 4.5a6 6 0 1 0 0 12 6 6 0 0 0 0-12zM15 15l5 5',
  plus: 'M12 5v14M5 12h14',
  close: 'M6 6l12 12M18 6 6 18',
  check: 'M5 12.5 10 17.5 19.5 7',
  send: 'M5 12h13M12.5 5.5 19 12l-6.5 6.5',
  stop: 'M7 7h10v10H7z',
  retry: 'M19 12a7 7 0 1 1-2.3-5.2M19 4v4.5h-4.5',
  edit: 'M5 19h3.5L19 8.5 15.5 5 5 15.5zM13.5 7l3.5 3.5',
  trash: 'M5 7h14M10 7V4.5h4V7M7 7l.8 12.5h8.4L17 7M10.3 10.5v6M13.7 10.5v6',
  copy: 'M9 9h10v11H9zM15 9V4H5v11h4',
  link: 'M10 14.5a4 4 0 0 0 6 .4l2.6-2.6a4 4 0 0 0-5.7-5.7l-1 1M14 9.5a4 4 0 0 0-6-.4l-2.6 2.6a4 4 0 0 0 5.7 5.7l1-1',
  more: 'M6 12v.01M12 12v.01M18 12v.01',
  menu: 'M4 7h16M4 12h16M4 17h16',
  back: 'M14.5 5 7.5 12l7 7',
  forward: 'M9.5 5l7 7-7 7',
  down: 'M5 9.5l7 7 7-7',
  up: 'M5 14.5l7-7 7 7',
  arrowDown: 'M12 5v14M5.5 12.5 12 19l6.5-6.5',
  bot: 'M5 9h14v10H5zM12 9V5.5M12 5v.01M9 13.5v.01M15 13.5v.01M10 16.3h4M2.5 13v3M21.5 13v3',
  user: 'M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.5 20a7.5 7.5 0 0 1 15 0',
  users: 'M9 5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM2.5 19.5a6.5 6.5 0 0 1 13 0M15.5 5.4a3.5 3.5 0 0 1 0 6.3M18 14.5a6.5 6.5 0 0 1 3.5 5',
  settings: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 4.8v4.4M9 14.8v4.4',
  gauge: 'M4.5 18a8.5 8.5 0 1 1 15 0M12 14l4-5.5',
  pulse: 'M3 12h4l2.5-6.5 5 13L17 12h4',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2.5V5M12 19v2.5M2.5 12H5M19 12h2.5M5.3 5.3 7 7M17 17l1.7 1.7M18.7 5.3 17 7M7 17l-1.7 1.7',
  moon: 'M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z',
  monitor: 'M4 5h16v11H4zM9 20h6M12 16v4',
  logout: 'M14 5H5v14h9M10 12h11M17 8l4 4-4 4',
  warning: 'M12 4 21 19.5H3zM12 10v4.5M12 17v.01',
  info: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 11v5.5M12 7.7v.01',
  clock: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 7.5V12l3 2',
  keyboard: 'M3 7h18v10H3zM7 10.5v.01M11 10.5v.01M15 10.5v.01M8 14h8M18.5 10.5v.01',
  play: 'M8 5.5v13l10.5-6.5z',
  power: 'M12 4v8M7 6.8a7.5 7.5 0 1 0 10 0',
  spark: 'M12 3.5l1.9 5.6 5.6 1.9-5.6 1.9L12 18.5l-1.9-5.6L4.5 11l5.6-1.9z',
  at: 'M12 8.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM15.5 8.5V13a2.5 2.5 0 0 0 5 0v-1a8.5 8.5 0 1 0-3.5 6.900',
  offline: 'M4 4l16 16M5 12.5a10 10 0 0 1 4-2.400M2 9a15 15 0 0 1 4.5-2.700M11 6a15 15 0 0 1 11 3M15.5 10.700a10 10 0 0 1 3.5 1.800M8.5 16a5 5 0 0 1 7 0M12 19.5v.01',
  key: 'M8 11a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM11 12.5 20 4M16.5 7.5l2.5 2.5',
  filter: 'M4 6h16M7 12h10M10 18h4',
  external: 'M13 5h6v6M19 5l-9 9M17 14v5H5V7h5',
} as const;

export type IconName = keyof typeof PATHS;

/** `label`: where nothing beside it says the same. */
export function Icon({ name, size = 18, label }: { name: IconName; size?: number; label?: string }) {
  return (
    <svg className="icon" width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth={name === 'more' ? 2.6 : 1.7}
      strokeLinecap="round" strokeLinejoin="round" role={label ? 'img' : undefined} aria-label={label} aria-hidden={label ? undefined : true}>
      <path d={PATHS[name]} />
    </svg>
  );
}
