'use client';
import { useOrchestratorDaemon } from '../hooks/useOrchestratorDaemon';
import type { Orchestrator } from '../lib/orchd';
import { Chat } from './chat';

function Daemon({ id, name, role }: Orchestrator) {
  const { status, isRunning } = useOrchestratorDaemon(id);
  return (
    <li className={isRunning ? 'running' : ''} aria-label={name}>
      <b>{name}</b> {role}
      <output>{status?.status ?? 'unknown'}</output>
      {status && <small>{status.totalMessagesProcessed} answered</small>}
    </li>
  );
}

export function Room({ me, orchestrators, channelId }: { me: { id: string; name: string }; orchestrators: Orchestrator[]; channelId: string }) {
  async function leave() {
    await fetch('/api/auth/logout', { method: 'POST' });
    location.reload(); // what the page knew goes with the visitor
  }

  return (
    <main>
      <header>
        <h1>Neolith</h1>
        <p>{me.name} <button onClick={leave}>Log out</button></p>
      </header>
      <ul aria-label="Orchestrators">{orchestrators.map((each) => <Daemon key={each.id} {...each} />)}</ul>
      <Chat me={me} channelId={channelId} />
    </main>
  );
}
