/** The link of `orchd login-link`: who opens it is in. The code is sent only when somebody sees the page, so that what merely loads
 * pages ahead uses no link up; and only after a question where somebody is logged in already. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { type OrchestratorError } from '../app/connection.js';
import { navigate, useTitle } from '../app/router.js';
import { signIn, signOut, useSession } from '../app/session.js';
import { Button, Notice, Spinner, toastError } from '../ui/index.js';
import { logInByLink } from './api.js';
import { Door } from './Door.js';
import { takeFragment } from './fragment.js';
import { refusalInWords } from './words.js';

/** Resolves when the page is in front of somebody. */
function whenSeen(): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (document.visibilityState !== 'visible') return;
      document.removeEventListener('visibilitychange', look);
      resolve();
    };
    document.addEventListener('visibilitychange', look); // what is loaded ahead is hidden until it is opened
    look();
  });
}

function useLink(code: string): { failure: unknown; open: () => void } {
  const [failure, setFailure] = useState<unknown>(null);
  const under = useRef(false);
  const open = useCallback((): void => {
    if (under.current) return;
    under.current = true;
    setFailure(null);
    logInByLink(code).then(({ user }) => {
      signIn(user);
      navigate('/', { replace: true });
    }, setFailure).finally(() => {
      under.current = false;
    });
  }, [code]);
  return { failure, open };
}

/** Another link that is put into the address of this page changes what is behind the # only: nothing is loaded anew. */
export default function LoginLinkPage() {
  const [code, setCode] = useState(takeFragment);
  useTitle('Log in');
  useEffect(() => {
    const take = (): void => setCode(takeFragment());
    window.addEventListener('hashchange', take);
    return () => window.removeEventListener('hashchange', take);
  }, []);
  if (!code) return <Refused words="The address is not whole: a link ends with a # and a code." />;
  return <Opening key={code} code={code} />;
}

function Opening({ code }: { code: string }) {
  const session = useSession();
  const [leaving, setLeaving] = useState(false);
  const { failure, open } = useLink(code);
  const out = session.status === 'out';
  useEffect(() => {
    if (out && !leaving) void whenSeen().then(open); // the end of the login before is waited for: it would end this one, too
  }, [out, leaving, open]);

  if (failure) {
    const unreached = (failure as OrchestratorError).code === 'connection';
    return <Refused words={refusalInWords(failure)} again={unreached ? open : undefined} />;
  }
  if (session.status === 'in') {
    const leave = (): void => {
      setLeaving(true);
      signOut().catch((error: unknown) => toastError(error, 'You are still logged in')).finally(() => setLeaving(false));
    };
    return (
      <Door title="You are in already" lead={`You are logged in as ${session.user.shownName}. The link is not used yet.`}>
        <div className="door__form">
          <Button kind="primary" wide onClick={() => navigate('/', { replace: true })}>Go on as {session.user.shownName}</Button>
          <Button wide busy={leaving} onClick={leave}>Log out, and in by the link</Button>
        </div>
      </Door>
    );
  }
  return <Door title="One moment" lead="Your link is being opened."><div className="door__wait"><Spinner label="Logging in" /></div></Door>;
}

function Refused({ words, again }: { words: string; again?: (() => void) | undefined }) {
  return (
    <Door title="This link does not open" foot={<>For another link: <code>orchd login-link</code>, where the server runs.</>}>
      <div className="door__form">
        <Notice kind="bad">{words}</Notice>
        {again && <Button kind="primary" wide icon="retry" onClick={again}>Try again</Button>}
        <Button kind={again ? 'plain' : 'primary'} wide onClick={() => navigate('/login')}>Log in by password</Button>
      </div>
    </Door>
  );
}
