/** The views of the page. Each besides the chat is a chunk that loads when it is opened.
 *
 * A view of the shell is drawn beside the sidebar and only for who is logged in; `bare` views stand alone. A view gets the
 * parameters of its path as props.
 */
import { lazy, type ComponentType } from 'react';
import { ChatPage } from '../chat/ChatPage.js';
import type { Parameters } from './router.js';

export interface Route {
  path: string;
  view: ComponentType<Parameters>;
  bare?: boolean;
}

type View = () => Promise<{ default: ComponentType<never> }>;

const later = (load: View): ComponentType<Parameters> => lazy(load as () => Promise<{ default: ComponentType<Parameters> }>);

const daemons = later(() => import('../control/DaemonsPage.js'));
const daemon = later(() => import('../control/DaemonPage.js'));
const editor = later(() => import('../charter/EditorPage.js'));
const settings = later(() => import('../account/SettingsPage.js'));
const loginPage: View = () => import('../account/LoginPage.js');
const login = later(loginPage);
const loginLink = later(() => import('../account/LoginLinkPage.js'));
const setup = later(() => import('../account/SetupPage.js'));

export const routes: readonly Route[] = [
  { path: '/', view: ChatPage },
  { path: '/c/:slug', view: ChatPage },
  { path: '/c/:slug/t/:messageId', view: ChatPage },
  { path: '/daemons', view: daemons },
  { path: '/daemons/:slug', view: daemon },
  { path: '/orchestrators/new', view: editor },
  { path: '/orchestrators/:slug', view: editor },
  { path: '/settings', view: settings },
  { path: '/login', view: login, bare: true },
  { path: '/login/link', view: loginLink, bare: true },
  { path: '/setup', view: setup, bare: true },
];

/** The login is likely the next view: it comes while the server is asked. */
export function expectLogin(): void {
  void loginPage().catch(() => {}); // asked for again when it is shown
}
