/** /orchestrators/new and /orchestrators/:slug */
import { useEffect, useState } from 'react';
import type { OrchestratorError } from '../app/connection.js';
import { Link, navigate, useTitle } from '../app/router.js';
import { isAdmin, useUser } from '../app/session.js';
import type { WireOrchestrator } from '../app/wire.js';
import { Button, Empty, Icon, Spinner } from '../ui/index.js';
import './charter.css';
import { changeOrchestrator, draftOf, readOrchestrator } from './draft.js';
import { Editor } from './Editor.js';
import { NewOrchestrator } from './NewOrchestrator.js';

export default function EditorPage({ slug }: { slug?: string }) {
  const mayManage = isAdmin(useUser());
  if (!mayManage) {
    return (
      <Empty icon="lock" title="This is for administrators" actions={<Button onClick={() => navigate('/daemons')}>To the control room</Button>}>
        Charters say how orchestrators work; who may change them is in the hands of the administrators of this workspace.
      </Empty>
    );
  }
  return slug === undefined ? <NewOrchestrator /> : <Existing key={slug} slug={slug} />;
}

function Existing({ slug }: { slug: string }) {
  const [orchestrator, setOrchestrator] = useState<WireOrchestrator | null>(null);
  const [error, setError] = useState<OrchestratorError | null>(null);
  useTitle(orchestrator ? `${orchestrator.name ?? slug}, charter` : 'Charter');
  useEffect(() => {
    readOrchestrator(slug).then(setOrchestrator, setError);
  }, [slug]);
  if (error) {
    return (
      <Empty icon="bot" title="This orchestrator is not here" actions={<Button onClick={() => navigate('/daemons')}>To the control room</Button>}>
        {error.code === 'not_found' ? 'It may have been renamed or removed.' : error.message}
      </Empty>
    );
  }
  if (!orchestrator) return <div className="loading"><Spinner label="Loading the charter" /></div>;
  return (
    <Editor initial={draftOf(orchestrator)} id={orchestrator.id} creating={false} store={(draft) => changeOrchestrator(orchestrator.id, draft)}
      onSaved={(saved) => saved.slug !== slug && navigate(`/orchestrators/${saved.slug}`, { replace: true })} back={() => navigate(`/daemons/${slug}`)}
      links={<Link to={`/daemons/${slug}`} className="button button--quiet"><Icon name="pulse" size={17} />Health</Link>} />
  );
}
