import { createRoot } from 'react-dom/client';
import './ui/theme.css';
import './ui/ui.css';
import './app/app.css';
import './chat/chat.css';
import { App } from './app/App.js';
import { startSession } from './app/session.js';
import { startChat } from './chat/start.js';
import { startUpdates } from './offline/updates.js';

startChat();
void startSession();
createRoot(document.getElementById('root') as HTMLElement).render(<App />);
startUpdates();
