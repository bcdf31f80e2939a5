import { createRoot } from 'react-dom/client';
import './ui/theme.css';
import './ui/ui.css';
import './app/app.css';
import './chat/chat.css';
import { App, expectLogin, startChat, startSession, startUpdates } from './app/first.js';

startChat();
void startSession(expectLogin);
createRoot(document.getElementById('root') as HTMLElement).render(<App />);
startUpdates();
