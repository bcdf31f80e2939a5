/** Which view the address means, and for whom. */
import { Suspense, useMemo } from 'react';
import { Button } from '../ui/Button.js';
import { Empty } from '../ui/Empty.js';
import { Spinner } from '../ui/Spinner.js';
import { Toasts } from '../ui/Toast.js';
import { ErrorBoundary } from './ErrorBoundary.js';
import { match, navigate, Redirect, useAddress, usePath, type Parameters } from './router.js';
import { routes, type Route } from './routes.js';
import { useSession, type SessionState } from './session.js';
import { Shell } from './Shell.js';

function find(path: string): { route: Route; parameters: Parameters } | null {
  for (const route of routes) {
    const parameters = match(route.path, path);
    if (parameters) return { route, parameters };
  }
  return null;
}

export function Loading() {
  return <div className="loading"><Spinner label="Loading" /></div>;
}

function Nowhere() {
  return (
    <Empty icon="search" title="There is nothing here" actions={<Button kind="primary" onClick={() => navigate('/')}>To the channels</Button>}>
      Nothing on this server has this address.
    </Empty>
  );
}

function View({ path }: { path: string }) {
  const found = useMemo(() => find(path), [path]);
  if (!found) return <Nowhere />;
  const { route: { view: Chosen }, parameters } = found;
  return (
    <ErrorBoundary at={path}>
      <Suspense fallback={<Loading />}><Chosen {...parameters} /></Suspense>
    </ErrorBoundary>
  );
}

/** The login leads back to where somebody wanted to go; who has left goes nowhere. */
function ToLogin({ address, session }: { address: string; session: SessionState }) {
  const left = session.status === 'out' && session.how === 'left';
  return <Redirect to={left || address === '/' ? '/login' : `/login?return=${encodeURIComponent(address)}`} />;
}

export function App() {
  const path = usePath();
  const address = useAddress();
  const session = useSession();
  const { status } = session;
  const bare = find(path)?.route.bare ?? false;
  let content = <Loading />;
  if (bare) content = <View path={path} />;
  else if (status === 'in') content = <Shell path={path}><View path={path} /></Shell>;
  else if (status === 'out') content = <ToLogin address={address} session={session} />;
  return (
    <>
      {content}
      <Toasts />
    </>
  );
}
