/** What is there before any view: the first load, in one file (build.mjs). No styles: those of a view are its own. */
export { startChat } from '../chat/start.js';
export { startUpdates } from '../offline/updates.js';
export { App } from './App.js';
export { expectLogin } from './routes.js';
export { startSession } from './session.js';
