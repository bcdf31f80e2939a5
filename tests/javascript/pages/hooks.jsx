// How a daemon is, by the document's hook and by that of the module.
import { useOrchestratorDaemon as useOwn } from '@neolith/core/react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { useOrchestratorDaemon as useDocuments } from '../../next/site/hooks/useOrchestratorDaemon';

function Shown({ label, daemon: { status, isRunning } }) {
  return <output aria-label={label}>{`${status?.status ?? 'unknown'}, ${isRunning ? 'runs' : 'does not run'}, ${status?.totalMessagesProcessed ?? 0} answered`}</output>;
}

function Hooks({ id }) {
  return (
    <>
      <Shown label="own" daemon={useOwn(id)} />
      <Shown label="the document's" daemon={useDocuments(id)} />
    </>
  );
}

window.show = (id) => createRoot(document.body).render(<StrictMode><Hooks id={id} /></StrictMode>);
